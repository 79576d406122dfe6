import type { Log } from '../core/log.ts';
import type { Database } from './connection.ts';
import { openEmbedded } from './embedded/open-embedded.ts';
import { openPostgres } from './postgres/open-postgres.ts';

export type { Database, Queryable } from './connection.ts';

export interface DatabaseOptions {
  /** `postgres://…`; without it the embedded database in `dataDir` is opened. */
  readonly url?: string | undefined;
  /** Where the embedded database lives. Made when missing; one process at a time. */
  readonly dataDir: string;
  /** Connections for queries (default 10). BullMQ's two LISTEN connections and ours come on top. */
  readonly poolSize?: number;
  /** PostgreSQL only: a single statement may take this long (default 30 s). */
  readonly statementTimeoutMs?: number;
  /** A transaction that runs nothing for so long is rolled back, because it keeps others waiting (default 10 s). */
  readonly idleTransactionMs?: number;
  /** Shown in `pg_stat_activity` (default incident-bridge). */
  readonly applicationName?: string;
  /** PostgreSQL only: how long to wait for a server that is not up yet (default 60 s). */
  readonly waitMs?: number;
  /** Embedded only, for tests: start from this dump of a data directory (or a file with one) when there is no database yet. */
  readonly loadDump?: Blob | Uint8Array | string;
  /** Embedded only, for tests: keep nothing on disk, take no lock; `dataDir` is not touched. */
  readonly inMemory?: boolean;
  readonly log: Log;
}

/**
 * Opens the store: the PostgreSQL server at `url`, or else the embedded one in `dataDir`. Resolves when the first query has been
 * answered. Throws a ConfigError that says what to change when the address, the credentials or the data directory are wrong, a
 * RetryableError when the server did not come up in time.
 */
export function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url === undefined ? openEmbedded(options) : openPostgres({ ...options, url: options.url });
}
