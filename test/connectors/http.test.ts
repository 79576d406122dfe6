import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { createConnection } from '../../src/connectors/connection.ts';
import { createHttpClient, type HttpClient, type HttpRequest } from '../../src/connectors/http.ts';
import { NO_COMPLAINT } from '../../src/connectors/vendor-error.ts';
import { createTestClock, createTestLog, failureOf } from './open-vendors.ts';

let answer: (request: IncomingMessage, response: ServerResponse) => void = (_request, response) => {
  response.end('{}');
};
let seen: IncomingMessage[] = [];
let client: HttpClient;
let url = '';
const server = createServer((request, response) => {
  seen.push(request);
  request.resume();
  request.on('end', () => {
    answer(request, response);
  });
});

beforeEach(async () => {
  seen = [];
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/base` : '';
  client = open(url);
});
afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function open(baseUrl: string, totalTimeoutMs = 10_000): HttpClient {
  const clock = createTestClock();
  return createHttpClient({
    baseUrl,
    headers: { Authorization: 'Bearer s3cret' },
    connection: createConnection({ id: 'acme', concurrency: 4, clock, log: createTestLog(), limits: { failuresInARow: 1_000 } }),
    dialect: {
      id: 'acme',
      label: 'Acme',
      credentialSettings: 'ACME_TOKEN',
      urlSetting: 'ACME_URL',
      secrets: ['s3cret'],
      readComplaint: () => NO_COMPLAINT,
    },
    clock,
    sockets: 4,
    connectTimeoutMs: 300,
    totalTimeoutMs,
    maxResponseBytes: 1_000,
  });
}

function call(change: Partial<HttpRequest<unknown>> = {}) {
  return client.request({
    method: 'GET',
    path: '/things',
    idempotent: true,
    signal: new AbortController().signal,
    schema: z.unknown(),
    ...change,
  });
}
async function reopen(totalTimeoutMs: number): Promise<void> {
  await client.close();
  client = open(url, totalTimeoutMs);
}
const post = (change: Partial<HttpRequest<unknown>> = {}) => call({ method: 'POST', body: { a: 1 }, idempotent: false, ...change });

describe('a good answer', () => {
  test('comes parsed, with its headers', async () => {
    answer = (_request, response) => void response.setHeader('X-One', '1').end('{"id":7}');
    const { status, body, header } = await call({ schema: z.object({ id: z.number() }), query: { a: 'b c&d' } });
    expect({ status, body, one: header('x-one') }).toEqual({ status: 200, body: { id: 7 }, one: '1' });
    expect(seen[0]?.url).toBe('/base/things?a=b+c%26d');
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer s3cret', accept: 'application/json' });
  });

  test('may be empty', async () => {
    answer = (_request, response) => void response.writeHead(204).end();
    expect(await call()).toMatchObject({ status: 204, body: undefined });
  });

  test('uses the same sockets again', async () => {
    answer = (_request, response) => void response.end('{}');
    for (let number = 0; number < 10; number += 1) await (number % 2 ? post() : call());
    expect(new Set(seen.map(({ socket }) => socket)).size).toBeLessThanOrEqual(2);
    expect(seen[1]?.headers['content-type']).toBe('application/json');
  });
});

describe('trouble', () => {
  test('an answer that never comes is ended in time', async () => {
    answer = () => {};
    await reopen(200);
    expect(await failureOf(call())).toMatchObject({ kind: 'retryable', code: 'acme.timeout' });
    expect(await failureOf(post())).toMatchObject({ kind: 'in_doubt', code: 'acme.timeout' });
  });

  test('a body that never ends is ended in time', async () => {
    answer = (_request, response) => void response.write('{"a":');
    await reopen(200);
    expect(await failureOf(post())).toMatchObject({ kind: 'in_doubt', code: 'acme.timeout' });
  });

  test('a dropped connection leaves a change in doubt', async () => {
    answer = (request) => void request.socket.destroy();
    expect(await failureOf(post())).toMatchObject({ kind: 'in_doubt', code: 'acme.connection_lost' });
    expect(seen).toHaveLength(1);
    expect(await failureOf(call())).toMatchObject({ kind: 'retryable' });
  });

  test('no listener: nothing was sent', async () => {
    await client.close();
    client = open('http://127.0.0.1:1');
    expect(await failureOf(post())).toMatchObject({ kind: 'retryable', code: 'acme.unreachable' });
  });

  test('a page of a proxy is no answer', async () => {
    answer = (_request, response) => void response.end('<html>welcome</html>');
    expect(await failureOf(post())).toMatchObject({ kind: 'in_doubt', code: 'acme.unreadable_answer' });
    answer = (_request, response) => void response.end('{"id":"no number"}');
    expect(await failureOf(call({ schema: z.object({ id: z.number() }) }))).toMatchObject({
      kind: 'retryable',
      code: 'acme.unreadable_answer',
    });
  });

  test('a huge body is cut off', async () => {
    answer = (_request, response) => void response.end(JSON.stringify('x'.repeat(100_000)));
    expect(await failureOf(call())).toMatchObject({ kind: 'retryable' });
  });

  test('a redirect is not followed, and the token goes nowhere else', async () => {
    answer = (_request, response) => void response.writeHead(302, { Location: 'http://127.0.0.1:1/steal' }).end();
    expect(await failureOf(call())).toMatchObject({
      kind: 'config',
      code: 'acme.redirected',
      message: expect.stringContaining('ACME_URL'),
    });
    expect(seen).toHaveLength(1);
  });

  test('a path can not lead to another host', async () => {
    await expect(failureOf(Promise.resolve().then(() => call({ path: '//evil.example' })))).resolves.toBeInstanceOf(TypeError);
    await expect(failureOf(Promise.resolve().then(() => call({ path: 'http://evil.example/' })))).resolves.toBeInstanceOf(TypeError);
    expect(seen).toHaveLength(0);
  });

  test('Retry-After is obeyed, garbage in it is not', async () => {
    answer = (_request, response) => void response.writeHead(429, { 'Retry-After': '3' }).end('limit exceeded');
    expect(await failureOf(post())).toMatchObject({ kind: 'retryable', code: 'acme.rate_limited', retryAfterMs: 3_000 });
    answer = (_request, response) => void response.writeHead(503, { 'Retry-After': 'later' }).end();
    expect(await failureOf(post())).toMatchObject({ kind: 'in_doubt', code: 'acme.http_503' });
  });

  test('what we stop is stopped', async () => {
    answer = () => {};
    const stop = new AbortController();
    const failure = failureOf(post({ signal: stop.signal }));
    while (seen.length === 0) await new Promise(setImmediate);
    stop.abort();
    expect(await failure).toMatchObject({ code: 'acme.aborted' });
  });
});
