import { z } from 'zod';
import type { Database } from './database.ts';
import { storableError } from './storable-json.ts';

/** Retention, replay, and the few values that the bridge keeps for itself. */
export interface UpkeepStore {
  /** Deletes ended runs and empties deliveries older than that; answers how many of each. */
  retain(days: number): Promise<{ readonly runs: number; readonly deliveries: number }>;
  /** The stored body, for reading it again; undefined = unknown, or emptied by retention. */
  readBody(deliveryId: string): Promise<{ readonly source: string; readonly door: string; readonly body: Buffer } | undefined>;
  /** Undecides a delivery. */
  reopen(deliveryId: string, event: string | null, correlationKey: string | null, occurredAt: string | null): Promise<string | undefined>;
  /** A delivery made the router throw; the fifth time it is put aside (dead), where Replay finds it. */
  countFault(deliveryId: string, fault: string): Promise<void>;
  getSetting(key: string): Promise<string | undefined>;
  setSetting(key: string, value: string): Promise<void>;
}

const MANY = 5000;

export function createUpkeepStore(database: Database): UpkeepStore {
  return {
    async retain(days) {
      const runs = await database.query(
        `DELETE FROM bridge.runs WHERE id IN (SELECT id FROM bridge.runs WHERE ended_at < bridge.clock() - $1 * interval '1 day' LIMIT ${MANY})`,
        [days],
      );
      // The row stays with its keys: a delivery that is sent again after years is still known (docs/decisions/0006).
      const deliveries = await database.query(
        `UPDATE bridge.deliveries SET body = '', headers = '{}', event = NULL WHERE id IN (
           SELECT id FROM bridge.deliveries WHERE received_at < bridge.clock() - $1 * interval '1 day' AND state = 'decided' AND (body <> '' OR event IS NOT NULL) LIMIT ${MANY})`,
        [days],
      );
      await database.query(`DELETE FROM bridge.heartbeats WHERE at < bridge.clock() - interval '1 day'`);
      return { runs: runs.rowCount ?? 0, deliveries: deliveries.rowCount ?? 0 };
    },
    async readBody(id) {
      const { rows } = await database.query(`SELECT source, door, body FROM bridge.deliveries WHERE id = $1`, [id]);
      const [row] = rows;
      if (!row) return undefined;
      const found = z.object({ source: z.string(), door: z.string(), body: z.instanceof(Buffer) }).parse(row);
      return found.body.length === 0 ? undefined : found;
    },
    async reopen(id, event, correlationKey, occurredAt) {
      const { rows } = await database.query(
        `UPDATE bridge.deliveries SET state = 'new', outcome = NULL, reason = NULL, run_ids = '{}', decided_at = NULL, event = $2, correlation_key = $3, occurred_at = $4,
           wake_seq = wake_seq + 1, woken_at = bridge.clock() WHERE id = $1 AND state = 'decided' RETURNING wake_seq::text`,
        [id, event, correlationKey, occurredAt],
      );
      return rows[0] ? z.object({ wake_seq: z.string() }).parse(rows[0]).wake_seq : undefined;
    },
    async countFault(id, fault) {
      await database.query(
        `UPDATE bridge.deliveries SET attempts = attempts + 1,
           state = CASE WHEN attempts >= 4 THEN 'decided' ELSE state END, outcome = CASE WHEN attempts >= 4 THEN 'dead' END,
           decided_at = CASE WHEN attempts >= 4 THEN bridge.clock() END, reason = $2
         WHERE id = $1 AND state = 'new'`,
        [id, storableError(fault)],
      );
    },
    async getSetting(key) {
      const { rows } = await database.query(`SELECT value FROM bridge.settings WHERE key = $1`, [key]);
      return rows[0] ? z.object({ value: z.string() }).parse(rows[0]).value : undefined;
    },
    async setSetting(key, value) {
      await database.query(
        `INSERT INTO bridge.settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`,
        [key, value],
      );
    },
  };
}
