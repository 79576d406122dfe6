import type { Log } from '../core/log.ts';
import { atMost } from './at-most.ts';
import type { QueueBackend } from './backend.ts';
import { JobData } from './jobs.ts';
import type { QueueName } from './names.ts';
import { createOutageLog } from './outage-log.ts';

/** Advances the thing with this id as far as it goes. It must not throw for that thing's trouble: what is thrown counts as a bug. */
export type WakeHandler = (id: string) => Promise<void>;

/** Takes the jobs of one queue, from when it is made. */
export interface WakeWorker {
  waitUntilReady(): Promise<unknown>;
  isRunning(): boolean;
  /** Takes no more jobs; returns at once, jobs under way go on. */
  pause(): void;
  /** Waits for jobs under way, `drainMs` at most, and closes. What is still under way then is found stalled by another worker. */
  close(drainMs: number): Promise<void>;
}

export interface WakeWorkerOptions {
  readonly queue: QueueName;
  readonly handler: WakeHandler;
  /** Jobs held at once. */
  readonly concurrency: number;
  readonly log: Log;
}

/** For a worker's own bookkeeping at the end; without an answer from its store it would wait for ever. */
const CLOSE_MS = 2000;

export function createWakeWorker(backend: QueueBackend, { queue, handler, concurrency, log }: WakeWorkerOptions): WakeWorker {
  const underWay = new Set<Promise<void>>();
  let paused = false;
  let closing: Promise<void> | undefined;

  const perform = async (job: { id?: string | undefined; data: unknown }) => {
    // BullMQ may claim one more when its wait is interrupted: it goes back, for whoever goes on.
    if (paused) throw new Error('shutting down; another worker takes it');
    try {
      const handling = handler(JobData.parse(job.data).id);
      underWay.add(handling);
      await handling.finally(() => underWay.delete(handling));
    } catch (error) {
      log.error({ err: error, queue, jobId: job.id }, 'a bug: a wake-up handler threw');
      // Not the error itself: its text may hold what PostgreSQL can't store, and then the job could not even fail. BullMQ keeps no cause.
      throw new Error('a wake-up handler threw; the log says what', { cause: error });
    } finally {
      closeWhenIdle();
    }
  };
  const worker = backend.createWorker(queue, perform, {
    concurrency,
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

  // Not BullMQ's own `pause`, which opens the blocking connection anew at its end, under the hands of `close`; nor its `close` before the
  // jobs are through, which can't be forced any more when one of them hangs.
  const closeWhenIdle = () => {
    if (paused && underWay.size === 0) closing ??= worker.close();
  };
  const pause = () => {
    paused = true;
    // Claims nothing while a job is under way; with the last one it closes, before it claims another.
    worker.concurrency = 1;
    closeWhenIdle();
  };
  return {
    waitUntilReady: () => worker.waitUntilReady(),
    isRunning: () => worker.isRunning(),
    pause,
    close: async (drainMs) => {
      pause();
      const isDrained = await atMost(drainMs, Promise.allSettled([...underWay]));
      if (!isDrained) log.warn({ queue, jobs: underWay.size }, 'closing the queue although jobs are under way; they will run again');
      await atMost(CLOSE_MS, (closing ??= worker.close(!isDrained)));
    },
  };
}
