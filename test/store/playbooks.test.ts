import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { closeStore, openStore, storeKinds, type TestStore } from './open-store.ts';

describe.each(storeKinds())('playbook versions on %s', (kind) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openStore(kind);
  });
  afterAll(() => closeStore(store));

  it('are made once for each document, and the last one saved is in force', async () => {
    const first = await store.playbooks.save('one', { name: 'one', v: 1 });
    const second = await store.playbooks.save('one', { name: 'one', v: 2 });
    expect(await store.playbooks.save('one', { name: 'one', v: 1 })).toBe(first);
    expect(second).not.toBe(first);
    const active = await store.playbooks.loadActive();
    expect(active.find((one) => one.name === 'one')).toEqual({ id: first, name: 'one', document: { name: 'one', v: 1 } });
    expect((await store.playbooks.loadVersion(second))?.document).toEqual({ name: 'one', v: 2 });
  });

  it('keep their runs’ numbers when the version changes', async () => {
    const before = (await store.startRun()).number;
    await store.playbooks.save('test', { name: 'test', v: 2 });
    expect((await store.startRun()).number).toBe(before + 1);
  });

  it('go out of force when they are not named any more, and stay readable', async () => {
    const id = await store.playbooks.save('old', { name: 'old' });
    await store.playbooks.retire(['test', 'one']);
    expect((await store.playbooks.loadActive()).map((one) => one.name)).not.toContain('old');
    expect(await store.playbooks.loadVersion(id)).toMatchObject({ name: 'old' });
    await store.playbooks.save('old', { name: 'old' });
    expect((await store.playbooks.loadActive()).map((one) => one.name)).toContain('old');
  });

  it('are the same when two processes save them at once', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => store.playbooks.save('race', { name: 'race' })));
    expect(new Set(ids).size).toBe(1);
  });

  it('are unknown under an id that was never given', async () => {
    expect(await store.playbooks.loadVersion('999999')).toBeUndefined();
  });
});
