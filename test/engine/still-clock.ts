import type { Clock } from '../../src/core/clock.ts';

/** A clock that stands still until a test moves it; who sleeps is woken when its time has come. */
export interface TestClock extends Clock {
  advance(ms: number): void;
  /** How long those who sleep at this moment still want to. */
  sleeping(): readonly number[];
}

export function createStillClock(start = Date.parse('2026-03-01T10:00:00.000Z')): TestClock {
  let now = start;
  const sleepers = new Map<() => void, number>();
  return {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const wake = (): void => {
          sleepers.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        sleepers.set(wake, now + ms);
        signal?.addEventListener('abort', wake, { once: true });
      }),
    advance(ms) {
      now += ms;
      for (const [wake, due] of sleepers) if (due <= now) wake();
    },
    sleeping: () => [...sleepers.values()].map((due) => due - now),
  };
}
