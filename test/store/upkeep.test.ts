import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { createOpenRunStore } from '../../src/store/open-runs.ts';
import { createUpkeepStore, type UpkeepStore } from '../../src/store/upkeep.ts';
import { makeEvent } from '../engine/make-run.ts';
import { closeStore, makeDelivery, makeEntry, openStore, storeKinds, type TestStore } from './open-store.ts';

const DAY_S = 86_400;

describe.each(storeKinds())('upkeep on %s', (kind) => {
  let store: TestStore;
  let upkeep: UpkeepStore;
  beforeAll(async () => {
    store = await openStore(kind);
    upkeep = createUpkeepStore(store.database);
  });
  afterEach(() => store.empty());
  afterAll(() => closeStore(store));

  it('deletes old ended runs with everything of theirs, and no open one', async () => {
    const [open, ended] = [await store.startRun(), await store.startRun()];
    const finished = { ...ended, doc: { ...ended.doc, state: 'finished' as const } };
    await store.runs.write(makeEntry(finished, { effects: [{ key: 'K', action: 'A', change: 'c', state: 'done', input: 1 }] }));
    await store.shiftClock(91 * DAY_S);
    expect((await upkeep.retain(90)).runs).toBe(1);
    expect(await store.value('SELECT array_agg(id::text) FROM bridge.runs')).toEqual([open.id]);
    expect(await store.value('SELECT count(*)::int FROM bridge.effects')).toBe(0);
  });

  it('empties old deliveries but keeps their keys, so that a late repeat is still known', async () => {
    const delivery = makeDelivery(makeEvent('triggered'), { decided: { outcome: 'ignored', reason: 'x' } });
    await store.deliveries.insert(delivery);
    const undecided = await store.deliver(makeEvent('triggered'));
    await store.shiftClock(91 * DAY_S);
    expect((await upkeep.retain(90)).deliveries).toBe(1);
    expect(await upkeep.readBody(delivery.id)).toBeUndefined();
    expect((await upkeep.readBody(undecided))?.body.toString()).toBe('{}');
    expect(await store.deliveries.insert({ ...delivery, id: randomUUID() })).toBe(false);
    expect((await upkeep.retain(90)).deliveries).toBe(0);
  });

  it('leaves alone what is younger', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry({ ...run, doc: { ...run.doc, state: 'finished' } }));
    await store.shiftClock(89 * DAY_S);
    expect(await upkeep.retain(90)).toEqual({ runs: 0, deliveries: 0 });
  });

  it('opens a decided delivery again, with the event as it is read now', async () => {
    const delivery = makeDelivery(undefined, { decided: { outcome: 'unreadable', reason: 'x' } });
    await store.deliveries.insert(delivery);
    const wakeSeq = await upkeep.reopen(delivery.id, '{}', 'key', '2026-03-01T10:00:00Z');
    expect(wakeSeq).toBe('2');
    expect(await store.value(`SELECT state || ' ' || correlation_key FROM bridge.deliveries WHERE id = $1`, delivery.id)).toBe('new key');
    expect(await upkeep.reopen(delivery.id, '{}', 'key', null)).toBeUndefined();
    expect(await upkeep.reopen(randomUUID(), null, null, null)).toBeUndefined();
  });

  it('puts a delivery aside that made the router stumble five times', async () => {
    const id = await store.deliver(makeEvent('triggered'));
    const state = () => store.value('SELECT state FROM bridge.deliveries WHERE id = $1', id);
    for (let count = 1; count <= 4; count += 1) await upkeep.countFault(id, 'oops');
    expect(await state()).toBe('new');
    await upkeep.countFault(id, 'oops\u0000');
    expect(await state()).toBe('decided');
    expect(await store.value(`SELECT outcome || ' ' || reason FROM bridge.deliveries WHERE id = $1`, id)).toBe('dead oops');
  });

  it('keeps small settings', async () => {
    expect(await upkeep.getSetting('k')).toBeUndefined();
    await upkeep.setSetting('k', 'one');
    await upkeep.setSetting('k', 'two');
    expect(await upkeep.getSetting('k')).toBe('two');
  });
});

describe.each(storeKinds())('open runs on %s', (kind) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openStore(kind);
  });
  afterEach(() => store.empty());
  afterAll(() => closeStore(store));

  it('take signals from outside the engine as long as they are open', async () => {
    const open = createOpenRunStore(store.database);
    const run = await store.startRun();
    const signal = { kind: 'operator' as const, operation: 'retry' as const, by: 'a\u0000' };
    expect(await open.signal(run.id, signal)).toEqual({ id: run.id, wakeSeq: '2' });
    expect((await store.runs.loadSignals(run.id)).signals.map((one) => one.signal)).toEqual([{ ...signal, by: 'a' }]);
    await store.runs.write(makeEntry({ ...run, doc: { ...run.doc, state: 'cancelled' } }));
    expect(await open.signal(run.id, signal)).toBeUndefined();
    expect(await open.signal(randomUUID(), signal)).toBeUndefined();
  });

  it('are listed for the comparison with the pager, with what they know of the incident', async () => {
    const open = createOpenRunStore(store.database);
    const reference = { kind: 'pager.incident' as const, value: 'pagerduty:P1' };
    const run = await store.startRun({ references: [reference] });
    await store.startRun();
    await store.runs.write(makeEntry(run, { marks: ['acknowledged'] }));
    expect(await open.listPaged()).toEqual([
      expect.objectContaining({ id: run.id, incident: 'pagerduty:P1', acknowledged: true, resolved: false, versionId: store.versionId }),
    ]);
    expect(await open.newest()).toMatchObject({ playbook: 'test' });
  });
});
