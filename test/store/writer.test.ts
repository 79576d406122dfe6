import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { EffectRow } from '../../src/core/store.ts';
import { closeStore, makeEntry, openStore, storeKinds, type TestStore } from './open-store.ts';

const effect = (state: EffectRow['state'], more: Partial<EffectRow> = {}): EffectRow => ({
  key: 'Card-1',
  action: 'Card',
  change: 'chat.post',
  state,
  input: { text: 'one' },
  ...more,
});

describe.each(storeKinds())('the group writer on %s', (kind) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openStore(kind);
  });
  afterAll(() => closeStore(store));
  const column = (name: string, id: string) => store.value(`SELECT ${name} FROM bridge.runs WHERE id = $1`, id);
  const effectRow = (id: string) =>
    store.value(`SELECT state || ' ' || input || ' ' || coalesce(output, '') || ' ' || attempts FROM bridge.effects WHERE run_id = $1`, id);

  it('writes for the epoch that holds the lease, and for no other one', async () => {
    const run = await store.startRun();
    const doc = { ...run.doc, step: 'B', attention: 'look' };
    expect(await store.runs.write(makeEntry({ ...run, doc }))).toEqual({ held: true, released: false, wakeSeq: run.wakeSeq });
    const stale = makeEntry(
      { ...run, epoch: '0', doc: { ...doc, step: 'C' } },
      { effects: [effect('intended')], timeline: [{ kind: 'parked', reason: 'x' }] },
    );
    expect(await store.runs.write(stale)).toMatchObject({ held: false });
    expect(await column('step', run.id)).toBe('B');
    expect(await column('attention', run.id)).toBe('look');
    expect(await store.value('SELECT count(*)::int FROM bridge.effects WHERE run_id = $1', run.id)).toBe(0);
    expect(await store.value(`SELECT count(*)::int FROM bridge.timeline WHERE run_id = $1 AND kind = 'parked'`, run.id)).toBe(0);
  });

  it('lets the lease go only at the wake_seq that was seen', async () => {
    const run = await store.startRun();
    const dueAt = '2030-01-01T00:00:00.000Z';
    expect(await store.runs.write(makeEntry(run, { releaseAt: '99', dueAt }))).toMatchObject({ held: true, released: false });
    expect(await column('owner', run.id)).toBe('me');
    expect(await store.runs.write(makeEntry(run, { releaseAt: run.wakeSeq, dueAt }))).toMatchObject({ held: true, released: true });
    expect(await column('owner', run.id)).toBeNull();
    expect(await column('due_at', run.id)).toEqual(new Date(dueAt));
  });

  it('keeps a run due while it is held, so that the end of its owner is noticed', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry(run, { dueAt: '2030-01-01T00:00:00.000Z' }));
    expect(await store.value('SELECT due_at <= bridge.clock() FROM bridge.runs WHERE id = $1', run.id)).toBe(true);
  });

  it('never overwrites an end state', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry({ ...run, doc: { ...run.doc, state: 'finished' } }));
    const endedAt = await column('ended_at', run.id);
    await store.runs.write(makeEntry({ ...run, doc: { ...run.doc, state: 'running' } }));
    expect(await column('state', run.id)).toBe('finished');
    expect(await column('ended_at', run.id)).toEqual(endedAt);
    expect(await column('due_at', run.id)).toBeNull();
  });

  it('never overwrites an effect that is done', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry(run, { effects: [effect('intended')] }));
    await store.runs.write(makeEntry(run, { effects: [effect('done', { output: { id: 'p1' } })] }));
    await store.runs.write(makeEntry(run, { effects: [effect('intended', { input: { text: 'two' } })] }));
    expect(await effectRow(run.id)).toBe('done {"text":"one"} {"id":"p1"} 1');
  });

  it('keeps what was sent last of an effect that is tried again', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry(run, { effects: [effect('intended')] }));
    await store.runs.write(makeEntry(run, { effects: [effect('refused', { error: 'busy' })] }));
    await store.runs.write(makeEntry(run, { effects: [effect('intended', { input: { text: 'two' } })] }));
    expect(await effectRow(run.id)).toBe('intended {"text":"two"}  2');
  });

  it('takes the last of several states of one effect in one entry', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry(run, { effects: [effect('refused'), effect('intended')] }));
    expect(await effectRow(run.id)).toBe('intended {"text":"one"}  1');
  });

  it('writes hundreds of runs at once, each by its own epoch', async () => {
    const runs = await Promise.all(Array.from({ length: 120 }, () => store.startRun()));
    const results = await Promise.all(
      runs.map((run, index) =>
        store.runs.write(makeEntry(index % 3 === 0 ? { ...run, epoch: '0' } : run, { effects: [effect('intended')] })),
      ),
    );
    expect(results.map((one) => one.held)).toEqual(runs.map((_run, index) => index % 3 !== 0));
  });

  it('writes two entries of one run one after the other, in order', async () => {
    const run = await store.startRun();
    const steps = ['B', 'C', 'D'];
    await Promise.all(steps.map((step) => store.runs.write(makeEntry({ ...run, doc: { ...run.doc, step } }))));
    expect(await column('step', run.id)).toBe('D');
  });

  it('lets a value that the database refuses hurt only its own entry', async () => {
    const runs = await Promise.all(Array.from({ length: 7 }, () => store.startRun()));
    const results = await Promise.allSettled(
      runs.map((run, index) =>
        store.runs.write(makeEntry({ ...run, doc: { ...run.doc, step: 'B' } }, index === 3 ? { dueAt: 'not a time' } : {})),
      ),
    );
    expect(results.map((one) => one.status)).toEqual(runs.map((_run, index) => (index === 3 ? 'rejected' : 'fulfilled')));
    for (const [index, run] of runs.entries()) expect(await column('step', run.id)).toBe(index === 3 ? 'A' : 'B');
  });

  it('stores NUL and lone surrogates wherever text from outside may stand', async () => {
    const run = await store.startRun();
    const bad = 'a\u0000b\ud800c';
    const signal = { seq: '0', outcome: bad, deliveryId: undefined, text: bad };
    const entry = makeEntry(
      { ...run, doc: { ...run.doc, attention: bad, outputs: { X: { [bad]: bad } } } },
      {
        effects: [effect('failed', { input: bad, output: bad, error: bad })],
        references: [{ kind: 'chat.post', value: bad }],
        echoes: [{ effectKey: 'E', reference: { kind: 'chat.post', value: bad }, eventType: 'x', actorId: bad }],
        timeline: [{ kind: 'parked', reason: bad }],
        signals: [signal],
      },
    );
    expect(await store.runs.write(entry)).toMatchObject({ held: true });
    expect(await column('attention', run.id)).toBe('ab\ufffdc');
  });

  it('cuts error text to 2000 characters', async () => {
    const run = await store.startRun();
    await store.runs.write(
      makeEntry({ ...run, doc: { ...run.doc, attention: 'x'.repeat(9000) } }, { effects: [effect('failed', { error: 'y'.repeat(9000) })] }),
    );
    expect(await store.value('SELECT length(attention) FROM bridge.runs WHERE id = $1', run.id)).toBe(2000);
    expect(await store.value('SELECT length(error) FROM bridge.effects WHERE run_id = $1', run.id)).toBe(2000);
  });

  it('marks when a run was acknowledged and resolved, the first time', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry(run, { marks: ['acknowledged'] }));
    const first = await column('acknowledged_at', run.id);
    await store.runs.write(makeEntry(run, { marks: ['acknowledged', 'resolved'] }));
    expect(first).toBeInstanceOf(Date);
    expect(await column('acknowledged_at', run.id)).toEqual(first);
    expect(await column('resolved_at', run.id)).toBeInstanceOf(Date);
  });

  it('answers a presser, and tells whoever waits for it', async () => {
    const heard: string[] = [];
    const told = new Promise<void>((resolve) => {
      void store.database.listen('bridge_outcome', (id) => {
        heard.push(id);
        resolve();
      });
    });
    const run = await store.startRun();
    const id = await store.deliver(undefined, { door: 'button', event: {}, correlationKey: `run:${run.id}` });
    await store.runs.write(makeEntry(run, { signals: [{ seq: '0', outcome: 'late', deliveryId: id, text: 'Too late.' }] }));
    expect(await store.deliveries.readAnswer(id)).toBe('Too late.');
    await told;
    expect(heard).toEqual([id]);
  });
});
