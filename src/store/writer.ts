import { z } from 'zod';
import type { Reference } from '../core/event.ts';
import type { RunState } from '../core/run.ts';
import type { EffectRow, JournalEntry, JournalResult } from '../core/store.ts';
import { createBatcher, type Batcher } from './batcher.ts';
import type { Database } from './database.ts';
import { storableError, storableJson, storableText } from './storable-json.ts';

/**
 * The group writer: the journal writes of all runs in this process go through one statement at a time. Each run's row is locked in
 * id order and its epoch checked; a run that isn't returned has lost its lease, and nothing of its entry was written.
 */
export function createWriter(database: Database): Batcher<JournalEntry, JournalResult> {
  return createBatcher((entries) => write(database, entries), { maxItems: 300, groupOf: (entry) => entry.runId });
}

const Written = z.object({ id: z.string(), released: z.boolean(), wake_seq: z.string() });

async function write(database: Database, entries: readonly JournalEntry[]): Promise<readonly JournalResult[]> {
  const { rows } = await database.query({ name: 'journal-write', text: SQL, values: parameters(entries) });
  const written = new Map(rows.map((row) => Written.parse(row)).map((row) => [row.id, row]));
  return entries.map((entry) => {
    const row = written.get(entry.runId);
    return row ? { held: true, released: row.released, wakeSeq: row.wake_seq } : { held: false, released: false, wakeSeq: '' };
  });
}

const column = <T, V>(rows: readonly T[], value: (row: T) => V): V[] => rows.map(value);

function parameters(entries: readonly JournalEntry[]): unknown[] {
  const effects = entries.flatMap((entry) => lastOfEach(entry.effects).map((effect) => ({ runId: entry.runId, ...effect })));
  const references = entries.flatMap((entry) =>
    uniqueReferences(entry.references).map((reference) => ({ runId: entry.runId, ...reference })),
  );
  const echoes = entries.flatMap((entry) => entry.echoes.map((echo) => ({ runId: entry.runId, ...echo })));
  const dropped = entries.flatMap((entry) => entry.droppedEchoes.map((key) => ({ runId: entry.runId, key })));
  const timeline = entries.flatMap((entry) => entry.timeline.map((line) => ({ runId: entry.runId, line })));
  const signals = entries.flatMap((entry) => entry.signals.map((signal) => ({ runId: entry.runId, ...signal })));
  const answers = signals.filter((signal) => signal.deliveryId !== undefined);
  return [
    column(entries, (one) => one.runId),
    column(entries, (one) => one.epoch),
    column(entries, (one) => storableJson(one.doc)),
    column(entries, (one): RunState => one.doc.state),
    column(entries, (one) => one.doc.step),
    column(entries, (one) => one.dueAt ?? null),
    column(entries, (one) => storableError(one.doc.attention)),
    column(entries, (one) => one.marks.includes('acknowledged')),
    column(entries, (one) => one.marks.includes('resolved')),
    column(entries, (one) => one.releaseAt ?? null),
    column(effects, (one) => one.runId),
    column(effects, (one) => one.key),
    column(effects, (one) => one.action),
    column(effects, (one) => one.change),
    column(effects, (one) => one.state),
    column(effects, (one) => storableJson(one.input)),
    column(effects, (one) => (one.output === undefined ? null : storableJson(one.output))),
    column(effects, (one) => (one.error === undefined ? null : storableError(one.error))),
    column(references, (one) => one.runId),
    column(references, (one) => one.kind),
    column(references, (one) => storableText(one.value)),
    column(echoes, (one) => one.runId),
    column(echoes, (one) => one.effectKey),
    column(echoes, (one) => one.reference.kind),
    column(echoes, (one) => storableText(one.reference.value)),
    column(echoes, (one) => one.eventType),
    column(echoes, (one) => storableText(one.actorId)),
    column(dropped, (one) => one.runId),
    column(dropped, (one) => one.key),
    column(timeline, (one) => one.runId),
    column(timeline, (one) => one.line.kind),
    column(timeline, (one) => storableJson(one.line)),
    column(signals, (one) => one.runId),
    column(signals, (one) => one.seq),
    column(signals, (one) => storableError(one.outcome)),
    column(answers, (one) => one.runId),
    column(answers, (one) => one.deliveryId),
    column(answers, (one) => storableError(one.text)),
  ];
}

function lastOfEach(effects: readonly EffectRow[]): readonly EffectRow[] {
  return effects.length < 2 ? effects : [...new Map(effects.map((effect) => [effect.key, effect])).values()];
}

function uniqueReferences(references: readonly Reference[]): readonly Reference[] {
  return references.length < 2 ? references : [...new Map(references.map((one) => [`${one.kind} ${one.value}`, one])).values()];
}

