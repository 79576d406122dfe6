import { Queue } from 'bullmq';
import type { Log } from '../core/log.ts';
import type { QueueBackend } from './backend.ts';
import { createBatcher } from './batcher.ts';
import { createWakeJob, type Wake } from './jobs.ts';
import type { QueueName } from './names.ts';
import { createOutageLog } from './outage-log.ts';

/** Adds wake-up jobs. */
export interface Producer {
  /** Never rejects; over within `PATIENCE_MS`. */
  wake(wake: Wake): Promise<void>;
  waitUntilReady(): Promise<unknown>;
  readonly boardQueues: readonly Queue[];
  close(): Promise<void>;
}

const MAX_BATCH = 500;
const MAX_WAITING = 20_000;
const PATIENCE_MS = 3000;

export function createProducer(backend: QueueBackend, log: Log): Producer {
  const outage = createOutageLog(log, 'adding wake-up jobs');
  const open = (name: QueueName) => {
    const queue = backend.createQueue(name, {
      defaultJobOptions: {
        // Only for bugs: a run's own trouble is recorded in its row and never thrown.
        attempts: 5,
        backoff: { type: 'exponential', delay: 1000 },
        // Kept for the dashboard.
        removeOnComplete: { count: 1000 },
        removeOnFail: { count: 1000 },
        stackTraceLimit: 1,
      },
      streams: { events: { maxLen: 1000 } },
    });
    queue.on('error', outage.failed);
    const batcher = createBatcher<Wake>({
      send: async (wakes) => {
        const [first, ...others] = wakes.map(createWakeJob);
        if (first === undefined) return;
        // A lone job is one command; several are one transaction, one round trip.
        await (others.length === 0 ? queue.add(first.name, first.data, first.opts) : queue.addBulk([first, ...others]));
        outage.recovered();
      },
      onError: outage.failed,
      maxBatch: MAX_BATCH,
      maxWaiting: MAX_WAITING,
      patienceMs: PATIENCE_MS,
    });
    return { queue, batcher };
  };
  const opened = { deliveries: open('deliveries'), runs: open('runs') };
  const all = [opened.deliveries.queue, opened.runs.queue];
  return {
    wake: (wake) => opened[wake.queue].batcher.add(wake),
    waitUntilReady: () => Promise.all(all.map((queue) => queue.waitUntilReady())),
    boardQueues: all.map(toBoardQueue),
    close: async () => {
      await Promise.all(all.map((queue) => queue.close()));
    },
  };
}

function toBoardQueue(queue: unknown): Queue {
  if (!isBoardQueue(queue)) throw new TypeError('not a queue');
  return queue;
}

/** The dashboard asks for a queue of BullMQ's default types, which ours is at run time but for its type arguments. */
function isBoardQueue(queue: unknown): queue is Queue {
  return queue instanceof Queue;
}
