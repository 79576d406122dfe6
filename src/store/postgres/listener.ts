import { Client, type ClientConfig } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../core/log.ts';
import type { Unlisten } from '../connection.ts';
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
  let connected: Promise<Client> | undefined;

  const connect = async (): Promise<Client> => {
    const client = new Client(config);
    // 'error' may come more than once, and 'end' with or without it.
    client.on('error', (error) => log.warn({ err: error }, 'the connection for notifications was lost'));
    await client.connect();
    client.on('notification', ({ channel, payload }) => {
      for (const each of subscriptions) if (each.channel === channel) each.handler(payload ?? '');
    });
    client.once('end', () => {
      if (!stopped.signal.aborted) void reconnect();
    });
    for (const channel of new Set([...subscriptions].map((each) => each.channel))) await client.query(`LISTEN ${quote(channel)}`);
    return client;
  };
  const reconnect = async () => {
    while (!stopped.signal.aborted) {
      const attempt = connect();
      connected = attempt;
      try {
        await attempt;
        log.info({}, 'notifications come again');
        for (const { onReconnect } of subscriptions) onReconnect?.();
        return;
      } catch {
        await sleep(RECONNECT_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  };

  return {
    listen: async (channel, handler, onReconnect) => {
      const subscription = { channel, handler, onReconnect };
      subscriptions.add(subscription);
      connected ??= connect();
      try {
        const client = await connected;
        await client.query(`LISTEN ${quote(channel)}`);
      } catch (error) {
        subscriptions.delete(subscription);
        throw error;
      }
      return async () => {
        subscriptions.delete(subscription);
        if ([...subscriptions].some((each) => each.channel === channel)) return;
        await connected?.then((client) => client.query(`UNLISTEN ${quote(channel)}`)).catch(() => undefined);
      };
    },
    close: async () => {
      stopped.abort();
      await connected?.then((client) => client.end()).catch(() => undefined);
    },
  };
}