const SQL = `
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::boolean[], $9::boolean[], $10::bigint[])
    AS t(id, epoch, doc, state, step, due_at, attention, acknowledged, resolved, release_at)
), held AS (
  -- A terminal state is never overwritten.
  SELECT r.id, r.wake_seq, CASE WHEN r.state IN ('finished', 'failed', 'cancelled') THEN r.state ELSE i.state END AS state
  FROM bridge.runs r JOIN input i ON i.id = r.id
  WHERE r.epoch = i.epoch
  ORDER BY r.id FOR NO KEY UPDATE OF r
), written AS (
  UPDATE bridge.runs r SET
    doc = i.doc, step = i.step, attention = i.attention,
    state = h.state,
    -- While it is held a run is always due, so that a crash of its owner is noticed when the lease runs out.
    due_at = CASE WHEN h.state IN ('finished', 'failed', 'cancelled') THEN NULL
                  WHEN i.release_at = h.wake_seq THEN i.due_at ELSE coalesce(r.due_at, bridge.clock()) END,
    acknowledged_at = CASE WHEN i.acknowledged THEN coalesce(r.acknowledged_at, bridge.clock()) ELSE r.acknowledged_at END,
    resolved_at = CASE WHEN i.resolved THEN coalesce(r.resolved_at, bridge.clock()) ELSE r.resolved_at END,
    ended_at = CASE WHEN h.state IN ('finished', 'failed', 'cancelled') THEN coalesce(r.ended_at, bridge.clock()) END,
    owner = CASE WHEN i.release_at = h.wake_seq THEN NULL ELSE r.owner END,
    lease_until = CASE WHEN i.release_at = h.wake_seq THEN NULL ELSE r.lease_until END
  FROM input i JOIN held h ON h.id = i.id WHERE r.id = i.id
  RETURNING r.id, r.owner IS NULL AS released, r.wake_seq
), effects AS (
  INSERT INTO bridge.effects AS e (run_id, key, action, change, state, input, output, error, ended_at)
  SELECT t.run_id, t.key, t.action, t.change, t.state, t.input, t.output, t.error,
         CASE WHEN t.state IN ('done', 'failed', 'skipped') THEN bridge.clock() END
  FROM unnest($11::uuid[], $12::text[], $13::text[], $14::text[], $15::text[], $16::text[], $17::text[], $18::text[])
    AS t(run_id, key, action, change, state, input, output, error) JOIN held h ON h.id = t.run_id
  ON CONFLICT (run_id, key) DO UPDATE SET
    state = excluded.state, input = excluded.input, output = excluded.output, error = excluded.error, ended_at = excluded.ended_at,
    attempts = e.attempts + CASE WHEN excluded.state = 'intended' THEN 1 ELSE 0 END,
    intended_at = CASE WHEN excluded.state = 'intended' THEN bridge.clock() ELSE e.intended_at END
  WHERE e.state <> 'done'
), refs AS (
  INSERT INTO bridge.run_references (run_id, kind, value)
  SELECT t.run_id, t.kind, t.value FROM unnest($19::uuid[], $20::text[], $21::text[]) AS t(run_id, kind, value) JOIN held h ON h.id = t.run_id
  ON CONFLICT DO NOTHING
), echoes AS (
  INSERT INTO bridge.expected_echoes (run_id, effect_key, reference_kind, reference_value, event_type, actor_id)
  SELECT t.* FROM unnest($22::uuid[], $23::text[], $24::text[], $25::text[], $26::text[], $27::text[])
    AS t(run_id, effect_key, kind, value, event_type, actor_id) JOIN held h ON h.id = t.run_id
  ON CONFLICT DO NOTHING
), dropped AS (
  DELETE FROM bridge.expected_echoes x USING unnest($28::uuid[], $29::text[]) AS t(run_id, effect_key), held h
  WHERE h.id = t.run_id AND x.run_id = t.run_id AND x.effect_key = t.effect_key
), lines AS (
  INSERT INTO bridge.timeline (run_id, kind, data)
  SELECT t.run_id, t.kind, t.data FROM unnest($30::uuid[], $31::text[], $32::text[]) WITH ORDINALITY AS t(run_id, kind, data, n)
  JOIN held h ON h.id = t.run_id ORDER BY t.n
), taken AS (
  UPDATE bridge.signals s SET outcome = t.outcome FROM unnest($33::uuid[], $34::bigint[], $35::text[]) AS t(run_id, seq, outcome), held h
  WHERE h.id = t.run_id AND s.seq = t.seq AND t.outcome <> ''
), answered AS (
  UPDATE bridge.deliveries d SET answer = t.answer FROM unnest($36::uuid[], $37::uuid[], $38::text[]) AS t(run_id, delivery_id, answer), held h
  WHERE h.id = t.run_id AND d.id = t.delivery_id AND d.door = 'button'
  RETURNING pg_notify('bridge_outcome', d.id::text)
)
SELECT id::text, released, wake_seq::text FROM written LEFT JOIN (SELECT count(*) FROM answered) a ON true`;
