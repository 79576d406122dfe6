import type { Clock } from '../../src/core/clock.ts';
import type { Queryable } from '../../src/store/database.ts';

export interface TestClock extends Clock {
  /** Moves the time of all code and of the attached store at once; it goes on by itself between the moves. */
  advance(ms: number): Promise<void>;
  /** The store whose `bridge.clock()` moves along. One at a time. */
  attach(store: Queryable): Promise<void>;
  /** How many sleeps haven't ended: none may be left when everything is closed. */
  readonly sleeping: number;
}

/** A clock that runs like the real one and can be moved on, so that an hour takes no time. */
export function createTestClock(): TestClock {
  let offsetMs = 0;
  let store: Queryable | undefined;
  const sleepers = new Set<() => void>();
  const read = () => Date.now() + offsetMs;

  async function moveStore(): Promise<void> {
    await store?.query(SHIFT, [offsetMs]);
  }

  return {
    now: () => new Date(read()),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve();
        const due = read() + ms;
        let timer: NodeJS.Timeout | undefined;
        const end = () => {
          clearTimeout(timer);
          sleepers.delete(look);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        const look = () => {
          clearTimeout(timer);
          const left = due - read();
          if (left <= 0) end();
          else timer = setTimeout(look, Math.min(left, 2_000_000_000));
        };
        sleepers.add(look);
        signal?.addEventListener('abort', end, { once: true });
        look();
      }),
    async advance(ms) {
      // Code's time first, sleepers last: whoever reads both meanwhile finds the store behind, which makes things due early, never late.
      offsetMs += ms;
      await moveStore();
      for (const look of [...sleepers]) look();
    },
    async attach(next) {
      store = next;
      await moveStore();
    },
    get sleeping() {
      return sleepers.size;
    },
  };
}

const SHIFT = `
INSERT INTO bridge.clock_offset (shift) VALUES ($1::double precision * interval '1 ms')
ON CONFLICT (only_row) DO UPDATE SET shift = excluded.shift`;
