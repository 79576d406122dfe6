import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ClaimedRun } from '../../src/core/store.ts';
import { closeStore, LEASE_MS, makeEntry, openStore, storeKinds, type TestStore } from './open-store.ts';

describe.each(storeKinds())('runs on %s', (kind) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openStore(kind);
  });
  afterAll(() => closeStore(store));
  const letGo = async (run: ClaimedRun): Promise<void> => {
    await store.runs.write(makeEntry(run, { releaseAt: run.wakeSeq, dueAt: undefined }));
  };
  const claimOne = async (id: string): Promise<ClaimedRun | undefined> => (await store.runs.claim([id], 'you', LEASE_MS))[0];

  it('are claimed by one at a time, each time with a higher epoch', async () => {
    const run = await store.startRun();
    expect(await claimOne(run.id)).toBeUndefined();
    await letGo(run);
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.runs.claim([run.id], 'you', LEASE_MS)));
    const taken = claims.flat();
    expect(taken).toHaveLength(1);
    expect(Number(taken[0]?.epoch)).toBe(Number(run.epoch) + 1);
  });

  it('are claimed from an owner whose lease has run out, who can then write nothing', async () => {
    const run = await store.startRun();
    await store.database.query(`UPDATE bridge.runs SET lease_until = bridge.clock() - interval '1 s' WHERE id = $1`, [run.id]);
    const next = await claimOne(run.id);
    expect(next?.id).toBe(run.id);
    expect(await store.runs.write(makeEntry(run))).toMatchObject({ held: false });
    expect(await store.runs.renew([run], LEASE_MS)).toEqual(new Set());
  });

  it('are left out when they have ended or do not exist', async () => {
    const run = await store.startRun();
    await store.runs.write(makeEntry({ ...run, doc: { ...run.doc, state: 'cancelled' } }, { releaseAt: run.wakeSeq }));
    expect(await store.runs.claim([run.id, randomUUID()], 'you', LEASE_MS)).toEqual([]);
  });

  it('come with their effects, their waiting signals in order, and the database’s time', async () => {
    const run = await store.startRun();
    await store.runs.write(
      makeEntry(run, { effects: [{ key: 'Card-1', action: 'Card', change: 'chat.post', state: 'intended', input: { text: 'one' } }] }),
    );
    const operator = (by: string) => JSON.stringify({ kind: 'operator', operation: 'retry', by });
    await store.database.query(
      `INSERT INTO bridge.signals (run_id, kind, body, outcome) VALUES ($1, 'operator', $2, ''), ($1, 'operator', $3, 'moved'), ($1, 'operator', $4, '')`,
      [run.id, operator('a'), operator('b'), operator('c')],
    );
    await letGo(run);
    const claimed = await claimOne(run.id);
    expect(claimed?.effects).toEqual([expect.objectContaining({ key: 'Card-1', state: 'intended', input: { text: 'one' } })]);
    expect(claimed?.effects[0]?.intendedAt).toBeInstanceOf(Date);
    expect(claimed?.signals.map((one) => one.signal)).toEqual([expect.objectContaining({ by: 'a' }), expect.objectContaining({ by: 'c' })]);
    expect(Math.abs((claimed?.now.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('come with many signals in the order of their arrival', async () => {
    const run = await store.startRun();
    const people = Array.from({ length: 120 }, (_, index) => `p${index}`);
    for (const by of people) {
      await store.database.query(`INSERT INTO bridge.signals (run_id, kind, body) VALUES ($1, 'operator', $2)`, [
        run.id,
        JSON.stringify({ kind: 'operator', operation: 'retry', by }),
      ]);
    }
    const { signals } = await store.runs.loadSignals(run.id);
    expect(signals.map(({ signal }) => signal.kind === 'operator' && signal.by)).toEqual(people);
  });

  it('keep their lease by renewing it, by the epoch that holds it only', async () => {
    const [mine, other] = await Promise.all([store.startRun(), store.startRun()]);
    const kept = await store.runs.renew([mine, { ...other, epoch: '99' }], LEASE_MS * 10);
    expect(kept).toEqual(new Set([mine.id]));
    expect(await store.value(`SELECT lease_until > bridge.clock() + interval '2 min' FROM bridge.runs WHERE id = $1`, mine.id)).toBe(true);
  });

  it('say when something came for them', async () => {
    const [quiet, called] = await Promise.all([store.startRun(), store.startRun()]);
    await store.database.query('UPDATE bridge.runs SET wake_seq = wake_seq + 1 WHERE id = $1', [called.id]);
    expect(await store.runs.findNews([quiet, called])).toEqual([called.id]);
    expect((await store.runs.loadSignals(called.id)).wakeSeq).toBe(String(Number(called.wakeSeq) + 1));
  });

  it('are let go without a word at shutdown, and are due at once', async () => {
    const run = await store.startRun();
    await store.runs.release([run, { id: randomUUID(), epoch: '1' }]);
    expect(await store.value('SELECT owner IS NULL AND due_at <= bridge.clock() FROM bridge.runs WHERE id = $1', run.id)).toBe(true);
  });

  it('are put aside with a reason by the epoch that holds them only', async () => {
    const run = await store.startRun();
    await store.runs.park(run.id, '99', 'no');
    expect(await store.value('SELECT state FROM bridge.runs WHERE id = $1', run.id)).toBe('running');
    await store.runs.park(run.id, run.epoch, 'a fault\u0000');
    expect(await store.value(`SELECT state || ' ' || attention FROM bridge.runs WHERE id = $1`, run.id)).toBe('parked a fault');
  });
});
