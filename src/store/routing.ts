import { z } from 'zod';
import { IncidentEvent } from '../core/event.ts';
import type { ExpectedEcho, NewRun, OpenRun, RoutableDelivery, RoutingResult, RoutingStore, RoutingView } from '../core/store.ts';
import type { Database, Queryable } from './database.ts';
import { RunRow, toClaimedRun } from './runs.ts';
import { storableError, storableJson, storableText } from './storable-json.ts';

const json = z.string().transform((text): unknown => JSON.parse(text));

const DeliveryRow = z.object({
  id: z.string(),
  seq: z.string(),
  source: z.string(),
  door: z.string(),
  correlation_key: z.string(),
  event: json,
  occurred_at: z.date().nullable(),
});
const OpenRunRow = z.object({ id: z.string(), playbook: z.string(), correlation_key: z.string(), reference: z.string().nullable() });
const ReferenceKind = IncidentEvent.shape.references.element.shape.kind;
const EchoRow = z.object({
  run_id: z.string(),
  effect_key: z.string(),
  reference_kind: ReferenceKind,
  reference_value: z.string(),
  event_type: z.string(),
  actor_id: z.string(),
});
const RoutedRow = z.object({ id: z.string(), wake_seq: z.string() });

export function createRoutingStore(database: Database): RoutingStore {
  return {
    route: (deliveryIds, owner, leaseMs, decide) =>
      database.transaction(async (client) => {
        const keys = await lockKeys(client, deliveryIds);
        if (keys.length === 0) return { started: [], signalled: [] };
        const view = await look(client, keys);
        if (view.deliveries.length === 0) return { started: [], signalled: [] };
        const result = decide(view);
        const started = await startRuns(client, result.runs, owner, leaseMs);
        const signalled = await signalRuns(client, result);
        await writeDecisions(client, result);
        return { started, signalled };
      }),
  };
}

/** The deliveries' correlation keys, locked in one order so that two routers can't wait for each other. */
async function lockKeys(client: Queryable, deliveryIds: readonly string[]): Promise<readonly string[]> {
  const { rows } = await client.query({ name: 'routing-lock', text: LOCK, values: [deliveryIds] });
  return rows.map((row) => z.object({ key: z.string() }).parse(row).key);
}

async function look(client: Queryable, keys: readonly string[]): Promise<RoutingView> {
  const deliveries = (await client.query({ name: 'routing-deliveries', text: DELIVERIES, values: [keys] })).rows.map((row) =>
    toDelivery(DeliveryRow.parse(row)),
  );
  const references = new Set<string>();
  for (const { event } of deliveries) {
    const parsed = IncidentEvent.safeParse(event);
    if (parsed.success) for (const one of parsed.data.references) references.add(`${one.kind} ${one.value}`);
  }
  const names = [...references];
  const runs = (await client.query({ name: 'routing-open-runs', text: OPEN_RUNS, values: [keys, names, runIdsOf(keys)] })).rows.map((row) =>
    OpenRunRow.parse(row),
  );
  const byReference = new Map<string, OpenRun[]>();
  const byKey = new Map<string, OpenRun[]>();
  const byId = new Map<string, OpenRun>();
  for (const { reference, correlation_key, ...rest } of runs) {
    const run = { ...rest, correlationKey: correlation_key };
    if (!byId.has(run.id)) {
      byId.set(run.id, run);
      byKey.set(correlation_key, [...(byKey.get(correlation_key) ?? []), run]);
    }
    if (reference !== null) byReference.set(reference, [...(byReference.get(reference) ?? []), run]);
  }
  return {
    deliveries,
    byReference,
    byKey,
    byId,
    echoes: await lookForEchoes(client, names),
    ignored: await lookForIgnored(client, keys),
  };
}

/** A click's key is `run:<id>`. */
function runIdsOf(keys: readonly string[]): readonly string[] {
  return keys
    .filter((key) => key.startsWith('run:'))
    .map((key) => key.slice(4))
    .filter((id) => z.uuid().safeParse(id).success);
}

async function lookForEchoes(client: Queryable, references: readonly string[]): Promise<RoutingView['echoes']> {
  const echoes = new Map<string, (ExpectedEcho & { runId: string })[]>();
  if (references.length === 0) return echoes;
  for (const raw of (await client.query({ name: 'routing-echoes', text: ECHOES, values: [references] })).rows) {
    const row = EchoRow.parse(raw);
    const name = `${row.reference_kind} ${row.reference_value}`;
    const echo = {
      runId: row.run_id,
      effectKey: row.effect_key,
      reference: { kind: row.reference_kind, value: row.reference_value },
      eventType: row.event_type,
      actorId: row.actor_id,
    };
    echoes.set(name, [...(echoes.get(name) ?? []), echo]);
  }
  return echoes;
}

