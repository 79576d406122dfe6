import { z } from 'zod';
import { RUN_STATES, RunContext, RunDoc } from '../core/run.ts';
import type { RunState } from '../core/run.ts';
import type { Queryable } from './connection.ts';

/** What the console reads, and nothing writes: all its SQL. Rows are parsed before they leave. */

const Time = z.date().transform((at) => at.toISOString());
const OptionalTime = z
  .date()
  .nullable()
  .transform((at) => at?.toISOString());

/** Our own JSON, stored as text. */
const Json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.issues.push({ code: 'custom', input: text, message: 'is not JSON' });
    return z.NEVER;
  }
});

const RUN_COLUMNS = `id, playbook, number, state, step, title, attention, started_at, problem_started_at, acknowledged_at, resolved_at, ended_at`;

const runColumns = {
  id: z.uuid(),
  playbook: z.string(),
  number: z.number(),
  state: z.enum(RUN_STATES),
  step: z.string(),
  title: z.string(),
  attention: z.string(),
  started_at: Time,
  problem_started_at: OptionalTime,
  acknowledged_at: OptionalTime,
  resolved_at: OptionalTime,
  ended_at: OptionalTime,
};

function toSummary(row: z.infer<typeof RunRow>) {
  return {
    id: row.id,
    playbook: row.playbook,
    number: row.number,
    state: row.state,
    step: row.step,
    title: row.title,
    attention: row.attention,
    startedAt: row.started_at,
    problemStartedAt: row.problem_started_at,
    acknowledgedAt: row.acknowledged_at,
    resolvedAt: row.resolved_at,
    endedAt: row.ended_at,
  };
}
const RunRow = z.object(runColumns);
const RunListRow = RunRow.extend({ cursor: z.string() });
/** The console reads only these of the document, so that a document of another version still shows. */
const ShownDoc = RunDoc.pick({ invocations: true, outputs: true });
const RunDetailRow = RunRow.extend({ doc: Json.pipe(ShownDoc), context: Json.pipe(RunContext), correlation_key: z.string() });
const MarkRow = z.object({ run_id: z.uuid(), data: Json.pipe(z.object({ by: z.string(), marks: z.string().optional() })) });
const CountRow = z.object({ state: z.enum(RUN_STATES), runs: z.coerce.number(), needing: z.coerce.number() });
const TimelineRow = z.object({ seq: z.coerce.number(), at: Time, kind: z.string(), data: Json });
const ReferenceRow = z.object({ kind: z.string(), value: z.string() });

const EffectRow = z
  .object({
    key: z.string(),
    action: z.string(),
    change: z.string(),
    state: z.string(),
    attempts: z.number(),
    input: z.string(),
    output: z.string().nullable(),
    error: z.string().nullable(),
    intended_at: Time,
    ended_at: OptionalTime,
  })
  .transform(({ intended_at: intendedAt, ended_at: endedAt, ...row }) => ({ ...row, intendedAt, endedAt }));

const DeliveryRow = z.object({
  id: z.uuid(),
  seq: z.coerce.string(),
  source: z.string(),
  door: z.string(),
  event: z.string().nullable(),
  received_at: Time,
  decided_at: OptionalTime,
  state: z.string(),
  outcome: z.string().nullable(),
  reason: z.string().nullable(),
  run_ids: z.array(z.uuid()),
  attempts: z.number(),
});
const DeliveryDetailRow = DeliveryRow.extend({
  delivery_key: z.string(),
  event_key: z.string().nullable(),
  correlation_key: z.string().nullable(),
  headers: z.string(),
  body: z.instanceof(Uint8Array),
  bytes: z.number(),
});

const DELIVERY_COLUMNS = `id, seq, source, door, event, received_at, decided_at, state, outcome, reason, run_ids, attempts`;

