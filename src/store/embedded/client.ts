import { EventEmitter } from 'node:events';
import type { QueryResultRow } from 'pg';
import { createTurns, type NamedQuery, type Queryable, type QueryResult } from '../connection.ts';
import { parseListen } from './parse-listen.ts';
import type { Session } from './session.ts';

/** One of many clients of the one session. It holds the session while a statement of its runs, and from BEGIN to the end of the transaction. */
export interface EmbeddedClient extends EventEmitter, Queryable {
  /** Channels it asked to hear; LISTEN is the session's, this says who of the session's clients wants it. */
  readonly channels: Set<string>;
  release(destroy?: boolean): void;
}

export interface EmbeddedClientOptions {
  /** A transaction that runs nothing for so long is rolled back, as a server does: it keeps everybody else out. */
  readonly idleTransactionMs: number;
  readonly onRelease: () => void;
}

export function createEmbeddedClient(session: Session, options: EmbeddedClientOptions): EmbeddedClient {
  const channels = new Set<string>();
  let holding = false;
  let lost = false;
  let released = false;
  let idleTimer: NodeJS.Timeout | undefined;
  // Statements of one client run one after another, also when the caller doesn't wait.
  const inTurn = createTurns();

  const giveUpSession = () => {
    clearTimeout(idleTimer);
    holding = false;
    session.release();
  };
  const run = async <R extends QueryResultRow>(query: string | NamedQuery, values?: readonly unknown[]): Promise<QueryResult<R>> => {
    if (lost) throw new IdleTransactionError();
    clearTimeout(idleTimer);
    if (!holding) {
      await session.acquire();
      holding = true;
    }
    try {
      return await session.query<R>(query, values);
    } finally {
      if (!session.isInTransaction()) giveUpSession();
      else {
        idleTimer = setTimeout(() => {
          lost = true;
          giveUpSession();
        }, options.idleTransactionMs);
        idleTimer.unref();
      }
    }
  };
  const query = <R extends QueryResultRow>(sql: string | NamedQuery, values?: readonly unknown[]): Promise<QueryResult<R>> => {
    if (released) return Promise.reject(new Error('this client was released'));
    const listen = typeof sql === 'string' ? parseListen(sql) : undefined;
    if (listen?.command === 'unlisten') {
      if (listen.channel === '*') channels.clear();
      else channels.delete(listen.channel);
      // The session itself goes on listening: another client may want the channel, and there are only a handful.
      return Promise.resolve({ rows: [], rowCount: null, command: 'UNLISTEN' });
    }
    if (listen) channels.add(listen.channel);
    return inTurn(() => run<R>(sql, values));
  };
  const release = () => {
    if (released) throw new Error('this client was released before');
    released = true;
    void inTurn(async () => {
      if (holding) giveUpSession();
    });
    options.onRelease();
  };
  return Object.assign(new EventEmitter(), { channels, query, release });
}

/** The same code as a server's: the transaction was rolled back because it ran nothing for too long. */
class IdleTransactionError extends Error {
  readonly code = '25P03';

  constructor() {
    super('terminating connection due to idle-in-transaction timeout');
    this.name = 'IdleTransactionError';
  }
}
