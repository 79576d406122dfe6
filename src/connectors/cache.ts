import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock.ts';

/** For loads that several callers share: they don't stop with the one that happened to ask first; the client's time-outs end them. */
export const NEVER_STOPPED = new AbortController().signal;
setMaxListeners(0, NEVER_STOPPED);

export interface Cache<T> {
  /** The kept value, or the loader's; callers at the same time share one load. A failed load is not kept. */
  get(key: string, load: () => Promise<T>): Promise<T>;
  /** The kept value only. */
  peek(key: string): Promise<T> | undefined;
  set(key: string, value: T): void;
  delete(key: string): void;
}

/** A small bounded cache by the injected clock; the oldest entry goes first. */
export function createCache<T>(options: { clock: Clock; ttlMs: number; maxEntries: number }): Cache<T> {
  const entries = new Map<string, { value: Promise<T>; until: number }>();

  function keep(key: string, value: Promise<T>): void {
    entries.delete(key);
    if (entries.size >= options.maxEntries) {
      for (const oldest of entries.keys()) {
        entries.delete(oldest);
        break;
      }
    }
    entries.set(key, { value, until: options.clock.now().getTime() + options.ttlMs });
  }

  function peek(key: string): Promise<T> | undefined {
    const entry = entries.get(key);
    if (!entry) return undefined;
    if (entry.until > options.clock.now().getTime()) return entry.value;
    entries.delete(key);
    return undefined;
  }

  return {
    peek,
    get(key, load) {
      const kept = peek(key);
      if (kept) return kept;
      const value = load();
      keep(key, value);
      value.catch(() => {
        if (entries.get(key)?.value === value) entries.delete(key);
      });
      return value;
    },
    set(key, value) {
      keep(key, Promise.resolve(value));
    },
    delete: (key) => entries.delete(key),
  };
}
