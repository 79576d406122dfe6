import { isStoreTrouble, wasRolledBack } from './store-trouble.ts';

/**
 * Group commit in small: what is asked while a statement is under way waits and goes into the next one together.
 * One bad item hurts nobody else: a statement that it made fail is split in halves and tried again, down to single items.
 */
export interface Batcher<Item, Result> {
  add(item: Item): Promise<Result>;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface BatcherOptions<Item> {
  /** Items in one statement at most. */
  readonly maxItems: number;
  /** Items of the same group never share a statement (two writes of one run, say): the later one waits. */
  readonly groupOf?: (item: Item) => string;
}

/** How often a statement that was rolled back for others' sake is sent. */
const MAX_TRIES = 5;

/** `run` gets the items in order and answers one result an item, in the same order. */
export function createBatcher<Item, Result>(
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  options: BatcherOptions<Item>,
): Batcher<Item, Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let underWay = false;

  async function send(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    let results: readonly Result[];
    try {
      results = await runAgainIfRolledBack(batch.map((one) => one.item));
    } catch (error) {
      // Where the store itself is in trouble, halves would fail as the whole did.
      if (batch.length === 1 || isStoreTrouble(error)) {
        for (const one of batch) one.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await send(batch.slice(0, middle));
      await send(batch.slice(middle));
      return;
    }
    batch.forEach((one, index) => {
      const result = results[index];
      if (result === undefined) one.reject(new Error('a batch answered fewer results than it had items'));
      else one.resolve(result);
    });
  }

  /** A deadlock's victim did nothing wrong and nothing at all. */
  async function runAgainIfRolledBack(items: readonly Item[]): Promise<readonly Result[]> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await run(items);
      } catch (error) {
        if (!wasRolledBack(error) || tries === MAX_TRIES) throw error;
      }
    }
  }

  function nextBatch(): readonly Waiting<Item, Result>[] {
    const { groupOf, maxItems } = options;
    const groups = new Set<string>();
    const batch: Waiting<Item, Result>[] = [];
    const later: Waiting<Item, Result>[] = [];
    for (const one of waiting) {
      const group = groupOf?.(one.item);
      if (batch.length >= maxItems || (group !== undefined && groups.has(group))) later.push(one);
      else batch.push(one);
      if (group !== undefined) groups.add(group);
    }
    waiting = later;
    return batch;
  }

  async function drain(): Promise<void> {
    underWay = true;
    while (waiting.length > 0) await send(nextBatch());
    underWay = false;
  }

  return {
    add: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        // Started a tick later, so that what is asked in the same tick goes together.
        if (!underWay) {
          underWay = true;
          queueMicrotask(() => void drain());
        }
      }),
  };
}
