import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { makeEvent } from '../engine/make-run.ts';
import { closeStore, makeDelivery, openStore, storeKinds, type TestStore } from './open-store.ts';

describe.each(storeKinds())('deliveries on %s', (kind) => {
  let store: TestStore;
  beforeAll(async () => {
    store = await openStore(kind);
  });
  afterAll(() => closeStore(store));
  const insert = (more: Parameters<typeof makeDelivery>[1]) => store.deliveries.insert(makeDelivery(makeEvent('triggered'), more));

  it('are taken once for each delivery key of a source', async () => {
    expect(await insert({ deliveryKey: 'k1' })).toBe(true);
    expect(await insert({ deliveryKey: 'k1' })).toBe(false);
    expect(await insert({ deliveryKey: 'k1', source: 'jira' })).toBe(true);
  });

  it('are taken once for each event, whichever subscription sent it', async () => {
    expect(await insert({ eventKey: 'e1' })).toBe(true);
    expect(await insert({ eventKey: 'e1' })).toBe(false);
    expect(await insert({ eventKey: 'e1', source: 'jira' })).toBe(true);
    expect(await insert({ eventKey: undefined })).toBe(true);
    expect(await insert({ eventKey: undefined })).toBe(true);
  });

  it('of one event that come 50 times at once are taken once', async () => {
    const eventKey = randomUUID();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, index) => insert({ eventKey, deliveryKey: `${eventKey}-${index % 10}` })),
    );
    expect(results.filter(Boolean)).toHaveLength(1);
  });

  it('are kept byte by byte, with NUL and lone surrogates in their fields', async () => {
    const body = Buffer.from([0, 255, 128, 10, 0]);
    const bad = 'a\u0000\ud800';
    const event = makeEvent('triggered', 0, { key: bad, fields: { Title: bad, Vendor: { [bad]: bad } } });
    const delivery = makeDelivery(event, { body, deliveryKey: bad, eventKey: bad, headers: { 'x-one': bad } });
    expect(await store.deliveries.insert(delivery)).toBe(true);
    expect(await store.value('SELECT body FROM bridge.deliveries WHERE id = $1', delivery.id)).toEqual(body);
    expect(await store.value('SELECT correlation_key FROM bridge.deliveries WHERE id = $1', delivery.id)).toBe('a\ufffd');
  });

  it('that the database refuses hurt nobody that came with them', async () => {
    const good = Array.from({ length: 5 }, () => makeDelivery(makeEvent('triggered')));
    const bad = makeDelivery(makeEvent('triggered'), { occurredAt: 'no time' });
    const results = await Promise.allSettled([...good.slice(0, 2), bad, ...good.slice(2)].map((one) => store.deliveries.insert(one)));
    expect(results.map((one) => one.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  });

  it('of which nothing is left to decide are decided as they come', async () => {
    const delivery = makeDelivery(undefined, { decided: { outcome: 'ignored', reason: 'a ping' } });
    await store.deliveries.insert(delivery);
    expect(await store.value(`SELECT state || ' ' || outcome || ' ' || reason FROM bridge.deliveries WHERE id = $1`, delivery.id)).toBe(
      'decided ignored a ping',
    );
    expect(await store.value('SELECT decided_at IS NOT NULL FROM bridge.deliveries WHERE id = $1', delivery.id)).toBe(true);
  });

  it('have no answer until they are decided, and none at all when they are unknown', async () => {
    expect(await store.deliveries.readAnswer(await store.deliver(undefined))).toBeUndefined();
    expect(await store.deliveries.readAnswer(randomUUID())).toBeUndefined();
  });
});
