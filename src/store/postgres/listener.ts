import { Client, type ClientConfig } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../core/log.ts';
import { createTurns, type Unlisten } from '../connection.ts';
import { quote } from '../quote.ts';

interface Subscription {
  readonly channel: string;
  readonly handler: (payload: string) => void;
  readonly onReconnect: (() => void) | undefined;
}

export interface Listener {
  listen(channel: string, handler: (payload: string) => void, onReconnect?: () => void): Promise<Unlisten>;
  close(): Promise<void>;
}

const RECONNECT_MS = 500;

/**
 * One connection of its own for all our LISTENs, outside the pool: it must never wait for a free connection, and is made anew when it
 * drops. It is opened with the first subscription.
 */
export function createListener(config: ClientConfig, log: Log): Listener {
  const subscriptions = new Set<Subscription>();
  const stopped = new AbortController();
  const inTurn = createTurns();
  let connected: Promise<Client> | undefined;

  const connect = async (): Promise<Client> => {
    const client = new Client(config);
    // It may come more than once; what counts is 'end'.
    client.on('error', (error) => log.warn({ err: error }, 'the connection for notifications was lost'));
    client.on('notification', ({ channel, payload }) => {
      for (const each of subscriptions) if (each.channel === channel) each.handler(payload ?? '');
    });
    try {
      await client.connect();
      for (const channel of new Set([...subscriptions].map((each) => each.channel))) await client.query(`LISTEN ${quote(channel)}`);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw error;
    }
    client.once('end', () => {
      connected = undefined;
      void restore();
    });
    return client;
  };
  const ensureConnected = () => {
    if (connected) return connected;
    const attempt = connect();
    connected = attempt;
    attempt.catch(() => {
      if (connected === attempt) connected = undefined;
    });
    return attempt;
  };
  const restore = async () => {
    while (!stopped.signal.aborted) {
      try {
        await ensureConnected();
        log.info({}, 'notifications come again');
        for (const { onReconnect } of subscriptions) onReconnect?.();
        return;
      } catch {
        await sleep(RECONNECT_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  };
  const send = (sql: string) => inTurn(async () => (await ensureConnected()).query(sql));

  return {
    listen: async (channel, handler, onReconnect) => {
      const subscription = { channel, handler, onReconnect };
      subscriptions.add(subscription);
      try {
        await send(`LISTEN ${quote(channel)}`);
      } catch (error) {
        subscriptions.delete(subscription);
        throw error;
      }
      return async () => {
        subscriptions.delete(subscription);
        if (connected === undefined || [...subscriptions].some((each) => each.channel === channel)) return;
        await send(`UNLISTEN ${quote(channel)}`).catch(() => undefined);
      };
    },
    close: async () => {
      stopped.abort();
      await connected?.then((client) => client.end()).catch(() => undefined);
    },
  };
}
