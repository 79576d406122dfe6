import type { Log } from '../core/log.ts';
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

const CONCURRENCY = 200;

/** Makes and starts a worker for each queue. */
export function createWorkers(backend: QueueBackend, options: ConsumeOptions, log: Log): WakeWorker[] {
  return QUEUE_NAMES.map((name) => {
    const worker = backend.createWorker(name, createProcessor(name, options[name], log), {
      concurrency: options.concurrency?.[name] ?? CONCURRENCY,
      lockDuration: 30_000,
      // A job is stalled when its process dies, however often that happens; the default fails it for good the second time.
      maxStalledCount: 10,
      // Soon back after the store was away (default 15 s).
      runRetryDelay: 2000,
      removeOnComplete: { count: 1000 },
      removeOnFail: { count: 1000 },
      autorun: false,
    });
    const outage = createOutageLog(log, `the worker of ${name}`);
    worker.on('error', outage.failed);
    worker.on('active', outage.recovered);
    worker.on('stalled', (jobId) => log.warn({ jobId, queue: name }, 'a job was left behind by a worker that died; it runs again'));
    worker.run().catch((error: unknown) => log.error({ err: error, queue: name }, 'the worker has stopped; restart the process'));
    return worker;
  });
}

function createProcessor(queue: QueueName, handle: WakeHandler, log: Log) {
  return async (job: { id?: string | undefined; data: unknown }) => {
    try {
      await handle(JobData.parse(job.data).id);
    } catch (error) {
      log.error({ err: error, queue, jobId: job.id }, 'a bug: a wake-up handler threw');
      // Not the error itself: its text may hold what PostgreSQL can't store, and then the job could not even fail.
      throw new Error('a wake-up handler threw; the log says what');
    }
  };
}
