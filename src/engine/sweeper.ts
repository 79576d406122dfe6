import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';
import { deferred } from './deferred.ts';

export interface SweeperStore {
  wakeRuns(quietMs: number, limit: number): Promise<readonly { id: string; wakeSeq: string }[]>;
  wakeDeliveries(quietMs: number, limit: number): Promise<readonly { id: string; wakeSeq: string }[]>;
  nextDueInMs(quietMs: number): Promise<number | undefined>;
}

export interface SweeperOptions {
  readonly store: SweeperStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Longest sleep, milliseconds. */
  readonly intervalMs: number;
  /** What was woken less than this ago is left alone, so that a backlog breeds no jobs. */
  readonly quietMs: number;
  wake(wakes: readonly { queue: 'runs' | 'deliveries'; id: string; wakeSeq: string }[]): Promise<void>;
}

export interface Sweeper {
  /** A run will be due after that many milliseconds: the sweeper wakes in time. */
  hint(dueInMs: number): void;
  stop(): Promise<void>;
  /** When it last went round, by the clock given. */
  lastRound(): Date;
}

const LIMIT = 500;

/** Wakes whatever is due and has no live wake-up, so that the queue may be emptied at any moment and nothing is lost. */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { store, clock, log, quietMs } = options;
  const stopped = new AbortController();
  let hinted = deferred();
  let last = clock.now();
  let wakesAt = 0;

  async function round(): Promise<number> {
    const [runs, deliveries] = [await store.wakeRuns(quietMs, LIMIT), await store.wakeDeliveries(quietMs, LIMIT)];
    if (runs.length + deliveries.length > 0) {
      log.debug({ runs: runs.length, deliveries: deliveries.length }, 'swept');
      await options.wake([
        ...runs.map((one) => ({ queue: 'runs' as const, ...one })),
        ...deliveries.map((one) => ({ queue: 'deliveries' as const, ...one })),
      ]);
    }
    last = clock.now();
    const next = await store.nextDueInMs(quietMs);
    // Something that is due and was woken just now is looked at again after a while, not at once.
    return Math.min(options.intervalMs, Math.max(next ?? options.intervalMs, 200));
  }

  async function loop(): Promise<void> {
    while (!stopped.signal.aborted) {
      hinted = deferred();
      let pauseMs = options.intervalMs;
      try {
        pauseMs = await round();
      } catch (error) {
        log.warn({ err: error }, 'the sweeper could not reach the store; trying again');
      }
      wakesAt = clock.now().getTime() + pauseMs;
      const awake = new AbortController();
      const stop = (): void => {
        awake.abort();
      };
      stopped.signal.addEventListener('abort', stop, { once: true });
      await Promise.race([clock.sleep(pauseMs, awake.signal), hinted.promise]);
      stopped.signal.removeEventListener('abort', stop);
      awake.abort();
    }
  }

  const running = loop();
  return {
    hint(dueInMs) {
      if (clock.now().getTime() + dueInMs < wakesAt) hinted.resolve();
    },
    async stop() {
      stopped.abort();
      hinted.resolve();
      await running;
    },
    lastRound: () => last,
  };
}