function toDelivery(row: z.infer<typeof DeliveryRow>) {
  return {
    id: row.id,
    seq: row.seq,
    source: row.source,
    door: row.door,
    event: row.event ?? undefined,
    receivedAt: row.received_at,
    decidedAt: row.decided_at,
    /** What became of it; 'waiting' until it has been decided. */
    outcome: row.state === 'new' ? 'waiting' : (row.outcome ?? 'decided'),
    reason: row.reason ?? '',
    runIds: row.run_ids,
    attempts: row.attempts,
  };
}

export interface RunQuery {
  /** Empty = any state. */
  readonly states: readonly RunState[];
  /** Only runs that wait for a person. */
  readonly needsAttention: boolean;
  /** The last row's `cursor`; the page after it is read. */
  readonly after?: string | undefined;
  readonly limit: number;
}

export interface DeliveryQuery {
  readonly outcome?: string | undefined;
  readonly source?: string | undefined;
  /** The last row's `seq`; older ones are read. */
  readonly before?: string | undefined;
  readonly limit: number;
}

/** A run's timeline can be cut at this many entries, the newest kept, so that a page stays a page. */
const MAX_TIMELINE = 2000;
/** Bodies are shown up to here; all of it stays in the table. */
const MAX_BODY_BYTES = 512 * 1024;

