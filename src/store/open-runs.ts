import { z } from 'zod';
import { RunDoc, type Signal } from '../core/run.ts';
import type { RoutedRun } from '../core/store.ts';
import type { Database } from './database.ts';
import { storableJson } from './storable-json.ts';

export interface PagedRun {
  readonly id: string;
  readonly versionId: string;
  /** `pagerduty:Q1NC…` */
  readonly incident: string;
  readonly correlationKey: string;
  readonly acknowledged: boolean;
  readonly resolved: boolean;
  readonly doc: RunDoc;
}

const RunNameRow = z.object({
  id: z.string(),
  playbook: z.string(),
  number: z.number(),
  state: z.string(),
  step: z.string(),
  title: z.string(),
});
export type RunName = z.infer<typeof RunNameRow>;

/** Open runs from outside the engine: what the pager is compared with, and what people in the console do to them. */
export interface OpenRunStore {
  /** Open runs with an incident at the pager. */
  listPaged(): Promise<readonly PagedRun[]>;
  /** Stores a signal for an open run and makes it due; undefined = the run has ended or does not exist. */
  signal(runId: string, signal: Signal): Promise<RoutedRun | undefined>;
  newest(): Promise<RunName | undefined>;
  /** Makes every open run due, so that each is looked at once. */
  wakeAll(): Promise<void>;
}

const PagedRow = z.object({
  id: z.string(),
  version_id: z.string(),
  incident: z.string(),
  correlation_key: z.string(),
  acknowledged: z.boolean(),
  resolved: z.boolean(),
  doc: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(RunDoc),
});

export function createOpenRunStore(database: Database): OpenRunStore {
  return {
    async listPaged() {
      const { rows } = await database.query(PAGED);
      return rows
        .map((row) => PagedRow.parse(row))
        .map(({ version_id, correlation_key, ...row }) => ({ ...row, versionId: version_id, correlationKey: correlation_key }));
    },
    async signal(runId, signal) {
      const { rows } = await database.query(SIGNAL, [runId, signal.kind, storableJson(signal)]);
      const [row] = rows;
      if (!row) return undefined;
      const { id, wake_seq } = z.object({ id: z.string(), wake_seq: z.string() }).parse(row);
      return { id, wakeSeq: wake_seq };
    },
    async newest() {
      const { rows } = await database.query(
        `SELECT id::text, playbook, number, state, step, title FROM bridge.runs ORDER BY started_at DESC, number DESC LIMIT 1`,
      );
      return rows[0] ? RunNameRow.parse(rows[0]) : undefined;
    },
    async wakeAll() {
      await database.query(
        `UPDATE bridge.runs SET due_at = bridge.clock(), woken_at = NULL WHERE state IN ('running', 'parked', 'finishing')`,
      );
    },
  };
}

const PAGED = `
SELECT r.id::text, r.version_id::text, f.value AS incident, r.correlation_key, r.acknowledged_at IS NOT NULL AS acknowledged, r.resolved_at IS NOT NULL AS resolved, r.doc
FROM bridge.runs r JOIN bridge.run_references f ON f.run_id = r.id AND f.kind = 'pager.incident'
WHERE r.state IN ('running', 'parked')`;

const SIGNAL = `
WITH held AS (
  SELECT id FROM bridge.runs WHERE id = $1 AND state IN ('running', 'parked', 'finishing') FOR NO KEY UPDATE
), added AS (
  INSERT INTO bridge.signals (run_id, kind, body) SELECT id, $2, $3 FROM held
)
UPDATE bridge.runs r SET wake_seq = r.wake_seq + 1, due_at = bridge.clock(), woken_at = bridge.clock() FROM held WHERE r.id = held.id
RETURNING r.id::text, r.wake_seq::text`;
