import type { PgPool } from 'bullmq';
import { EventEmitter } from 'node:events';
import { toBullmqPool } from '../bullmq-pool.ts';
import type { Queryable } from '../connection.ts';
import { createEmbeddedClient, type EmbeddedClient } from './client.ts';
import type { Session } from './session.ts';

/** What the embedded kind has in place of a `pg.Pool`: any number of clients, taking turns on the one session. */
export interface EmbeddedPool extends Queryable {
  connect(): Promise<EmbeddedClient>;
  /** The same as BullMQ wants to see it. */
  readonly forBullMQ: PgPool;
}

export function createEmbeddedPool(session: Session, options: { readonly idleTransactionMs: number }): EmbeddedPool {
  const emitter = new EventEmitter();
  // BullMQ adds one 'error' listener a queue and worker.
  emitter.setMaxListeners(100);
  const clients = new Set<EmbeddedClient>();

  const connect = () => {
    const client = createEmbeddedClient(session, {
      ...options,
      onRelease: () => clients.delete(client),
    });
    clients.add(client);
    return Promise.resolve(client);
  };
  const query: Queryable['query'] = async (text, values) => {
    await session.acquire();
    try {
      return await session.query(text, values);
    } finally {
      session.release();
    }
  };

  session.onNotification((notification) => {
    for (const client of clients) if (client.channels.has(notification.channel)) client.emit('notification', notification);
  });
  session.onBreakdown((error) => {
    for (const target of [emitter, ...clients]) if (target.listenerCount('error') > 0) target.emit('error', error);
  });

  // `end` does nothing: BullMQ doesn't own the pool, and our own close knows more to do.
  const pool = Object.assign(emitter, { connect, query, end: () => Promise.resolve(), options: { keepAlive: true } });
  return { connect, query, forBullMQ: toBullmqPool(pool) };
}
