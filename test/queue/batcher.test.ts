import { describe, expect, test } from '@jest/globals';
import { createBatcher } from '../../src/queue/batcher.ts';

const limits = { maxBatch: 3, maxWaiting: 6, patienceMs: 1000 };

describe('the batcher', () => {
  test('sends what one turn added at once, and what came meanwhile in the next send', async () => {
    const sent: number[][] = [];
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const started = new Promise<void>((resolve) => {
      const { add } = createBatcher<number>({
        ...limits,
        onError: () => undefined,
        send: async (items) => {
          sent.push(items);
          if (sent.length > 1) return;
          resolve();
          await held;
        },
      });
      adds = [add(1), add(2)];
      later = () => [add(3), add(4)];
    });
    await started;
    const more = later();
    letGo();
    await Promise.all([...adds, ...more]);
    expect(sent).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('cuts a flood into batches and gives up what is too much', async () => {
    const sent: number[][] = [];
    const errors: unknown[] = [];
    const { add } = createBatcher<number>({
      ...limits,
      send: async (items) => void sent.push(items),
      onError: (error) => errors.push(error),
    });
    await Promise.all([1, 2, 3, 4, 5, 6, 7].map(add));
    expect(sent).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(errors).toHaveLength(1);
  });

  test('resolves also when the send fails, and goes on', async () => {
    const errors: unknown[] = [];
    const { add } = createBatcher<number>({
      ...limits,
      send: async ([first]) => {
        if (first === 1) throw new Error('down');
      },
      onError: (error) => errors.push(error),
    });
    await add(1);
    await add(2);
    expect(errors).toEqual([new Error('down')]);
  });

  test('does not wait for a send that hangs', async () => {
    const { add } = createBatcher<number>({
      ...limits,
      patienceMs: 20,
      send: () => new Promise(() => undefined),
      onError: () => undefined,
    });
    await add(1);
    await add(2);
  });
});

let adds: Promise<void>[] = [];
let later: () => Promise<void>[] = () => [];
