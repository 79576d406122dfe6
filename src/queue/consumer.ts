import type { Log } from '../core/log.ts';
import { atMost } from './at-most.ts';
import type { QueueBackend, WakeWorker } from './backend.ts';
import { JobData } from './jobs.ts';
import { QUEUE_NAMES, type QueueName } from './names.ts';
import { createOutageLog } from './outage-log.ts';

/** Advances the thing with this id as far as it goes. It must not throw for that thing's trouble: what is thrown counts as a bug. */
export type WakeHandler = (id: string) => Promise<void>;

export interface ConsumeOptions {
  readonly deliveries: WakeHandler;
  readonly runs: WakeHandler;
  /** Jobs held at once, of each queue (default 200: they mostly wait for others). */
  readonly concurrency?: Partial<Record<QueueName, number>>;
}

/** The workers of both queues. */
export interface Consumer {
  waitUntilReady(): Promise<unknown>;
  isRunning(): boolean;
  /** Takes no more jobs; returns at once, jobs under way go on. */
  pause(): void;
  /** Waits for jobs under way, `drainMs` at most, and closes. What is still under way then is found stalled by another worker. */
  close(drainMs: number): Promise<void>;
}

const CONCURRENCY = 200;
/** For a worker's own bookkeeping at the end; without an answer from its store it would wait for ever. */
const CLOSE_MS = 2000;

export function createConsumer(backend: QueueBackend, options: ConsumeOptions, log: Log): Consumer {
  const underWay = new Set<Promise<void>>();
  let paused = false;

  const handle = async (queue: QueueName, job: { id?: string | undefined; data: unknown }) => {
    // A worker claims one more job when its wait is interrupted: it goes back, for whoever goes on.
    if (paused) throw new Error('shutting down; another worker takes it');
    try {
      const handling = options[queue](JobData.parse(job.data).id);
      underWay.add(handling);
      await handling.finally(() => underWay.delete(handling));
    } catch (error) {
      log.error({ err: error, queue, jobId: job.id }, 'a bug: a wake-up handler threw');
      // Not the error itself: its text may hold what PostgreSQL can't store, and then the job could not even fail.
      throw new Error('a wake-up handler threw; the log says what');
    }
  };
  const workers = QUEUE_NAMES.map((queue) => startWorker(backend, queue, (job) => handle(queue, job), options.concurrency?.[queue], log));
  const pause = () => {
    paused = true;
    // Ends only with the last job under way.
    for (const worker of workers) void worker.pause().catch(() => undefined);
  };
  return {
    waitUntilReady: () => Promise.all(workers.map((worker) => worker.waitUntilReady())),
    isRunning: () => workers.every((worker) => worker.isRunning()),
    pause,
    close: async (drainMs) => {
      pause();
      const isDrained = await atMost(drainMs, Promise.allSettled([...underWay]));
      if (!isDrained) log.warn({ jobs: underWay.size }, 'closing the queues although jobs are under way; they will run again');
      await atMost(CLOSE_MS, Promise.all(workers.map((worker) => worker.close(!isDrained))));
    },
  };
}

function startWorker(backend: QueueBackend, queue: QueueName, handle: (job: { id?: string | undefined; data: unknown }) => Promise<void>, concurrency: number | undefined, log: Log): WakeWorker {
  const worker = backend.createWorker(queue, handle, {
    concurrency: concurrency ?? CONCURRENCY,
    lockDuration: 30_000,
    // A job is stalled when its process dies, however often that happens; the default fails it for good the second time.
    maxStalledCount: 10,
    // Soon back after the store was away (default 15 s).
    runRetryDelay: 2000,
    removeOnComplete: { count: 1000 },
    removeOnFail: { count: 1000 },
    autorun: false,
  });
  const outage = createOutageLog(log, `the worker of ${queue}`);
  worker.on('error', outage.failed);
  worker.on('active', outage.recovered);
  worker.on('stalled', (jobId) => log.warn({ jobId, queue }, 'a job was left behind by a worker that died; it runs again'));
  worker.run().catch((error: unknown) => log.error({ err: error, queue }, 'the worker has stopped; restart the process'));
  return worker;
}
