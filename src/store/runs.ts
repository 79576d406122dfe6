import { z } from 'zod';
import { RunContext, RunDoc, Signal } from '../core/run.ts';
import type { ClaimedRun, JournalEntry, JournalResult, RunStore, StoredEffect, WaitingSignal } from '../core/store.ts';
import { createBatcher } from './batcher.ts';
import type { Database } from './database.ts';
import { storableError } from './storable-json.ts';
import { createWriter } from './writer.ts';

const json = z.string().transform((text): unknown => JSON.parse(text));

export const RunRow = z.object({
  id: z.string(),
  epoch: z.string(),
  wake_seq: z.string(),
  playbook: z.string(),
  version_id: z.string(),
  number: z.number(),
  started_at: z.date(),
  context: json.pipe(RunContext),
  doc: json.pipe(RunDoc),
  now: z.date(),
});

const SignalRow = z.object({ run_id: z.string(), seq: z.string(), body: json.pipe(Signal), delivery_id: z.string().nullable() });

const EffectStateRow = z.object({
  run_id: z.string(),
  key: z.string(),
  action: z.string(),
  change: z.string(),
  state: z.enum(['intended', 'refused', 'done', 'failed', 'skipped']),
  input: json,
  output: json.nullable(),
  error: z.string().nullable(),
  intended_at: z.date(),
});

export function createRunStore(database: Database): RunStore {
  const writer = createWriter(database);
  const claims = createBatcher<{ id: string; owner: string; leaseMs: number }, ClaimedRun | 'not free'>(claimAll, {
    maxItems: 200,
    groupOf: (one) => one.id,
  });

  async function claimAll(items: readonly { id: string; owner: string; leaseMs: number }[]): Promise<readonly (ClaimedRun | 'not free')[]> {
    const [first] = items;
    if (!first) return [];
    const { rows } = await database.query({
      name: 'claim-runs',
      text: CLAIM,
      values: [items.map((one) => one.id), first.owner, first.leaseMs],
    });
    const claimed = rows.map((row) => RunRow.parse(row));
    const loaded = await loadRest(claimed.map((run) => run.id));
    const runs = new Map(
      claimed.map((row) => [row.id, toClaimedRun(row, loaded.signals.get(row.id) ?? [], loaded.effects.get(row.id) ?? [])]),
    );
    return items.map((item) => runs.get(item.id) ?? 'not free');
  }

  async function loadRest(
    ids: readonly string[],
  ): Promise<{ signals: Map<string, WaitingSignal[]>; effects: Map<string, StoredEffect[]> }> {
    const signals = new Map<string, WaitingSignal[]>();
    const effects = new Map<string, StoredEffect[]>();
    if (ids.length === 0) return { signals, effects };
    const [signalRows, effectRows] = await Promise.all([
      database.query({ name: 'waiting-signals', text: SIGNALS, values: [ids] }),
      database.query({ name: 'effects-of-runs', text: EFFECTS, values: [ids] }),
    ]);
    for (const row of signalRows.rows) {
      const { run_id, ...signal } = SignalRow.parse(row);
      push(signals, run_id, { seq: signal.seq, signal: signal.body, deliveryId: signal.delivery_id ?? undefined });
    }
    for (const row of effectRows.rows) {
      const { run_id, intended_at, output, error, ...effect } = EffectStateRow.parse(row);
      push(effects, run_id, { ...effect, output: output ?? undefined, error: error ?? undefined, intendedAt: intended_at });
    }
    return { signals, effects };
  }

  return {
    async claim(ids, owner, leaseMs) {
      const claimed = await Promise.all(ids.map((id) => claims.add({ id, owner, leaseMs })));
      return claimed.filter((run) => run !== 'not free');
    },
    write: (entry: JournalEntry): Promise<JournalResult> => writer.add(entry),
    async renew(leases, leaseMs) {
      const { rows } = await database.query({
        name: 'renew-leases',
        text: RENEW,
        values: [leases.map((one) => one.id), leases.map((one) => one.epoch), leaseMs],
      });
      return new Set(rows.map((row) => z.object({ id: z.string() }).parse(row).id));
    },
    async loadSignals(runId) {
      const { rows } = await database.query({
        name: 'run-wake-seq',
        text: 'SELECT wake_seq::text FROM bridge.runs WHERE id = $1',
        values: [runId],
      });
      const [row] = rows;
      const wakeSeq = row ? z.object({ wake_seq: z.string() }).parse(row).wake_seq : '0';
      return { wakeSeq, signals: (await loadRest([runId])).signals.get(runId) ?? [] };
    },
    async findNews(runs) {
      const { rows } = await database.query({
        name: 'find-news',
        text: NEWS,
        values: [runs.map((one) => one.id), runs.map((one) => one.wakeSeq)],
      });
      return rows.map((row) => z.object({ id: z.string() }).parse(row).id);
    },
    async park(runId, epoch, reason) {
      await database.query(
        `UPDATE bridge.runs SET state = 'parked', attention = $3, due_at = NULL, owner = NULL, lease_until = NULL
         WHERE id = $1 AND epoch = $2 AND state IN ('running', 'parked', 'finishing')`,
        [runId, epoch, storableError(reason)],
      );
    },
    async release(leases) {
      await database.query(RELEASE, [leases.map((one) => one.id), leases.map((one) => one.epoch)]);
    },
  };
}

