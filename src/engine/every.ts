import type { Clock } from '../core/clock.ts';
import type { Log } from '../core/log.ts';

export interface Repeating {
  /** Ends after the round under way. */
  stop(): Promise<void>;
}

/** Does `work` at once and then every `ms`; what it throws is logged, and the next round comes all the same. */
export function every(ms: number, what: string, clock: Clock, log: Log, work: (signal: AbortSignal) => Promise<unknown>): Repeating {
  const stopped = new AbortController();
  const isStopped = (): boolean => stopped.signal.aborted;
  const running = (async () => {
    while (!isStopped()) {
      try {
        await work(stopped.signal);
      } catch (error) {
        if (!isStopped()) log.warn({ err: error }, `${what} failed; trying again later`);
      }
      await clock.sleep(ms, stopped.signal);
    }
  })();
  return {
    async stop() {
      stopped.abort();
      await running;
    },
  };
}
