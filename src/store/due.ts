import { z } from 'zod';
import type { Database } from './database.ts';

const Woken = z.object({ id: z.string(), wake_seq: z.string() });

/** What the sweeper asks of the store: what is due and has no live wake-up. */
export interface DueStore {
  /** Raises wake_seq of what is due, free, and was last woken more than `quietMs` ago. */
  wakeRuns(quietMs: number, limit: number): Promise<readonly { id: string; wakeSeq: string }[]>;
  wakeDeliveries(quietMs: number, limit: number): Promise<readonly { id: string; wakeSeq: string }[]>;
  /** Milliseconds until something is due that wasn't woken within `quietMs` (0 = now), undefined = nothing. */
  nextDueInMs(quietMs: number): Promise<number | undefined>;
  /** Leases of owners that are known to be dead (embedded mode: the data directory's lock proves it). */
  takeOverAll(): Promise<number>;
  beat(process: string, role: string): Promise<void>;
  /** For readiness and the watchdog: oldest undecided delivery and oldest due run, milliseconds. */
  lag(): Promise<{ readonly undecidedMs: number; readonly overdueMs: number }>;
}

export function createDueStore(database: Database): DueStore {
  const woken = async (name: string, text: string, quietMs: number, limit: number) =>
    (await database.query({ name, text, values: [quietMs, limit] })).rows
      .map((row) => Woken.parse(row))
      .map((row) => ({ id: row.id, wakeSeq: row.wake_seq }));
  return {
    wakeRuns: (quietMs, limit) => woken('wake-due-runs', WAKE_RUNS, quietMs, limit),
    wakeDeliveries: (quietMs, limit) => woken('wake-undecided', WAKE_DELIVERIES, quietMs, limit),
    async nextDueInMs(quietMs) {
      const { rows } = await database.query({ name: 'next-due', text: NEXT, values: [quietMs] });
      const { ms } = z.object({ ms: z.number().nullable() }).parse(rows[0]);
      return ms === null ? undefined : Math.max(0, ms);
    },
    async takeOverAll() {
      const { rowCount } = await database.query(
        `UPDATE bridge.runs SET owner = NULL, lease_until = NULL, epoch = epoch + 1, due_at = coalesce(due_at, bridge.clock()), woken_at = NULL
         WHERE owner IS NOT NULL AND state IN ('running', 'parked', 'finishing')`,
      );
      await database.query(`UPDATE bridge.deliveries SET woken_at = bridge.clock() - interval '1 day' WHERE state = 'new'`);
      return rowCount ?? 0;
    },
    async beat(process, role) {
      await database.query({
        name: 'heartbeat',
        text: `INSERT INTO bridge.heartbeats (process, role) VALUES ($1, $2) ON CONFLICT (process) DO UPDATE SET at = bridge.clock()`,
        values: [process, role],
      });
    },
    async lag() {
      const { rows } = await database.query({ name: 'lag', text: LAG, values: [] });
      const row = z.object({ undecided: z.number(), overdue: z.number() }).parse(rows[0]);
      return { undecidedMs: row.undecided, overdueMs: row.overdue };
    },
  };
}

const WAKE_RUNS = `
WITH due AS (
  SELECT id FROM bridge.runs
  WHERE due_at <= bridge.clock() AND (lease_until IS NULL OR lease_until < bridge.clock())
    AND (woken_at IS NULL OR woken_at < bridge.clock() - $1::double precision * interval '1 ms' OR woken_at < due_at OR woken_at < lease_until)
    AND state IN ('running', 'parked', 'finishing')
  ORDER BY id LIMIT $2 FOR NO KEY UPDATE SKIP LOCKED
)
UPDATE bridge.runs r SET wake_seq = r.wake_seq + 1, woken_at = bridge.clock() FROM due WHERE r.id = due.id RETURNING r.id::text, r.wake_seq::text`;

const WAKE_DELIVERIES = `
WITH due AS (
  SELECT id FROM bridge.deliveries WHERE state = 'new' AND woken_at < bridge.clock() - $1::double precision * interval '1 ms'
  ORDER BY woken_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
UPDATE bridge.deliveries d SET wake_seq = d.wake_seq + 1, woken_at = bridge.clock() FROM due WHERE d.id = due.id RETURNING d.id::text, d.wake_seq::text`;

const NEXT = `
SELECT (extract(epoch FROM min(greatest(due_at, lease_until, CASE WHEN woken_at >= due_at THEN woken_at + $1::double precision * interval '1 ms' END)) - bridge.clock()) * 1000)::double precision AS ms
FROM bridge.runs WHERE due_at IS NOT NULL AND state IN ('running', 'parked', 'finishing')`;

const LAG = `
SELECT coalesce((SELECT extract(epoch FROM bridge.clock() - min(received_at)) * 1000 FROM bridge.deliveries WHERE state = 'new'), 0)::double precision AS undecided,
       coalesce((SELECT extract(epoch FROM bridge.clock() - min(due_at)) * 1000 FROM bridge.runs WHERE due_at <= bridge.clock() AND state IN ('running', 'parked', 'finishing') AND (lease_until IS NULL OR lease_until < bridge.clock())), 0)::double precision AS overdue`;