export function createConsoleReads(database: Queryable) {
  return {
    /** The database's clock, which all of the console's durations are measured by. */
    async now(): Promise<string> {
      const { rows } = await database.query('SELECT bridge.clock() AS now');
      return z.object({ now: Time }).parse(rows[0]).now;
    },

    /** Newest first. The big columns (document, context) are not read. */
    async listRuns(query: RunQuery) {
      const { rows } = await database.query(
        `SELECT ${RUN_COLUMNS}, started_at::text || '|' || id AS cursor FROM bridge.runs
         WHERE (cardinality($1::text[]) = 0 OR state = ANY($1))
           AND (NOT $2 OR (state IN ('running', 'parked', 'finishing') AND (state = 'parked' OR attention <> '')))
           AND ($3::timestamptz IS NULL OR (started_at, id) < ($3, $4::uuid))
         ORDER BY started_at DESC, id DESC LIMIT $5`,
        [[...query.states], query.needsAttention, query.after?.split('|')[0] ?? null, query.after?.split('|')[1] ?? null, query.limit],
      );
      const runs = rows.map((row) => RunListRow.parse(row));
      const acknowledgers = await this.findAcknowledgers(runs.filter((run) => run.acknowledged_at !== undefined).map((run) => run.id));
      return runs.map((run) => ({ ...toSummary(run), acknowledgedBy: acknowledgers.get(run.id), cursor: run.cursor }));
    },

    /** Who entered the first step that is marked `acknowledged`. */
    async findAcknowledgers(runIds: readonly string[]): Promise<Map<string, string>> {
      const names = new Map<string, string>();
      if (runIds.length === 0) return names;
      const { rows } = await database.query(
        `SELECT run_id, data FROM bridge.timeline
         WHERE run_id = ANY($1::uuid[]) AND kind = 'step_entered' AND data LIKE '%acknowledged%' ORDER BY seq`,
        [[...runIds]],
      );
      for (const { run_id: runId, data } of rows.map((row) => MarkRow.parse(row))) {
        if (data.marks === 'acknowledged' && !names.has(runId)) names.set(runId, data.by);
      }
      return names;
    },

    /** Cheap: a partial index holds the open runs. */
    async countOpenRuns() {
      const { rows } = await database.query(
        `SELECT state, count(*) AS runs, count(*) FILTER (WHERE state = 'parked' OR attention <> '') AS needing FROM bridge.runs
         WHERE state IN ('running', 'parked', 'finishing') GROUP BY state`,
      );
      return rows.map((row) => CountRow.parse(row));
    },

    /** Reads every ended run that is kept: not for every request. */
    async countEndedRuns() {
      const { rows } = await database.query(
        `SELECT state, count(*) AS runs, 0 AS needing FROM bridge.runs WHERE state IN ('finished', 'failed', 'cancelled') GROUP BY state`,
      );
      return rows.map((row) => CountRow.parse(row));
    },

    async findRun(id: string) {
      const { rows } = await database.query(`SELECT ${RUN_COLUMNS}, doc, context, correlation_key FROM bridge.runs WHERE id = $1`, [id]);
      if (rows[0] === undefined) return undefined;
      const row = RunDetailRow.parse(rows[0]);
      const [timeline, effects, references, deliveries, acknowledgers] = await Promise.all([
        database.query(
          `SELECT seq, at, kind, data FROM (SELECT * FROM bridge.timeline WHERE run_id = $1 ORDER BY seq DESC LIMIT $2) newest ORDER BY seq`,
          [id, MAX_TIMELINE],
        ),
        database.query(
          `SELECT key, action, change, state, attempts, left(input, 4000) AS input, left(output, 4000) AS output, error, intended_at, ended_at
           FROM bridge.effects WHERE run_id = $1 ORDER BY intended_at, key`,
          [id],
        ),
        database.query('SELECT kind, value FROM bridge.run_references WHERE run_id = $1 ORDER BY kind, value', [id]),
        // Two index look-ups: what was routed here by its key, and what came as a signal.
        database.query(
          `SELECT ${DELIVERY_COLUMNS} FROM bridge.deliveries WHERE correlation_key = $2 AND $1 = ANY(run_ids)
           UNION
           SELECT ${DELIVERY_COLUMNS} FROM bridge.deliveries
           WHERE id IN (SELECT delivery_id FROM bridge.signals WHERE run_id = $1 AND delivery_id IS NOT NULL)
           ORDER BY seq DESC LIMIT 50`,
          [id, row.correlation_key],
        ),
        this.findAcknowledgers([id]),
      ]);
      return {
        summary: { ...toSummary(row), acknowledgedBy: acknowledgers.get(id) },
        doc: row.doc,
        context: row.context,
        timeline: timeline.rows.map((entry) => TimelineRow.parse(entry)),
        effects: effects.rows.map((effect) => EffectRow.parse(effect)),
        references: references.rows.map((reference) => ReferenceRow.parse(reference)),
        deliveries: deliveries.rows.map((delivery) => toDelivery(DeliveryRow.parse(delivery))),
      };
    },

    /** Newest first. */
    async listDeliveries(query: DeliveryQuery) {
      const { rows } = await database.query(
        `SELECT ${DELIVERY_COLUMNS} FROM bridge.deliveries
         WHERE ($1::text IS NULL OR CASE WHEN $1 = 'waiting' THEN state = 'new' ELSE outcome = $1 END)
           AND ($2::text IS NULL OR source = $2)
           AND ($3::bigint IS NULL OR seq < $3)
         ORDER BY seq DESC LIMIT $4`,
        [query.outcome ?? null, query.source ?? null, query.before ?? null, query.limit],
      );
      return rows.map((row) => toDelivery(DeliveryRow.parse(row)));
    },

    async findDelivery(id: string) {
      const { rows } = await database.query(
        `SELECT ${DELIVERY_COLUMNS}, delivery_key, event_key, correlation_key, headers,
                substring(body FROM 1 FOR $2::integer) AS body, octet_length(body) AS bytes
         FROM bridge.deliveries WHERE id = $1`,
        [id, MAX_BODY_BYTES],
      );
      if (rows[0] === undefined) return undefined;
      const row = DeliveryDetailRow.parse(rows[0]);
      return {
        ...toDelivery(row),
        deliveryKey: row.delivery_key,
        eventKey: row.event_key ?? undefined,
        correlationKey: row.correlation_key ?? undefined,
        headers: row.headers,
        body: row.body,
        /** Size of the whole body; `body` may be cut. */
        bytes: row.bytes,
      };
    },

    /** Titles of runs, for links. */
    async nameRuns(ids: readonly string[]) {
      if (ids.length === 0) return [];
      const { rows } = await database.query('SELECT id, playbook, number, title, state FROM bridge.runs WHERE id = ANY($1::uuid[])', [
        [...ids],
      ]);
      return rows.map((row) => RunRow.pick({ id: true, playbook: true, number: true, title: true, state: true }).parse(row));
    },
  };
}
