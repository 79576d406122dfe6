import { setImmediate as turn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { NewDelivery } from '../../src/core/store.ts';
import { MAX_BYTES, openIngest, pagerDutyBody, sign, type IngestOptions } from './open-ingest.ts';

let ingest: Awaited<ReturnType<typeof openIngest>>;
const open = async (options?: IngestOptions) => (ingest = await openIngest(options));
afterEach(() => ingest.close());

describe('an event door', () => {
  it('verifies, then parses, then stores, then answers, then wakes', async () => {
    const { send, steps, stored, woken } = await open();
    const { status, body } = await send(pagerDutyBody(), { 'x-webhook-id': 'w1', cookie: 'secret' });
    expect(status).toBe(202);
    expect(body).toEqual({ status: 'stored', id: stored[0]?.id });
    expect(steps).toEqual(['verify', 'parse', 'insert', 'wake']);
    expect(woken).toEqual([stored[0]?.id]);
    expect(stored[0]).toMatchObject({
      source: 'pagerduty',
      door: 'event',
      deliveryKey: 'w1',
      eventKey: 'EVT1',
      correlationKey: 'pagerduty:PINC1',
    });
    expect(stored[0]?.body.toString()).toBe(pagerDutyBody());
    expect(stored[0]?.headers).not.toHaveProperty('cookie');
  });

  it('answers 200 to what it had already, and wakes nobody', async () => {
    const { send, woken } = await open();
    await send(pagerDutyBody(), { 'x-webhook-id': 'w1' });
    const again = await send(pagerDutyBody(), { 'x-webhook-id': 'w1' });
    expect([again.status, again.body]).toEqual([200, { status: 'duplicate' }]);
    expect(woken).toHaveLength(1);
  });

  it('answers only after the store has taken it', async () => {
    let take: (isNew: boolean) => void = () => undefined;
    let asked: () => void = () => undefined;
    const reached = new Promise<void>((resolve) => (asked = resolve));
    const { send } = await open({
      insert: () =>
        new Promise((resolve) => {
          take = resolve;
          asked();
        }),
    });
    let answered = false;
    const sent = send(pagerDutyBody()).finally(() => (answered = true));
    await reached;
    for (let turns = 0; turns < 20; turns += 1) await turn();
    expect(answered).toBe(false);
    take(true);
    expect((await sent).status).toBe(202);
  });

  it('asks the sender to try again when it can’t be stored', async () => {
    const { send, woken, log } = await open({ insert: () => Promise.reject(new Error('database down')) });
    const { status, headers, text } = await send(pagerDutyBody());
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(text).not.toContain('database down');
    expect(woken).toEqual([]);
    expect(log.entries).toContainEqual(expect.objectContaining({ level: 'error' }));
  });

  it('asks the sender to try again while its secret is not configured', async () => {
    const { send, steps } = await open({ secrets: [] });
    expect((await send(pagerDutyBody())).status).toBe(503);
    expect(steps).toEqual([]);
  });

  it.each([
    ['no signature', { 'x-pagerduty-signature': '' }],
    ['another secret’s', { 'x-pagerduty-signature': sign(pagerDutyBody(), 'other') }],
    ['another body’s', { 'x-pagerduty-signature': sign(`${pagerDutyBody()} `) }],
    ['no hex', { 'x-pagerduty-signature': 'v1=zz' }],
  ])('refuses %s without a write', async (_what, headers) => {
    const { send, steps, refused } = await open();
    const { status, body } = await send(pagerDutyBody(), headers);
    expect([status, body]).toEqual([401, { error: 'the signature does not match' }]);
    expect(steps).toEqual(['verify']);
    expect(refused).toHaveLength(1);
  });

  it('takes either secret while they are changed', async () => {
    const { send } = await open({ secrets: ['old', 'new'] });
    expect(
      (await send(pagerDutyBody('E1'), { 'x-pagerduty-signature': sign(pagerDutyBody('E1'), 'old'), 'x-webhook-id': '1' })).status,
    ).toBe(202);
    expect(
      (await send(pagerDutyBody('E2'), { 'x-pagerduty-signature': sign(pagerDutyBody('E2'), 'new'), 'x-webhook-id': '2' })).status,
    ).toBe(202);
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['text', { 'content-type': 'text/plain' }],
    ['something that begins like JSON', { 'content-type': 'application/json-patch+json' }],
    ['a compressed body', { 'content-encoding': 'gzip' }],
    ['multipart', { 'content-type': 'multipart/form-data; boundary=x' }],
  ])('refuses %s before it looks at the signature', async (_what, headers) => {
    const { send, steps } = await open();
    const body = 'content-encoding' in headers ? gzipSync(pagerDutyBody()) : pagerDutyBody();
    expect((await send(body, headers)).status).toBe(415);
    expect(steps).toEqual([]);
  });

  it.each([['application/json; charset=utf-8'], ['Application/JSON']])('takes %s', async (type) => {
    const { send } = await open();
    expect((await send(pagerDutyBody(), { 'content-type': type })).status).toBe(202);
  });

  it.each([
    ['a door that is none', 'POST', '/hooks/nobody'],
    ['a trailing slash', 'POST', '/hooks/pagerduty/'],
    ['another case', 'POST', '/hooks/PagerDuty'],
    ['two slashes', 'POST', '/hooks//pagerduty'],
    ['an encoded letter', 'POST', '/hooks/p%61gerduty%2e'],
    ['a GET', 'GET', '/hooks/pagerduty'],
    ['buttons where there are none', 'POST', '/hooks/pagerduty/actions'],
  ])('is not opened by %s', async (_what, method, path) => {
    const { url, steps } = await open();
    const response = await fetch(`${url}${path}`, { method, ...(method === 'POST' ? { body: pagerDutyBody() } : {}) });
    expect(response.status).toBe(404);
    expect(steps).toEqual([]);
  });

  it.each([
    ['no JSON', 'hello {'],
    ['an empty list', '[]'],
    ['null', 'null'],
    ['a number', '17'],
    ['no event', '{}'],
    ['deep lists', `{"event":${'['.repeat(8000)}${']'.repeat(8000)}}`],
    ['__proto__', pagerDutyBody().replace('"title":"Disk full"', '"__proto__":{"polluted":1},"title":"x"')],
    ['constructor.prototype', pagerDutyBody().replace('"title":"Disk full"', '"constructor":{"prototype":{"polluted":1}},"title":"x"')],
    ['a byte-order mark', `\ufeff${pagerDutyBody()}`],
    ['an event type of tomorrow', pagerDutyBody().replace('incident.triggered', 'incident.teleported')],
    ['NUL', pagerDutyBody('E', 'a\u0000b')],
    ['a lone surrogate', pagerDutyBody().replace('Disk full', '\\ud800')],
    ['a title that is a list', pagerDutyBody('E', ['x'])],
  ])('keeps a verified body that holds %s, and answers 202', async (_what, body) => {
    const { send, stored } = await open();
    expect((await send(body)).status).toBe(202);
    expect(stored[0]?.body.toString()).toBe(body);
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  it('keeps UTF-16 and other bytes as they are, as unreadable', async () => {
    const { send, stored } = await open();
    const bytes = Buffer.from(pagerDutyBody(), 'utf16le');
    expect((await send(bytes)).status).toBe(202);
    expect(stored[0]).toMatchObject({ body: bytes, decided: { outcome: 'unreadable' } });
  });

  it('stores 50 equal ones at once as one', async () => {
    const { send, stored } = await open();
    const all = await Promise.all(Array.from({ length: 50 }, () => send(pagerDutyBody(), { 'x-webhook-id': 'w1' })));
    expect(all.filter((one) => one.status === 202)).toHaveLength(1);
    expect(all.filter((one) => one.status === 200)).toHaveLength(49);
    expect(stored).toHaveLength(1);
  });

  it('is busy above its number of requests at once, and free again after them', async () => {
    const waiting: ((isNew: boolean) => void)[] = [];
    let full: () => void = () => undefined;
    const twoHeld = new Promise<void>((resolve) => (full = resolve));
    const { send } = await open({
      maxInFlight: 2,
      insert: (_delivery: NewDelivery) =>
        new Promise((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 2) full();
        }),
    });
    const held = [send(pagerDutyBody('E1')), send(pagerDutyBody('E2'))];
    await twoHeld;
    expect((await send(pagerDutyBody('E3'))).status).toBe(503);
    for (const take of waiting) take(true);
    expect((await Promise.all(held)).map((one) => one.status)).toEqual([202, 202]);
    const later = send(pagerDutyBody('E4'));
    await Promise.race([later, turn()]);
    while (waiting.length < 3) await turn();
    waiting[2]?.(true);
    expect((await later).status).toBe(202);
  });
});

describe('a body that is too big', () => {
  const head = (more: string): string => `POST /hooks/pagerduty HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${more}\r\n\r\n`;

  it('is refused by its announced length before it is read, and the connection ends', async () => {
    const { sendRaw, steps } = await open();
    const answer = await sendRaw(head('Content-Length: 100000000'));
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/connection: close/i);
    expect(steps).toEqual([]);
  });

  it('is refused at the limit where it comes in chunks without end, and the connection ends', async () => {
    const { sendRaw, steps } = await open();
    const chunk = 'x'.repeat(5000);
    const answer = await sendRaw(head('Transfer-Encoding: chunked'), (write) => {
      for (let size = 0; size <= MAX_BYTES; size += chunk.length) write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toMatch(/connection: close/i);
    expect(steps).toEqual([]);
  });

  it('is one above the limit; one at the limit is taken', async () => {
    const { send } = await open();
    const body = pagerDutyBody();
    const at = body + ' '.repeat(MAX_BYTES - body.length);
    expect((await send(at)).status).toBe(202);
    expect((await send(`${at} `)).status).toBe(413);
  });
});

describe('a button’s door', () => {
  const TOKEN = { run: '7d9b1c52-6f0e-4f7c-9d2a-3c5b8a1e4f60', action: 'Card', visit: 1, to: 'Taken', label: 'Take', channel: 'c1' };
  const press = (body: object, headers = {}) => ingest.send(JSON.stringify(body), headers, '/hooks/chat/actions');
  const CLICK = { token: 'ours', user: 'u1', channel: 'c1' };

  it('stores the click without its token, waits for the outcome and answers with it', async () => {
    const { stored, woken } = await open({ token: TOKEN, answer: 'Too late.' });
    const { status, body } = await press(CLICK);
    expect([status, body]).toEqual([200, { ephemeral_text: 'Too late.' }]);
    expect(stored[0]).toMatchObject({
      door: 'button',
      correlationKey: `run:${TOKEN.run}`,
      event: { runId: TOKEN.run, click: { action: 'Card', to: 'Taken', personId: 'u1' } },
    });
    expect(JSON.stringify(stored[0])).not.toContain('ours');
    expect(stored[0]?.body.toString()).not.toContain('ours');
    expect(woken).toEqual([stored[0]?.id]);
  });

  it('answers with nothing when the click has moved the run', async () => {
    await open({ token: TOKEN, answer: '' });
    expect((await press(CLICK)).body).toEqual({});
  });

  it.each([
    ['a token that is not ours', { ...CLICK, token: 'forged' }, {}],
    ['no token', { user: 'u1', channel: 'c1' }, {}],
    ['no JSON type', CLICK, { 'content-type': 'text/plain' }],
    ['deep nesting', deepList(), {}],
  ])('refuses %s with 401 and no write', async (_what, body, headers) => {
    const { steps, refused } = await open({ token: TOKEN });
    expect((await press(body, headers)).status).toBe(401);
    expect(steps).toEqual([]);
    expect(refused).toEqual(['chat: a button callback without our token']);
  });

  it('refuses a token that was made for another channel, keeps the try and tells the presser', async () => {
    const { stored, woken } = await open({ token: { ...TOKEN, channel: 'c2' } });
    expect((await press(CLICK)).body).toEqual({ ephemeral_text: 'This button belongs to another channel.' });
    expect(stored[0]?.decided).toMatchObject({ outcome: 'refused' });
    expect(woken).toEqual([]);
  });

  it('takes 50 equal presses at once as one', async () => {
    const { stored } = await open({ token: TOKEN, answer: '' });
    const all = await Promise.all(Array.from({ length: 50 }, () => press(CLICK)));
    expect(all.every((one) => one.status === 200)).toBe(true);
    expect(all.filter((one) => one.body['ephemeral_text'] === 'This press was taken already.')).toHaveLength(49);
    expect(stored).toHaveLength(1);
  });

  it('asks to try again when the click can’t be stored', async () => {
    await open({ token: TOKEN, insert: () => Promise.reject(new Error('down')) });
    expect((await press(CLICK)).status).toBe(503);
  });
});

function deepList(): object {
  let list: unknown[] = [];
  for (let depth = 0; depth < 3000; depth += 1) list = [list];
  return list;
}
