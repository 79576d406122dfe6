import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createBatcher } from '../../src/store/batcher.ts';

/** Runs items that are numbers; negative ones are refused with everything they share a statement with. */
function makeBatcher(maxItems = 100, groupOf?: (item: number) => string) {
  const statements: number[][] = [];
  const batcher = createBatcher<number, string>(
    (items) => {
      statements.push([...items]);
      if (items.some((item) => item < 0)) return Promise.reject(new Error('bad value'));
      return Promise.resolve(items.map((item) => `r${item}`));
    },
    groupOf ? { maxItems, groupOf } : { maxItems },
  );
  return { batcher, statements };
}
const addAll = (batcher: { add(item: number): Promise<string> }, items: readonly number[]) =>
  Promise.allSettled(items.map((item) => batcher.add(item))).then((all) =>
    all.map((one) => (one.status === 'fulfilled' ? one.value : 'refused')),
  );

describe('the batcher', () => {
  it('sends what is asked in one tick in one statement', async () => {
    const { batcher, statements } = makeBatcher();
    expect(await addAll(batcher, [1, 2, 3])).toEqual(['r1', 'r2', 'r3']);
    expect(statements).toEqual([[1, 2, 3]]);
  });

  it('refuses a whole statement at once when the store is away, instead of asking for each item again', async () => {
    let asked = 0;
    const away = createBatcher<number, string>(
      () => {
        asked += 1;
        return Promise.reject(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
      },
      { maxItems: 100 },
    );
    expect(await addAll(away, [1, 2, 3, 4, 5, 6, 7, 8])).toEqual(Array.from({ length: 8 }, () => 'refused'));
    expect(asked).toBe(1);
  });

  it('sends a statement again that was the victim of a deadlock', async () => {
    let asked = 0;
    const batcher = createBatcher<number, string>(
      (items) => {
        asked += 1;
        if (asked < 3) return Promise.reject(Object.assign(new Error('deadlock detected'), { code: '40P01', severity: 'ERROR' }));
        return Promise.resolve(items.map((item) => `r${item}`));
      },
      { maxItems: 100 },
    );
    expect(await addAll(batcher, [1, 2])).toEqual(['r1', 'r2']);
    expect(asked).toBe(3);
  });

  it('sends what is asked while a statement is under way in the next one', async () => {
    const { batcher, statements } = makeBatcher();
    const first = batcher.add(1);
    await Promise.resolve();
    const more = addAll(batcher, [2, 3]);
    await first;
    await more;
    expect(statements).toEqual([[1], [2, 3]]);
  });

  it('sends no more at once than it may, and no two of one group', async () => {
    const { batcher, statements } = makeBatcher(2, (item) => String(item % 2));
    await addAll(batcher, [1, 3, 5, 2]);
    expect(statements).toEqual([[1, 2], [3], [5]]);
  });

  it('answers each with its own result, and refuses exactly what is bad, whatever comes together', async () => {
    const items = fc.array(fc.integer({ min: -5, max: 50 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(items, fc.integer({ min: 1, max: 20 }), async (numbers, maxItems) => {
        const { batcher, statements } = makeBatcher(maxItems);
        expect(await addAll(batcher, numbers)).toEqual(numbers.map((item) => (item < 0 ? 'refused' : `r${item}`)));
        expect(Math.max(0, ...statements.map((one) => one.length))).toBeLessThanOrEqual(maxItems);
      }),
    );
  });

  it('refuses what the statement gave no result for, and goes on', async () => {
    const batcher = createBatcher<number, number>((items) => Promise.resolve(items.slice(1)), { maxItems: 9 });
    const [first, second] = await Promise.allSettled([batcher.add(1), batcher.add(2)]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
  });

  it('takes a statement that throws at once for one that fails', async () => {
    const batcher = createBatcher<number, number>(
      () => {
        throw new Error('oops');
      },
      { maxItems: 9 },
    );
    await expect(batcher.add(1)).rejects.toThrow('oops');
    await expect(batcher.add(2)).rejects.toThrow('oops');
  });
});
