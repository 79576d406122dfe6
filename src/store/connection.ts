import type { PgPool } from 'bullmq';
import type { ClientBase, Pool as PgDriverPool, QueryResultRow } from 'pg';

/**
 * The words of the store's connections. Two things implement them: `postgres/` (a real `pg.Pool`) and `embedded/` (PGlite in this
 * process, behind objects of the same shape).
 */

/**
 * One row as SQL gave it. Values have the same JavaScript types on both kinds (the driver's): int8 and numeric are strings,
 * timestamptz is a Date, bytea a Buffer, json and jsonb are parsed. What leaves the store goes through a schema first.
 */
export type Row = Record<string, unknown>;

export interface QueryResult<R> {
  readonly rows: R[];
  /** Rows changed, or read; null where the command has no count. */
  readonly rowCount: number | null;
  /** The command that ran: SELECT, COMMIT … */
  readonly command: string;
}

/** A statement that is parsed once a connection. One name must always mean the same text. */
export interface NamedQuery {
  readonly name: string;
  readonly text: string;
  readonly values?: readonly unknown[];
}

/** Runs SQL: the database itself (any connection, its own transaction), or the client of an open transaction. */
export interface Queryable {
  query<R extends QueryResultRow = Row>(query: string | NamedQuery, values?: readonly unknown[]): Promise<QueryResult<R>>;
}

/** Stops a subscription. Never rejects. */
export type Unlisten = () => Promise<void>;

/** The store's one door to SQL. */
export interface Database extends Queryable {
  readonly kind: 'embedded' | 'postgres';
  /** For BullMQ. Its `search_path` is `bullmq, public`; our own tables are always written with their schema. */
  readonly pool: PgPool;

  /**
   * Runs `work` between BEGIN and COMMIT on one connection; anything thrown rolls back and is thrown on. When COMMIT itself fails
   * because the connection broke, whether it happened is not known. On the embedded kind nothing else can run meanwhile: use only
   * the client given, and await nothing else (another query of the same database awaited inside `work` would never end; after 10 s
   * of that the transaction is rolled back).
   */
  transaction<T>(work: (client: Queryable) => Promise<T>): Promise<T>;

  /**
   * Calls `handler` with each payload sent to `channel`, from when the promise resolves. What was sent while the connection was
   * down is lost: `onReconnect` is called when notifications come again, so that the caller can look for what it missed.
   */
  listen(channel: string, handler: (payload: string) => void, onReconnect?: () => void): Promise<Unlisten>;

  /** Ends all connections; embedded: shuts down cleanly and lets the data directory go. Close the queues first. */
  close(): Promise<void>;
}

/** Our call in the driver's words, on a client or a pool. */
export function runQuery<R extends QueryResultRow>(
  target: ClientBase | PgDriverPool,
  query: string | NamedQuery,
  values?: readonly unknown[],
): Promise<QueryResult<R>> {
  // The driver wants mutable arrays although it leaves them alone; text without parameters must stay a simple query, which alone may hold several statements.
  if (typeof query !== 'string') return target.query<R>({ name: query.name, text: query.text, values: [...(query.values ?? [])] });
  return values === undefined ? target.query<R>(query) : target.query<R>(query, [...values]);
}

/** Runs what it is given one after another, in the order of the calls; a failure doesn't hold the next one up. */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
}

/** BEGIN, `work`, COMMIT on a client that nobody else uses; ROLLBACK when `work` throws. */
export async function inTransaction<T>(client: Queryable, work: (client: Queryable) => Promise<T>): Promise<T> {
  await client.query('BEGIN');
  const result = await work(client).catch(async (error: unknown) => {
    // When even this fails the connection is broken and the server rolls back by itself; the first error says more.
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  });
  const { command } = await client.query('COMMIT');
  // PostgreSQL answers COMMIT with ROLLBACK, and no error, when a statement had failed and somebody swallowed that.
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back: one of its statements had failed');
  return result;
}