async function lookForIgnored(client: Queryable, keys: readonly string[]): Promise<RoutingView['ignored']> {
  const ignored = new Map<string, (IncidentEvent & { deliveryId: string })[]>();
  for (const raw of (await client.query({ name: 'routing-ignored', text: IGNORED, values: [keys] })).rows) {
    const row = z.object({ id: z.string(), correlation_key: z.string(), event: json }).parse(raw);
    const event = IncidentEvent.safeParse(row.event);
    if (event.success)
      ignored.set(row.correlation_key, [...(ignored.get(row.correlation_key) ?? []), { ...event.data, deliveryId: row.id }]);
  }
  return ignored;
}

function toDelivery(row: z.infer<typeof DeliveryRow>): RoutableDelivery {
  return {
    id: row.id,
    seq: row.seq,
    source: row.source,
    door: row.door,
    correlationKey: row.correlation_key,
    event: row.event,
    occurredAt: row.occurred_at?.toISOString(),
  };
}

/** New runs with their numbers; the lease is ours from the first moment, so that the router goes on with them at once. */
async function startRuns(
  client: Queryable,
  runs: readonly NewRun[],
  owner: string,
  leaseMs: number,
): Promise<Awaited<ReturnType<RoutingStore['route']>>['started']> {
  if (runs.length === 0) return [];
  const { rows } = await client.query({
    name: 'start-runs',
    text: START,
    values: [
      runs.map((run) => run.id),
      runs.map((run) => run.playbook),
      runs.map((run) => run.versionId),
      runs.map((run) => storableText(run.title)),
      runs.map((run) => storableText(run.correlationKey)),
      runs.map((run) => storableJson(run.context)),
      runs.map((run) => storableJson(run.doc)),
      runs.map((run) => run.problemStartedAt ?? null),
      runs.map((run) => run.trigger),
      owner,
      leaseMs,
    ],
  });
  const references = runs.flatMap((run) => run.references.map((reference) => ({ runId: run.id, ...reference })));
  await client.query({
    name: 'start-references',
    text: `INSERT INTO bridge.run_references (run_id, kind, value) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) ON CONFLICT DO NOTHING`,
    values: [references.map((one) => one.runId), references.map((one) => one.kind), references.map((one) => storableText(one.value))],
  });
  return rows.map((row) => toClaimedRun(RunRow.parse(row), [], []));
}

async function signalRuns(client: Queryable, result: RoutingResult): Promise<readonly { id: string; wakeSeq: string }[]> {
  if (result.signals.length === 0) return [];
  const { rows } = await client.query({
    name: 'signal-runs',
    text: SIGNAL,
    values: [
      result.signals.map((one) => one.runId),
      result.signals.map((one) => one.signal.kind),
      result.signals.map((one) => storableJson(one.signal)),
      result.signals.map((one) => one.deliveryId ?? null),
    ],
  });
  return rows.map((row) => RoutedRow.parse(row)).map((row) => ({ id: row.id, wakeSeq: row.wake_seq }));
}

async function writeDecisions(client: Queryable, result: RoutingResult): Promise<void> {
  const { decisions, consumedEchoes } = result;
  await client.query({
    name: 'decide-deliveries',
    text: DECIDE,
    values: [
      decisions.map((one) => one.deliveryId),
      decisions.map((one) => one.outcome),
      decisions.map((one) => storableError(one.reason)),
      decisions.map((one) => `{${one.runIds.join(',')}}`),
      decisions.map((one) => one.answer ?? null),
    ],
  });
  if (consumedEchoes.length === 0) return;
  await client.query({
    name: 'consume-echoes',
    text: `DELETE FROM bridge.expected_echoes e USING unnest($1::uuid[], $2::text[]) AS t(run_id, effect_key) WHERE e.run_id = t.run_id AND e.effect_key = t.effect_key`,
    values: [consumedEchoes.map((one) => one.runId), consumedEchoes.map((one) => one.effectKey)],
  });
}

const LOCK = `
WITH keys AS (
  SELECT DISTINCT correlation_key AS key FROM bridge.deliveries WHERE id = ANY($1::uuid[]) AND state = 'new' AND correlation_key IS NOT NULL ORDER BY 1
)
SELECT key, pg_advisory_xact_lock(hashtextextended(key, 7))::text AS locked FROM keys ORDER BY key`;

const DELIVERIES = `
SELECT d.id::text, d.seq::text, d.source, d.door, d.correlation_key, d.event, d.occurred_at FROM bridge.deliveries d
-- Named with its table: the bare name would be the text above, and "10" comes before "9".
WHERE d.correlation_key = ANY($1::text[]) AND d.state = 'new' ORDER BY d.seq LIMIT 2000`;

