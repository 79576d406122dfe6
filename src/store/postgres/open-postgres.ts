import { Pool } from 'pg';
import { ConfigError, messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { toBullmqPool } from '../bullmq-pool.ts';
import { createTurns, type Database, inTransaction, runQuery } from '../connection.ts';
import { createListener } from './listener.ts';
import { waitForDatabase } from './wait-for-database.ts';

export interface PostgresOptions {
  readonly url: string;
  readonly poolSize?: number;
  readonly statementTimeoutMs?: number;
  readonly idleTransactionMs?: number;
  readonly applicationName?: string;
  readonly waitMs?: number;
  readonly log: Log;
}

/** Each of BullMQ's workers keeps one connection out of the pool for LISTEN. */
const QUEUE_LISTENERS = 2;
/** How long `close` waits for connections that somebody still holds. */
const CLOSE_MS = 5000;

/** Opens a pool on the server at `url`, waiting for a server that is still starting. */
export async function openPostgres(options: PostgresOptions): Promise<Database> {
  const { log } = options;
  const config = {
    connectionString: withSearchPath(options.url),
    application_name: options.applicationName ?? 'incident-bridge',
    statement_timeout: options.statementTimeoutMs ?? 30_000,
    lock_timeout: 2000,
    idle_in_transaction_session_timeout: options.idleTransactionMs ?? 10_000,
    connectionTimeoutMillis: 2000,
    // A peer that vanished without a word is noticed in seconds, not hours.
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  };
  const pool = new Pool({ ...config, max: (options.poolSize ?? 10) + QUEUE_LISTENERS });
  // Without a listener a dropped idle connection would end the process. The pool replaces it by itself.
  pool.on('error', (error) => log.warn({ err: error }, 'an idle database connection was lost'));
  // BullMQ adds one 'error' listener a queue and worker.
  pool.setMaxListeners(100);

  try {
    await waitForDatabase(() => pool.query('SELECT 1'), { waitMs: options.waitMs ?? 60_000, log });
  } catch (error) {
    await pool.end();
    throw error;
  }
  const listener = createListener(config, log);
  let closing: Promise<void> | undefined;

  return {
    kind: 'postgres',
    pool: toBullmqPool(pool),
    query: (query, values) => runQuery(pool, query, values),
    transaction: async (work) => {
      const client = await pool.connect();
      const inTurn = createTurns();
      const connection = { broken: false };
      const onError = () => (connection.broken = true);
      client.on('error', onError);
      try {
        // The driver no longer likes a second statement while one is under way.
        return await inTransaction({ query: (query, values) => inTurn(() => runQuery(client, query, values)) }, work);
      } finally {
        client.removeListener('error', onError);
        // Whatever state it is in, the next borrower must not inherit an open transaction.
        client.release(connection.broken || client.getTransactionStatus() !== 'I');
      }
    },
    listen: listener.listen,
    close: () => (closing ??= closeAll(pool, listener.close, log)),
  };
}

async function closeAll(pool: Pool, closeListener: () => Promise<void>, log: Log): Promise<void> {
  await closeListener();
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log.warn({ connections: pool.totalCount }, 'closed the database although somebody still held a connection');
      resolve();
    }, CLOSE_MS);
  });
  await Promise.race([pool.end(), timeout]);
  clearTimeout(timer);
}

/** The `search_path` that BullMQ's SQL relies on, beside any options the operator gave in the URL. */
function withSearchPath(url: string): string {
  try {
    const parsed = new URL(url);
    const given = parsed.searchParams.get('options');
    parsed.searchParams.set('options', [given, '-c search_path=bullmq,public'].filter(Boolean).join(' '));
    return parsed.href;
  } catch (cause) {
    throw new ConfigError({
      code: 'database.url',
      message: `DATABASE_URL is not an address (${messageOf(cause)}): write postgres://user:password@host:5432/name`,
      cause,
    });
  }
}
