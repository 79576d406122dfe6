/** Hands over, one by one and in order, what arrives at some time. */
export interface Inbox<T> {
  put(item: T): void;
  /** The next item, waiting for it. */
  take(): Promise<T>;
  size(): number;
}

export function createInbox<T>(): Inbox<T> {
  const items: T[] = [];
  const takers: ((item: T) => void)[] = [];
  return {
    put: (item) => {
      const taker = takers.shift();
      if (taker) taker(item);
      else items.push(item);
    },
    take: () =>
      new Promise((resolve) => {
        const [item] = items.splice(0, 1);
        if (item === undefined) takers.push(resolve);
        else resolve(item);
      }),
    size: () => items.length,
  };
}