const OPEN_RUNS = `
SELECT r.id::text, r.playbook, r.correlation_key, NULL AS reference FROM bridge.runs r
WHERE r.correlation_key = ANY($1::text[]) AND r.state IN ('running', 'parked', 'finishing')
UNION ALL
SELECT r.id::text, r.playbook, r.correlation_key, f.kind || ' ' || f.value FROM bridge.run_references f JOIN bridge.runs r ON r.id = f.run_id
WHERE (f.kind, f.value) IN (SELECT split_part(n, ' ', 1), substr(n, strpos(n, ' ') + 1) FROM unnest($2::text[]) n) AND r.state IN ('running', 'parked', 'finishing')
UNION ALL
SELECT r.id::text, r.playbook, r.correlation_key, NULL FROM bridge.runs r WHERE r.id = ANY($3::uuid[]) AND r.state IN ('running', 'parked', 'finishing')`;

// Not locked: the journal locks a run before its echoes, and a router that held echoes while it wanted the run would deadlock with it.
const ECHOES = `
SELECT run_id::text, effect_key, reference_kind, reference_value, event_type, actor_id FROM bridge.expected_echoes
WHERE (reference_kind, reference_value) IN (SELECT split_part(n, ' ', 1), substr(n, strpos(n, ' ') + 1) FROM unnest($1::text[]) n)`;

const IGNORED = `
SELECT id::text, correlation_key, event FROM bridge.deliveries
WHERE correlation_key = ANY($1::text[]) AND state = 'decided' AND outcome = 'ignored' AND door = 'event' AND event IS NOT NULL ORDER BY seq`;

const START = `
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::text[])
    WITH ORDINALITY AS t(id, playbook, version_id, title, correlation_key, context, doc, problem_started_at, trigger, n)
), counted AS (
  SELECT i.playbook, count(*)::int AS many FROM input i GROUP BY 1
), locked AS (
  SELECT p.name FROM bridge.playbooks p JOIN counted c ON c.playbook = p.name ORDER BY p.name FOR UPDATE OF p
), numbers AS (
  UPDATE bridge.playbooks p SET last_number = p.last_number + c.many FROM counted c, locked l WHERE p.name = c.playbook AND l.name = p.name
  RETURNING p.name, p.last_number - c.many AS before
), made AS (
  INSERT INTO bridge.runs (id, playbook, version_id, number, state, step, title, correlation_key, context, doc, epoch, owner, lease_until, due_at, problem_started_at)
  SELECT i.id, i.playbook, i.version_id, n.before + (row_number() OVER (PARTITION BY i.playbook ORDER BY i.n))::int, 'running', (i.doc::json)->>'step', i.title,
         i.correlation_key, i.context, i.doc, 1, $10, bridge.clock() + $11::double precision * interval '1 ms', bridge.clock(), i.problem_started_at
  FROM input i JOIN numbers n ON n.name = i.playbook ORDER BY i.n
  RETURNING *
), lines AS (
  INSERT INTO bridge.timeline (run_id, kind, data)
  SELECT m.id, 'run_started', json_build_object('kind', 'run_started', 'playbook', m.playbook, 'number', m.number, 'trigger', i.trigger, 'title', m.title)::text
  FROM made m JOIN input i ON i.id = m.id
)
SELECT id::text, epoch::text, wake_seq::text, playbook, version_id::text, number, started_at, context, doc, bridge.clock() AS now FROM made ORDER BY number`;

const SIGNAL = `
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) WITH ORDINALITY AS t(run_id, kind, body, delivery_id, n)
), held AS (
  SELECT r.id FROM bridge.runs r WHERE r.id IN (SELECT run_id FROM input) AND r.state IN ('running', 'parked', 'finishing') ORDER BY r.id FOR NO KEY UPDATE
), added AS (
  -- A run that has ended since the router looked takes nothing any more.
  INSERT INTO bridge.signals (run_id, kind, body, delivery_id, outcome)
  SELECT i.run_id, i.kind, i.body, i.delivery_id, CASE WHEN h.id IS NULL THEN 'noted: the run is closed' ELSE '' END
  FROM input i LEFT JOIN held h ON h.id = i.run_id ORDER BY i.n
), answered AS (
  UPDATE bridge.deliveries d SET answer = 'Too late: this incident is already closed.' FROM input i LEFT JOIN held h ON h.id = i.run_id
  WHERE h.id IS NULL AND d.id = i.delivery_id AND d.door = 'button' RETURNING pg_notify('bridge_outcome', d.id::text)
)
UPDATE bridge.runs r SET wake_seq = r.wake_seq + 1, due_at = bridge.clock(), woken_at = bridge.clock() FROM held WHERE r.id = held.id
RETURNING r.id::text, r.wake_seq::text`;

const DECIDE = `
UPDATE bridge.deliveries d SET state = 'decided', outcome = t.outcome, reason = t.reason, run_ids = t.run_ids::uuid[], answer = coalesce(t.answer, d.answer), decided_at = bridge.clock()
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[]) AS t(id, outcome, reason, run_ids, answer)
WHERE d.id = t.id AND d.state = 'new'
RETURNING CASE WHEN t.answer IS NOT NULL THEN pg_notify('bridge_outcome', d.id::text) END`;
