import { deferred } from './deferred.ts';

/** First come, first served, one at a time for each key; other keys don't wait. */
export interface KeyedLock {
  /** Resolves with the function that lets go. */
  take(key: string): Promise<() => void>;
}

export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<void>>();
  return {
    async take(key) {
      const before = tails.get(key);
      const { promise, resolve } = deferred();
      tails.set(key, promise);
      if (before) await before;
      return () => {
        if (tails.get(key) === promise) tails.delete(key);
        resolve();
      };
    },
  };
}
