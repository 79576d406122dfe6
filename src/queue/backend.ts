import {
  type BackendFactory,
  createPostgresBackend,
  createRedisBackend,
  type PgPool,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { checkRedis } from './check-redis.ts';
import type { JobData } from './jobs.ts';
import { DEFAULT_PREFIX, type JOB_NAME, type QueueName } from './names.ts';
import { connectRedis, type RedisClient } from './redis-connection.ts';

type WakeProcessor = Processor<JobData, void, typeof JOB_NAME>;

/** Where the queues live. The rest of this folder doesn't know which of the two it is. */
export interface QueueBackend {
  readonly kind: 'postgres' | 'redis';
  createQueue(name: QueueName, options: Omit<QueueOptions, 'connection'>): ReturnType<typeof newQueue>;
  createWorker(name: QueueName, processor: WakeProcessor, options: Omit<WorkerOptions, 'connection'>): ReturnType<typeof newWorker>;
  /** What should be set otherwise; empty = nothing. Rejects when the store doesn't answer. */
  check(): Promise<string[]>;
  close(): void;
}

/** Jobs in BullMQ's own schema of the database. Its pool has the right `search_path`. */
export function openPostgresBackend(pool: PgPool, prefix: string): QueueBackend {
  // BullMQ knows no prefix here: all that uses one database shares its queues, but for the name.
  const named = (name: QueueName) => (prefix === DEFAULT_PREFIX ? name : `${prefix}-${name}`);
  const factory: BackendFactory = (name, options, more) => createPostgresBackend(name, { ...options, connection: pool }, more);
  return {
    kind: 'postgres',
    createQueue: (name, options) => newQueue(factory, named(name), options),
    createWorker: (name, processor, options) => newWorker(factory, named(name), processor, options),
    check: async () => {
      await pool.query('SELECT 1');
      return [];
    },
    close: () => undefined,
  };
}

export interface RedisBackendOptions {
  readonly url: string;
  readonly prefix: string;
  readonly role: string;
  readonly waitMs: number;
  readonly log: Log;
}

/** Jobs in Redis: ten times as fast, and shared by any number of machines. */
export async function openRedisBackend({ prefix, role, ...connection }: RedisBackendOptions): Promise<QueueBackend> {
  const { producer, worker, close } = await connectRedis({ ...connection, name: `incident-bridge:${role}` });
  // The braces keep all keys in one slot of a cluster.
  const keys = { prefix: `{${prefix}}` };
  const on =
    (client: RedisClient): BackendFactory =>
    (name, options, more) =>
      createRedisBackend(name, { ...options, connection: client }, more);
  return {
    kind: 'redis',
    createQueue: (name, options) => newQueue(on(producer), name, { ...options, ...keys }),
    createWorker: (name, processor, options) => newWorker(on(worker), name, processor, { ...options, ...keys }),
    check: () => checkRedis(producer),
    close,
  };
}

/** Both kinds have one type this way: the factory knows the connection, and BullMQ's option for it stays empty. */
function newQueue(factory: BackendFactory, name: string, options: Omit<QueueOptions, 'connection'>) {
  return new Queue<JobData, void, typeof JOB_NAME, JobData, void, typeof JOB_NAME, ReturnType<BackendFactory>>(
    name,
    { ...options, connection: {} },
    factory,
  );
}

function newWorker(factory: BackendFactory, name: string, processor: WakeProcessor, options: Omit<WorkerOptions, 'connection'>) {
  return new Worker<JobData, void, typeof JOB_NAME, ReturnType<BackendFactory>>(name, processor, { ...options, connection: {} }, factory);
}

/** BullMQ waits without end for a store that isn't there. */
export async function readyWithin(ms: number, what: string, ready: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not ready after ${Math.round(ms / 1000)} s`)), ms);
  });
  try {
    await Promise.race([ready, timeout]);
  } catch (cause) {
    const isMigrationMissing = cause instanceof Error && cause.name === 'SchemaMigrationRequiredError';
    const hint = isMigrationMissing ? 'run `incident-bridge migrate` first' : 'look at the store of the queue';
    throw new ConfigError({ code: 'queue.not_ready', message: `${what} can't start (${messageOf(cause)}): ${hint}`, cause });
  } finally {
    clearTimeout(timer);
  }
}
