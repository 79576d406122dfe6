import { isPgPool, type PgPool } from 'bullmq';

/**
 * A pool as BullMQ's types want it. Neither `pg.Pool` nor our embedded one is assignable to its `PgPool` (its row type is unbounded and
 * its event overloads are fewer), though both are what it is made for: so its own check decides.
 */
export function toBullmqPool(pool: unknown): PgPool {
  if (!isPgPool(pool)) throw new TypeError('not a pool that BullMQ can use');
  return pool;
}
