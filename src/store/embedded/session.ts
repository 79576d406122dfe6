import type { PGlite } from '@electric-sql/pglite';
import { Client, type Notification } from 'pg';
import { type NamedQuery, type QueryResult, runQuery } from '../connection.ts';
import type { QueryResultRow } from 'pg';
import { createPgliteStream } from './pglite-stream.ts';

/** PGlite has exactly one session. Whoever wants to run a statement holds it meanwhile; the others wait in line. */
export interface Session {
  /** Resolves when the session is ours, first come first served. */
  acquire(): Promise<void>;
  /** Lets the next one in. A transaction left open is rolled back first. */
  release(): void;
  /** Only for the holder. */
  query<R extends QueryResultRow>(query: string | NamedQuery, values?: readonly unknown[]): Promise<QueryResult<R>>;
  /** True between BEGIN and its end, also when a statement in between has failed. */
  isInTransaction(): boolean;
  onNotification(listener: (notification: Notification) => void): void;
  /** The engine broke down (full disk, out of memory): nothing works any more until the process starts anew. */
  onBreakdown(listener: (error: Error) => void): void;
  close(): Promise<void>;
}

export async function openSession(pglite: PGlite): Promise<Session> {
  const client = new Client({ stream: () => createPgliteStream(pglite), user: 'postgres', database: 'postgres' });
  const waiting: (() => void)[] = [];
  let held = false;

  const letNextIn = () => {
    const next = waiting.shift();
    if (next) next();
    else held = false;
  };
  const isInTransaction = () => client.getTransactionStatus() === 'T' || client.getTransactionStatus() === 'E';
  const breakdownListeners: ((error: Error) => void)[] = [];
  client.on('error', (error: Error) => breakdownListeners.forEach((listener) => listener(error)));

  await client.connect();
  await client.query('SET search_path TO bullmq, public');

  return {
    acquire: () => {
      if (held) return new Promise<void>((resolve) => waiting.push(resolve));
      held = true;
      return Promise.resolve();
    },
    release: () => {
      if (isInTransaction()) void client.query('ROLLBACK').then(letNextIn, letNextIn);
      else letNextIn();
    },
    query: (query, values) => runQuery(client, query, values),
    isInTransaction,
    onNotification: (listener) => client.on('notification', listener),
    onBreakdown: (listener) => breakdownListeners.push(listener),
    close: async () => {
      await client.end();
      await pglite.close();
    },
  };
}
