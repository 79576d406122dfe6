import { runMigrations } from 'bullmq';
import type { Log } from '../core/log.ts';
import type { Database, Queryable } from './connection.ts';

/** A step of the schema. Forward only, safe while the previous version still runs. */
export interface Migration {
  readonly name: string;
  readonly sql: string;
}

export interface MigrateOptions {
  /** Also bring BullMQ's own tables (schema `bullmq`) up to date: needed wherever the queue lives on PostgreSQL (default true). */
  readonly queue?: boolean;
  readonly log?: Log;
}

export interface MigrateReport {
  /** Names of the migrations that this call ran, in order; empty = the schema was up to date. */
  readonly ran: readonly string[];
}

/** Any number that nobody else uses in this database; held while one starter migrates and the others wait. */
const MIGRATION_LOCK = 4_812_007;

/**
 * Brings the schema up to date. Each migration commits together with the row that records it, so a kill at any moment leaves whole ones
 * only; several starters may call this at the same time, and each migration is run by one of them.
 */
export async function migrate(database: Database, migrations: readonly Migration[], options: MigrateOptions = {}): Promise<MigrateReport> {
  const client = await database.pool.connect();
  // Out of the pool nobody else listens, and an 'error' without a listener ends the process; the query in flight rejects as well.
  client.on('error', () => undefined);
  let broken = true;
  try {
    // Others wait here, longer than any usual timeout.
    await client.query('SET statement_timeout = 0; SET lock_timeout = 0');
    // The session's lock, not a transaction's as BullMQ takes it: only a transaction that begins after the wait sees for sure what the
    // winner made. One that waited inside believed its cache that there is no schema yet, and failed to make it a second time.
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const ran: string[] = [];
    for (const migration of migrations) {
      if (await database.transaction((inside) => runOne(inside, migration))) ran.push(migration.name);
    }
    // With its own transaction, on the same connection.
    if (options.queue ?? true) await runMigrations(client);
    if (ran.length > 0) options.log?.info({ ran }, 'migrated the database');
    await client.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    await client.query('RESET statement_timeout; RESET lock_timeout');
    broken = false;
    return { ran };
  } finally {
    // A broken connection is closed, and its lock with it.
    client.release(broken);
  }
}

/** True when it was this call that ran it. */
async function runOne(client: Queryable, migration: Migration): Promise<boolean> {
  await client.query('SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0');
  await client.query(`
    CREATE SCHEMA IF NOT EXISTS bridge;
    CREATE TABLE IF NOT EXISTS bridge.migrations (name text PRIMARY KEY, ran_at timestamptz NOT NULL DEFAULT clock_timestamp());
  `);
  const done = await client.query('SELECT 1 FROM bridge.migrations WHERE name = $1', [migration.name]);
  if (done.rows.length > 0) return false;
  await client.query(migration.sql);
  await client.query('INSERT INTO bridge.migrations (name) VALUES ($1)', [migration.name]);
  return true;
}
