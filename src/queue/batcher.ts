import { atMost } from './at-most.ts';

/** Collects items and sends them together. */
export interface Batcher<T> {
  /** Resolves when the item was sent or given up; never rejects. */
  add(item: T): Promise<void>;
}

export interface BatcherOptions<T> {
  readonly send: (items: T[]) => Promise<void>;
  readonly onError: (error: unknown) => void;
  /** Items sent at once, at most. */
  readonly maxBatch: number;
  /** Items that may wait; more are given up at once, for nothing here may grow without end. */
  readonly maxWaiting: number;
  /** `add` resolves after this time even if the send is still under way. */
  readonly patienceMs: number;
}

/**
 * What is added in one turn of the event loop goes out in one send; what is added while a send is under way goes into the next one. So a
 * lone item waits for nobody, and a flood costs few round trips.
 */
export function createBatcher<T>(options: BatcherOptions<T>): Batcher<T> {
  let waiting: T[] = [];
  let nextSend: Promise<void> | undefined;
  let sending: Promise<void> = Promise.resolve();

  const sendWaiting = async () => {
    await sending;
    nextSend = undefined;
    const items = waiting;
    waiting = [];
    sending = sendAll(items, options);
    await sending;
  };
  return {
    add: (item) => {
      if (waiting.length >= options.maxWaiting) {
        options.onError(new Error(`${options.maxWaiting} are waiting already`));
        return Promise.resolve();
      }
      waiting.push(item);
      nextSend ??= new Promise<void>((resolve) => setImmediate(resolve)).then(sendWaiting);
      return atMost(options.patienceMs, nextSend).then(() => undefined);
    },
  };
}

async function sendAll<T>(items: T[], { send, onError, maxBatch }: BatcherOptions<T>): Promise<void> {
  for (let start = 0; start < items.length; start += maxBatch) {
    await send(items.slice(start, start + maxBatch)).catch(onError);
  }
}
