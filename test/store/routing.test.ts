import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RoutingResult, RoutingView } from '../../src/core/store.ts';
import { makeEvent } from '../engine/make-run.ts';
import { closeStore, LEASE_MS, makeEntry, NOTHING, openStore, storeKinds, type TestStore } from './open-store.ts';

const ignoreAll = (view: RoutingView): RoutingResult => ({
  ...NOTHING,
  decisions: view.deliveries.map((one) => ({ deliveryId: one.id, outcome: 'ignored', reason: 'test', runIds: [] })),
});

describe.each(storeKinds())('routing on %s', (kind) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openStore(kind);
  });
  afterAll(() => closeStore(store));

  const route = (ids: readonly string[], decide: (view: RoutingView) => RoutingResult) => store.routing.route(ids, 'me', LEASE_MS, decide);
  const freshKey = (): string => `key:${randomUUID()}`;
  const deliverTo = (key: string, type = 'triggered', references: readonly { kind: 'pager.incident'; value: string }[] = []) =>
    store.deliver(makeEvent(type, 0, { key, references: [...references] }));
  const look = async (ids: readonly string[]): Promise<RoutingView | undefined> => {
    const seen: RoutingView[] = [];
    await route(ids, (view) => {
      seen.push(view);
      return NOTHING;
    });
    return seen[0];
  };

  it('shows every undecided delivery of the key in arrival order, whichever one was asked for', async () => {
    const key = freshKey();
    const ids = [await deliverTo(key), await deliverTo(key), await deliverTo(key)];
    const view = await look([ids[2] ?? '']);
    expect(view?.deliveries.map((one) => one.id)).toEqual(ids);
  });

  it('keeps the order of arrival when the same key is routed many times at once, and decides each once', async () => {
    const key = freshKey();
    const ids: string[] = [];
    for (let count = 0; count < 12; count += 1) ids.push(await deliverTo(key));
    const decided: string[] = [];
    await Promise.all(
      ids.toReversed().map((id) =>
        route([id], (view) => {
          decided.push(...view.deliveries.map((one) => one.id));
          return ignoreAll(view);
        }),
      ),
    );
    expect(decided).toEqual(ids);
  });

  it('asks nobody when there is nothing to decide', async () => {
    const id = await deliverTo(freshKey());
    await route([id], ignoreAll);
    expect(await look([id])).toBeUndefined();
    expect(await look([randomUUID()])).toBeUndefined();
  });

  it('undoes everything when the decision throws', async () => {
    const id = await deliverTo(freshKey());
    await expect(
      route([id], () => {
        throw new Error('oops');
      }),
    ).rejects.toThrow('oops');
    expect(await store.value('SELECT state FROM bridge.deliveries WHERE id = $1', id)).toBe('new');
  });

  it('starts runs with numbers that count up and are never used again, lease in hand', async () => {
    const runs = await Promise.all(Array.from({ length: 10 }, () => store.startRun()));
    const numbers = runs.map((run) => run.number).sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_number, index) => (numbers[0] ?? 0) + index));
    await store.database.query('DELETE FROM bridge.runs WHERE id = $1', [runs.at(-1)?.id]);
    expect((await store.startRun()).number).toBe((numbers.at(-1) ?? 0) + 1);
    expect(runs[0]).toMatchObject({ epoch: '1', playbook: 'test', doc: { step: 'A' } });
    expect(await store.value(`SELECT owner FROM bridge.runs WHERE id = $1`, runs[0]?.id)).toBe('me');
  });

  it('shows open runs by reference and by key, and none that has ended', async () => {
    const reference = { kind: 'pager.incident' as const, value: `pagerduty:P ${randomUUID()}` };
    const open = await store.startRun({ references: [reference] });
    const ended = await store.startRun({ references: [reference] });
    await store.runs.write(makeEntry({ ...ended, doc: { ...ended.doc, state: 'finished' } }));
    const key = freshKey();
    const view = await look([await deliverTo(key, 'resolved', [reference])]);
    expect(view?.byReference.get(`pager.incident ${reference.value}`)?.map((run) => run.id)).toEqual([open.id]);
    const sameKey = await store.value('SELECT correlation_key FROM bridge.runs WHERE id = $1', open.id);
    expect((await look([await deliverTo(String(sameKey), 'resolved')]))?.byKey.get(String(sameKey))?.map((run) => run.id)).toEqual([
      open.id,
    ]);
  });

  it('shows the run of a click', async () => {
    const run = await store.startRun();
    const id = await store.deliver(undefined, { door: 'button', event: { runId: run.id }, correlationKey: `run:${run.id}` });
    expect([...((await look([id]))?.byId.keys() ?? [])]).toEqual([run.id]);
    const odd = await store.deliver(undefined, { door: 'button', event: {}, correlationKey: `run:' OR 1=1` });
    expect((await look([odd]))?.byId.size).toBe(0);
  });

  it('shows expected echoes and what was ignored before', async () => {
    const reference = { kind: 'pager.incident' as const, value: `pagerduty:${randomUUID()}` };
    const run = await store.startRun({ references: [reference] });
    await store.runs.write(makeEntry(run, { echoes: [{ effectKey: 'Ack-2', reference, eventType: 'acknowledged', actorId: 'x' }] }));
    const key = freshKey();
    const before = await deliverTo(key, 'acknowledged');
    await route([before], ignoreAll);
    const view = await look([await deliverTo(key, 'triggered', [reference])]);
    expect(view?.echoes.get(`pager.incident ${reference.value}`)).toEqual([
      { runId: run.id, effectKey: 'Ack-2', reference, eventType: 'acknowledged', actorId: 'x' },
    ]);
    expect(view?.ignored.get(key)?.map((one) => one.deliveryId)).toEqual([before]);
  });

  const signalTo = (runId: string, deliveryId: string): RoutingResult => ({
    ...NOTHING,
    signals: [{ runId, signal: { kind: 'event', event: makeEvent('resolved') }, deliveryId }],
    decisions: [{ deliveryId, outcome: 'signalled', reason: 'resolved', runIds: [runId] }],
  });

  it('stores a signal, raises wake_seq and makes the run due in one transaction', async () => {
    const run = await store.startRun();
    const id = await deliverTo(freshKey());
    const { signalled } = await route([id], () => signalTo(run.id, id));
    expect(signalled).toEqual([{ id: run.id, wakeSeq: String(Number(run.wakeSeq) + 1) }]);
    expect((await store.runs.loadSignals(run.id)).signals).toEqual([expect.objectContaining({ deliveryId: id })]);
    expect(await store.runs.write(makeEntry(run, { releaseAt: run.wakeSeq }))).toMatchObject({ held: true, released: false });
  });

  it('records a signal to a run that has ended meanwhile, wakes nobody and tells the presser', async () => {
    const run = await store.startRun();
    const id = await store.deliver(undefined, { door: 'button', event: {}, correlationKey: `run:${run.id}` });
    const { signalled } = await route([id], () => signalTo(run.id, id)).finally(() => undefined);
    expect(signalled).toHaveLength(1);
    await store.runs.write(makeEntry({ ...run, doc: { ...run.doc, state: 'finished' } }));
    const late = await store.deliver(undefined, { door: 'button', event: {}, correlationKey: `run:${run.id}` });
    expect((await route([late], () => signalTo(run.id, late))).signalled).toEqual([]);
    expect(await store.value('SELECT outcome FROM bridge.signals WHERE delivery_id = $1', late)).toBe('noted: the run is closed');
    expect(await store.deliveries.readAnswer(late)).toContain('already closed');
    expect(await store.value('SELECT due_at FROM bridge.runs WHERE id = $1', run.id)).toBeNull();
  });

  it('consumes an echo once', async () => {
    const reference = { kind: 'pager.incident' as const, value: `pagerduty:${randomUUID()}` };
    const run = await store.startRun({ references: [reference] });
    await store.runs.write(makeEntry(run, { echoes: [{ effectKey: 'Ack-2', reference, eventType: 'acknowledged', actorId: '' }] }));
    const id = await deliverTo(freshKey(), 'acknowledged', [reference]);
    await route([id], (view) => ({ ...ignoreAll(view), consumedEchoes: [{ runId: run.id, effectKey: 'Ack-2' }] }));
    expect(await store.value('SELECT count(*)::int FROM bridge.expected_echoes WHERE run_id = $1', run.id)).toBe(0);
  });

  it('stores titles, reasons and keys with NUL and lone surrogates', async () => {
    const run = await store.startRun({ title: 'a\u0000\ud800', references: [{ kind: 'pager.incident', value: 'x\u0000y' }] });
    expect(await store.value('SELECT title FROM bridge.runs WHERE id = $1', run.id)).toBe('a\ufffd');
    const id = await deliverTo(freshKey());
    await route([id], () => ({ ...NOTHING, decisions: [{ deliveryId: id, outcome: 'ignored', reason: 'b\u0000', runIds: [] }] }));
    expect(await store.value('SELECT reason FROM bridge.deliveries WHERE id = $1', id)).toBe('b');
  });
});
