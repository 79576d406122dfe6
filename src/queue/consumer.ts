import type { Log } from '../core/log.ts';
import type { QueueBackend } from './backend.ts';
import { QUEUE_NAMES, type QueueName } from './names.ts';
import { createWakeWorker, type WakeHandler, type WakeWorker } from './worker.ts';

export interface ConsumeOptions {
  readonly deliveries: WakeHandler;
  readonly runs: WakeHandler;
  /** Jobs held at once, of each queue (default 200: they mostly wait for others). */
  readonly concurrency?: Partial<Record<QueueName, number>>;
}

const CONCURRENCY = 200;

/** The workers of both queues, as one. */
export function createConsumer(backend: QueueBackend, options: ConsumeOptions, log: Log): WakeWorker {
  const workers = QUEUE_NAMES.map((queue) =>
    createWakeWorker(backend, { queue, handler: options[queue], concurrency: options.concurrency?.[queue] ?? CONCURRENCY, log }),
  );
  return {
    waitUntilReady: () => Promise.all(workers.map((worker) => worker.waitUntilReady())),
    isRunning: () => workers.every((worker) => worker.isRunning()),
    pause: () => {
      for (const worker of workers) worker.pause();
    },
    close: async (drainMs) => {
      await Promise.all(workers.map((worker) => worker.close(drainMs)));
    },
  };
}
