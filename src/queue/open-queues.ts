import type { PgPool, Queue } from 'bullmq';
import type { Log } from '../core/log.ts';
import { messageOf } from '../core/errors.ts';
import { atMost } from './at-most.ts';
import { openPostgresBackend, openRedisBackend, readyWithin } from './backend.ts';
import { type ConsumeOptions, createConsumer } from './consumer.ts';
import type { Wake } from './jobs.ts';
import { DEFAULT_PREFIX } from './names.ts';
import { createProducer } from './producer.ts';
import type { WakeWorker } from './worker.ts';

export type { ConsumeOptions } from './consumer.ts';
export type { Wake } from './jobs.ts';

export interface QueuesOptions {
  /** The store; the queues live in it unless `redisUrl` is given. */
  readonly database: { readonly pool: PgPool };
  /** Forms: see `parseRedisUrl`. */
  readonly redisUrl?: string | undefined;
  /** Names our connections in Redis. */
  readonly role: string;
  /** Keeps apart what shares a store (default incident-bridge). */
  readonly prefix?: string;
  /** How long to wait for a Redis that is not up yet (default 60 s). */
  readonly waitMs?: number;
  readonly log: Log;
}

export interface QueueHealth {
  readonly ok: boolean;
  readonly backend: 'postgres' | 'redis';
  /** What is wrong, or should be set otherwise; empty = nothing. */
  readonly problems: readonly string[];
}

/**
 * The wake-up queues. A wake resolves when it was sent or given up, within seconds; it never rejects, because the sweeper wakes again
 * whatever was not.
 */
export interface Queues {
  wakeDelivery(deliveryId: string, wakeSeq: Wake['wakeSeq']): Promise<void>;
  wakeRun(runId: string, wakeSeq: Wake['wakeSeq']): Promise<void>;
  /** All in one round trip a queue. */
  wakeMany(wakes: readonly Wake[]): Promise<void>;
  /** Starts taking jobs; resolves when both workers are ready. Once only. */
  consume(options: ConsumeOptions): Promise<void>;
  /** For bull-board. */
  readonly boardQueues: readonly Queue[];
  health(): Promise<QueueHealth>;
  /** Takes no more jobs; returns at once, jobs under way go on. There is no way back but `close`. */
  pause(): void;
  /** Stops claiming, waits for jobs under way (10 s unless said otherwise), closes every connection of the queues (not the database). */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

const READY_MS = 20_000;
const CLOSE_MS = 2000;

/** Opens the queues, waiting for their store. On PostgreSQL their tables must be there (`migrate`). */
export async function openQueues(options: QueuesOptions): Promise<Queues> {
  const { log, role, redisUrl, prefix = DEFAULT_PREFIX, waitMs = 60_000 } = options;
  const backend =
    redisUrl === undefined
      ? openPostgresBackend(options.database.pool, prefix)
      : await openRedisBackend({ url: redisUrl, prefix, role, waitMs, log });
  const producer = createProducer(backend, log);
  let consumer: WakeWorker | undefined;

  const close = async (drainMs: number) => {
    await consumer?.close(drainMs);
    await atMost(CLOSE_MS, producer.close());
    backend.close();
  };
  try {
    await readyWithin(READY_MS, 'the queue', producer.waitUntilReady());
    for (const problem of await backend.check()) log.warn({}, problem);
  } catch (error) {
    await close(0);
    throw error;
  }

  let closing: Promise<void> | undefined;
  return {
    wakeDelivery: (id, wakeSeq) => producer.wake({ queue: 'deliveries', id, wakeSeq }),
    wakeRun: (id, wakeSeq) => producer.wake({ queue: 'runs', id, wakeSeq }),
    wakeMany: async (wakes) => {
      await Promise.all(wakes.map((wake) => producer.wake(wake)));
    },
    consume: async (consumeOptions) => {
      if (consumer) throw new Error('the queues are consumed already');
      consumer = createConsumer(backend, consumeOptions, log);
      await readyWithin(READY_MS, 'a worker of the queue', consumer.waitUntilReady());
    },
    boardQueues: producer.boardQueues,
    health: async () => {
      const stopped = closing === undefined && consumer !== undefined && !consumer.isRunning();
      try {
        const advice = await backend.check();
        return { ok: !stopped, backend: backend.kind, problems: stopped ? ['a worker has stopped', ...advice] : advice };
      } catch (error) {
        return { ok: false, backend: backend.kind, problems: [`the queue's store does not answer (${messageOf(error)})`] };
      }
    },
    pause: () => consumer?.pause(),
    close: ({ drainMs = 10_000 } = {}) => (closing ??= close(drainMs)),
  };
}
