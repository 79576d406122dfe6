import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createSweeper, type Sweeper } from '../../src/engine/sweeper.ts';
import { createRecordingLog } from '../support/log.ts';
import { createStillClock } from './still-clock.ts';

const INTERVAL_MS = 10_000;
let sweeper: Sweeper | undefined;
afterEach(async () => {
  await sweeper?.stop();
});

/** All that was begun has gone as far as it goes while the clock stands still. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) await turn();
}

async function start(next: number | undefined | Error) {
  const clock = createStillClock();
  const log = createRecordingLog();
  const state = { rounds: 0, next, runs: [{ id: 'r1', wakeSeq: '4' }], deliveries: [{ id: 'd1', wakeSeq: '2' }] };
  const woken: string[] = [];
  const asked: (readonly [string, number, number])[] = [];
  sweeper = createSweeper({
    clock,
    log,
    intervalMs: INTERVAL_MS,
    quietMs: 60_000,
    store: {
      wakeRuns: (quietMs, limit) => {
        state.rounds += 1;
        asked.push(['runs', quietMs, limit]);
        return state.next instanceof Error ? Promise.reject(state.next) : Promise.resolve(state.runs);
      },
      wakeDeliveries: () => Promise.resolve(state.deliveries),
      nextDueInMs: () => Promise.resolve(state.next instanceof Error ? undefined : state.next),
    },
    wake: (wakes) => {
      woken.push(...wakes.map((one) => `${one.queue} ${one.id} ${one.wakeSeq}`));
      return Promise.resolve();
    },
  });
  await settle();
  return { clock, log, state, woken, asked, sweeper };
}

describe('the sweeper', () => {
  it('wakes at once what is due and has no live wake-up', async () => {
    const { woken, asked } = await start(undefined);
    expect(woken).toEqual(['runs r1 4', 'deliveries d1 2']);
    expect(asked).toEqual([['runs', 60_000, 500]]);
  });

  it('wakes nobody when nothing is due', async () => {
    const swept = await start(undefined);
    swept.state.runs = [];
    swept.state.deliveries = [];
    swept.woken.length = 0;
    swept.clock.advance(INTERVAL_MS);
    await settle();
    expect(swept.state.rounds).toBe(2);
    expect(swept.woken).toEqual([]);
  });

  it.each([
    ['the interval, when nothing will be due', undefined, INTERVAL_MS],
    ['the interval, when the next is due later than that', 3_600_000, INTERVAL_MS],
    ['until the next is due', 3000, 3000],
    ['a moment, when something is due and was woken just now', 0, 200],
  ])('sleeps %s', async (_what, next, expected) => {
    const { clock, state } = await start(next);
    expect(clock.sleeping()).toEqual([expected]);
    clock.advance(expected - 1);
    await settle();
    expect(state.rounds).toBe(1);
    clock.advance(1);
    await settle();
    expect(state.rounds).toBe(2);
  });

  it('is woken by a hint of something earlier, and not by one of something later', async () => {
    const { sweeper, state } = await start(5000);
    sweeper.hint(6000);
    await settle();
    expect(state.rounds).toBe(1);
    sweeper.hint(100);
    await settle();
    expect(state.rounds).toBe(2);
  });

  it('goes on after a round that failed, and says so', async () => {
    const swept = await start(new Error('no store'));
    expect(swept.log.entries).toEqual([expect.objectContaining({ level: 'warn' })]);
    swept.state.next = undefined;
    swept.clock.advance(INTERVAL_MS);
    await settle();
    expect(swept.woken).toEqual(['runs r1 4', 'deliveries d1 2']);
  });

  it('says when it last went round, and stops while it sleeps', async () => {
    const { clock, sweeper } = await start(undefined);
    expect(sweeper.lastRound()).toEqual(clock.now());
    await sweeper.stop();
    expect(clock.sleeping()).toEqual([]);
  });
});
