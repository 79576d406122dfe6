import { Cluster, Redis } from 'ioredis';
import { ConfigError, messageOf, RetryableError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { createOutageLog } from './outage-log.ts';
import { parseRedisUrl, type RedisOptions, type RedisTarget } from './redis-url.ts';

export type RedisClient = Redis | Cluster;

export interface RedisConnections {
  /** Answers or fails within 2 s: who adds a job never waits for a Redis that is down. */
  readonly producer: RedisClient;
  /** For workers: commands wait for the connection to come back. */
  readonly worker: RedisClient;
  close(): void;
}

export interface RedisConnectionOptions {
  readonly url: string;
  readonly name: string;
  /** How long to wait for a server that is not up yet. */
  readonly waitMs: number;
  readonly log: Log;
}

const COMMAND_TIMEOUT_MS = 2000;
const FOR_PRODUCER = {
  enableOfflineQueue: false,
  // 0: a command under way fails with its connection; it is not sent again later.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: COMMAND_TIMEOUT_MS,
} as const satisfies RedisOptions;
const FOR_WORKER = { maxRetriesPerRequest: null } as const satisfies RedisOptions;

/** Connects, waiting for a server that is still starting or loading. */
export async function connectRedis(options: RedisConnectionOptions): Promise<RedisConnections> {
  const target = parseRedisUrl(options.url);
  const producer = createClient(target, { ...FOR_PRODUCER, connectionName: `${options.name}:producer` });
  const worker = createClient(target, { ...FOR_WORKER, connectionName: `${options.name}:worker` });
  const close = () => [producer, worker].forEach((client) => client.disconnect());
  for (const [client, what] of [
    [producer, 'the connection to Redis'],
    [worker, "the workers' connection to Redis"],
  ] as const) {
    const outage = createOutageLog(options.log, what);
    // Without a listener the driver writes to stderr by itself.
    client.on('error', outage.failed);
    client.on('ready', outage.recovered);
  }
  try {
    await Promise.all([producer, worker].map((client) => waitForRedis(client, options.waitMs)));
  } catch (error) {
    close();
    throw error;
  }
  return { producer, worker, close };
}

function createClient(target: RedisTarget, role: RedisOptions): RedisClient {
  const common: RedisOptions = { ...role, lazyConnect: true, connectTimeout: 3000, retryStrategy: (times) => Math.min(times * 100, 2000) };
  if (target.kind === 'single') return new Redis(target.url, common);
  if (target.kind === 'sentinel')
    return new Redis({ ...target.options, ...common, sentinelRetryStrategy: (times) => Math.min(times * 100, 2000) });
  return new Cluster([...target.nodes], {
    redisOptions: { ...target.options, ...role },
    enableOfflineQueue: role.enableOfflineQueue ?? true,
    lazyConnect: true,
    clusterRetryStrategy: (times) => Math.min(times * 100, 2000),
    // Certificates carry names; the addresses that a cluster tells its clients would not match them.
    ...(target.options.tls && { dnsLookup: (address, callback) => callback(null, address) }),
  });
}

/** The driver itself tries again and again; this only bounds the time, and stops at once where trying can't help. */
async function waitForRedis(client: RedisClient, waitMs: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let last: unknown;
    const stop = () => {
      clearTimeout(timer);
      client.off('ready', onReady);
      client.off('error', onError);
    };
    const onReady = () => {
      stop();
      resolve();
    };
    const onError = (error: unknown) => {
      last = error;
      if (!/WRONGPASS|NOAUTH|NOPERM|invalid password/.test(messageOf(error))) return;
      stop();
      reject(
        new ConfigError({ code: 'queue.redis_refused', message: `Redis refuses us (${messageOf(error)}): check REDIS_URL`, cause: error }),
      );
    };
    const timer = setTimeout(() => {
      stop();
      const message = `no Redis after ${Math.round(waitMs / 1000)} s (${messageOf(last ?? 'no answer')}): start it, or check REDIS_URL`;
      reject(new RetryableError({ code: 'queue.redis_unreachable', message, cause: last }));
    }, waitMs);
    client.on('ready', onReady);
    client.on('error', onError);
    // Rejects with the first failure, which 'error' tells too.
    client.connect().catch(() => undefined);
  });
}
