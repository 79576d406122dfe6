import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createDueStore, type DueStore } from '../../src/store/due.ts';
import { makeEvent } from '../engine/make-run.ts';
import { closeStore, makeEntry, openStore, storeKinds, type TestStore } from './open-store.ts';

const QUIET_MS = 60_000;

describe.each(storeKinds())('what is due on %s', (kind) => {
  let store: TestStore;
  let due: DueStore;
  beforeAll(async () => {
    store = await openStore(kind);
    due = createDueStore(store.database);
  });
  afterEach(() => store.empty());
  afterAll(() => closeStore(store));
  const wake = async (): Promise<readonly string[]> => (await due.wakeRuns(QUIET_MS, 100)).map((one) => one.id);
  /** A run that nobody holds and that is due in so many seconds. */
  async function freeRun(inSeconds: number): Promise<string> {
    const run = await store.startRun();
    await store.runs.write(makeEntry(run, { releaseAt: run.wakeSeq, dueAt: new Date(Date.now() + inSeconds * 1000).toISOString() }));
    return run.id;
  }

  it('is a run whose time has come, once in a quiet while', async () => {
    const id = await freeRun(-5);
    await freeRun(3600);
    expect(await due.wakeRuns(QUIET_MS, 100)).toEqual([{ id, wakeSeq: '2' }]);
    expect(await wake()).toEqual([]);
    await store.shiftClock(61);
    expect(await due.wakeRuns(QUIET_MS, 100)).toEqual([{ id, wakeSeq: '3' }]);
  });

  it('is a run that came due anew, also within the quiet while', async () => {
    const id = await freeRun(-5);
    expect(await wake()).toEqual([id]);
    await store.database.query(`UPDATE bridge.runs SET due_at = bridge.clock() + interval '2 s' WHERE id = $1`, [id]);
    expect(await wake()).toEqual([]);
    await store.shiftClock(3);
    expect(await wake()).toEqual([id]);
  });

  it('is not a run that somebody holds, until the lease has run out', async () => {
    const run = await store.startRun();
    expect(await wake()).toEqual([]);
    await store.shiftClock(31);
    expect(await wake()).toEqual([run.id]);
  });

  it('is not a run that has ended', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry({ ...run, doc: { ...run.doc, state: 'finished' } }));
    await store.shiftClock(3600);
    expect(await wake()).toEqual([]);
    expect(await due.nextDueInMs(60_000)).toBeUndefined();
  });

  it('is handed to one sweeper only when two look at the same time', async () => {
    const ids = await Promise.all(Array.from({ length: 10 }, () => freeRun(-5)));
    const woken = (await Promise.all([wake(), wake(), wake()])).flat();
    expect(woken.toSorted()).toEqual(ids.toSorted());
  });

  it('is a delivery that nobody has decided for a quiet while', async () => {
    const id = await store.deliver(makeEvent('triggered'));
    await store.deliver(undefined, { decided: { outcome: 'ignored', reason: 'x' } });
    expect(await due.wakeDeliveries(QUIET_MS, 100)).toEqual([]);
    await store.shiftClock(61);
    expect(await due.wakeDeliveries(QUIET_MS, 100)).toEqual([{ id, wakeSeq: '2' }]);
    expect(await due.wakeDeliveries(QUIET_MS, 100)).toEqual([]);
  });

  it('says when to look again: at the next time, or when a lease ends', async () => {
    expect(await due.nextDueInMs(60_000)).toBeUndefined();
    const held = await store.startRun();
    expect(await due.nextDueInMs(60_000)).toBeGreaterThan(20_000);
    await freeRun(5);
    expect(await due.nextDueInMs(60_000)).toBeLessThanOrEqual(5000);
    await freeRun(-5);
    expect(await due.nextDueInMs(60_000)).toBe(0);
    expect(held.epoch).toBe('1');
  });

  it('is everything that a dead owner held, whose epoch is worth nothing then', async () => {
    const run = await store.startRun();
    const ended = await store.startRun();
    await store.runs.write(makeEntry({ ...ended, doc: { ...ended.doc, state: 'finished' } }));
    const delivery = await store.deliver(makeEvent('triggered'));
    expect(await due.takeOverAll()).toBe(1);
    expect(await wake()).toEqual([run.id]);
    expect((await due.wakeDeliveries(QUIET_MS, 100)).map((one) => one.id)).toEqual([delivery]);
    expect(await store.runs.write(makeEntry(run))).toMatchObject({ held: false });
    expect(await store.value('SELECT due_at FROM bridge.runs WHERE id = $1', ended.id)).toBeNull();
  });

  it('is known by its age, for readiness', async () => {
    expect(await due.lag()).toEqual({ undecidedMs: 0, overdueMs: 0 });
    await store.deliver(makeEvent('triggered'));
    await freeRun(-5);
    await store.shiftClock(10);
    const lag = await due.lag();
    expect(lag.undecidedMs).toBeGreaterThanOrEqual(10_000);
    expect(lag.overdueMs).toBeGreaterThanOrEqual(15_000);
  });
});