/** The row and what belongs to it, as the engine takes it. */
export function toClaimedRun(row: z.infer<typeof RunRow>, signals: readonly WaitingSignal[], effects: readonly StoredEffect[]): ClaimedRun {
  return {
    id: row.id,
    epoch: row.epoch,
    wakeSeq: row.wake_seq,
    playbook: row.playbook,
    versionId: row.version_id,
    number: row.number,
    startedAt: row.started_at.toISOString(),
    context: row.context,
    doc: row.doc,
    signals,
    effects,
    now: row.now,
  };
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

const CLAIM = `
WITH free AS (
  SELECT r.id FROM bridge.runs r
  WHERE r.id = ANY($1::uuid[]) AND r.state IN ('running', 'parked', 'finishing') AND (r.lease_until IS NULL OR r.lease_until < bridge.clock())
  ORDER BY r.id FOR NO KEY UPDATE
)
UPDATE bridge.runs r SET owner = $2, epoch = r.epoch + 1, lease_until = bridge.clock() + $3::double precision * interval '1 ms', due_at = coalesce(r.due_at, bridge.clock())
FROM free WHERE r.id = free.id
RETURNING r.id::text, r.epoch::text, r.wake_seq::text, r.playbook, r.version_id::text, r.number, r.started_at, r.context, r.doc, bridge.clock() AS now`;

const SIGNALS = `
SELECT s.run_id::text, s.seq::text, s.body, s.delivery_id::text FROM bridge.signals s
-- Named with its table: the bare name would be the text above, and "10" comes before "9".
WHERE s.run_id = ANY($1::uuid[]) AND s.outcome = '' ORDER BY s.seq`;

const EFFECTS = `
SELECT run_id::text, key, action, change, state, input, output, error, intended_at FROM bridge.effects WHERE run_id = ANY($1::uuid[])`;

const RENEW = `
UPDATE bridge.runs r SET lease_until = bridge.clock() + $3::double precision * interval '1 ms'
FROM (
  SELECT r.id FROM bridge.runs r JOIN unnest($1::uuid[], $2::bigint[]) AS t(id, epoch) ON t.id = r.id AND t.epoch = r.epoch
  ORDER BY r.id FOR NO KEY UPDATE OF r
) held WHERE r.id = held.id RETURNING r.id::text`;

const NEWS = `
SELECT r.id::text FROM bridge.runs r JOIN unnest($1::uuid[], $2::bigint[]) AS t(id, wake_seq) ON t.id = r.id WHERE r.wake_seq <> t.wake_seq`;

const RELEASE = `
UPDATE bridge.runs r SET owner = NULL, lease_until = NULL, due_at = coalesce(r.due_at, bridge.clock())
FROM (
  SELECT r.id FROM bridge.runs r JOIN unnest($1::uuid[], $2::bigint[]) AS t(id, epoch) ON t.id = r.id AND t.epoch = r.epoch
  WHERE r.state IN ('running', 'parked', 'finishing') ORDER BY r.id FOR NO KEY UPDATE OF r
) held WHERE r.id = held.id`;
