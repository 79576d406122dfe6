import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { routes } from '../../src/console/api/routes.ts';
import { pages } from '../../src/console/pages.ts';
import { mayUse, ROLES } from '../../src/console/roles.ts';
import { getJson, logIn, postJson, startConsole } from './start-console.ts';
import type { TestConsole } from './start-console.ts';

const CSP =
  "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;connect-src 'self';frame-ancestors 'none';base-uri 'none';form-action 'self'";

let running: TestConsole;
let cookie: string;
beforeAll(async () => {
  running = await startConsole();
  cookie = await logIn(running);
});
afterAll(() => running.close());

const addressOf = (path: string) => `${running.url}/api/v1${path.replace(':id', randomUUID())}`;
const changing = routes.filter((route) => route.method !== 'get');
const send = (path: string, headers: Record<string, string>, body = '{}') =>
  fetch(path, { method: 'POST', headers: { Cookie: cookie, ...headers }, body, redirect: 'manual' });

describe('a request that another site may have caused (SEC21)', () => {
  const bad: [string, () => Record<string, string>][] = [
    ['no Origin', () => ({ 'Content-Type': 'application/json' })],
    ['a foreign Origin', () => ({ 'Content-Type': 'application/json', Origin: 'https://evil.example' })],
    ['a null Origin', () => ({ 'Content-Type': 'application/json', Origin: 'null' })],
    [
      'our Origin, but sent across sites',
      () => ({ 'Content-Type': 'application/json', Origin: running.url, 'Sec-Fetch-Site': 'cross-site' }),
    ],
    ['a sibling’s page', () => ({ 'Content-Type': 'application/json', Origin: running.url, 'Sec-Fetch-Site': 'same-site' })],
    ['a form', () => ({ 'Content-Type': 'application/x-www-form-urlencoded', Origin: running.url })],
    ['plain text', () => ({ 'Content-Type': 'text/plain', Origin: running.url })],
  ];
  test.each(changing.flatMap((route) => bad.map(([name, headers]) => [route.path, name, headers] as const)))(
    'POST %s with %s is refused',
    async (path, _name, headers) => {
      expect((await send(addressOf(path), headers())).status).toBe(403);
    },
  );

  test('is refused by the queue dashboard too', async () => {
    for (const origin of [undefined, 'https://evil.example']) {
      const response = await fetch(`${running.url}/queues/api/queues/pause`, {
        method: 'PUT',
        headers: { Cookie: cookie, ...(origin === undefined ? {} : { Origin: origin }) },
      });
      expect(response.status).toBe(403);
    }
  });

  test('has done nothing', () => {
    expect([running.commands, running.replays]).toEqual([[], []]);
  });
});

describe('who may call what (SEC22)', () => {
  test.each(routes.map((route) => [route.method, route.path, route] as const))(
    '%s %s needs the role that stands beside it',
    async (method, path, route) => {
      const address = addressOf(path);
      const response = method === 'get' ? await fetch(address) : await postJson(address, {});
      if (route.access === 'anyone') expect(response.status).not.toBe(401);
      else expect(response.status).toBe(401);
    },
  );

  test('only logging in is open to anyone', () => {
    expect(routes.filter((route) => route.access === 'anyone').map((route) => route.path)).toEqual(['/login']);
    expect(pages.filter((page) => page.access === 'anyone').map((page) => page.path)).toEqual(['/login']);
  });

  test('each role may what the lesser ones may, and no more', () => {
    const caller = (role: (typeof ROLES)[number]) => ({ userId: '', username: '', role });
    for (const [has, role] of ROLES.entries()) {
      for (const [needs, access] of ROLES.entries()) expect(mayUse(access, caller(role))).toBe(has >= needs);
      expect(mayUse(role, undefined)).toBe(false);
    }
  });

  test('a lesser role is refused by the route itself', async () => {
    await running.database.query("UPDATE bridge.users SET role = 'viewer'");
    const response = await postJson(addressOf('/runs/:id/operate'), { operation: 'cancel' }, { Cookie: cookie });
    const board = await fetch(`${running.url}/queues/`, { headers: { Cookie: cookie, Accept: 'text/html' } });
    await running.database.query("UPDATE bridge.users SET role = 'admin'");
    expect([response.status, board.status]).toEqual([403, 403]);
    expect(running.commands).toEqual([]);
  });

  test('what no table names is refused to strangers and unknown to others', async () => {
    for (const path of ['/api/v1/secrets', '/api/v1/', '/api/v1/RUNS', '/api/v1/runs/../users']) {
      expect((await fetch(running.url + path)).status).toBe(401);
      expect((await fetch(running.url + path, { headers: { Cookie: cookie } })).status).toBe(404);
    }
    expect(
      (
        await fetch(`${running.url}/api/v1/runs`, {
          method: 'DELETE',
          headers: { Origin: running.url, 'Content-Type': 'application/json' },
        })
      ).status,
    ).toBe(401);
  });

  test('pages and the queue dashboard send strangers to the login and back', async () => {
    for (const path of ['/', `/runs/${randomUUID()}`, '/deliveries', '/queues/', '/queues/static/js/x.js', '/queues/api/queues']) {
      const response = await fetch(running.url + path, { redirect: 'manual', headers: { Accept: 'text/html' } });
      expect([response.status, response.headers.get('location')]).toEqual([302, `/login?next=${encodeURIComponent(path)}`]);
    }
    expect((await fetch(`${running.url}/queues/api/queues`, { headers: { Accept: 'application/json' } })).status).toBe(401);
  });

  test('other paths pass through to the rest of the app', async () => {
    const response = await fetch(`${running.url}/hooks/pagerduty`, { method: 'POST' });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-security-policy')).not.toBe(CSP);
  });
});

test('pages, assets and API carry the headers (SEC14)', async () => {
  for (const path of ['/login', '/', '/assets/theme.css', '/api/v1/me', '/api/v1/unknown']) {
    const { headers } = await fetch(running.url + path, { headers: { Cookie: cookie } });
    expect([path, headers.get('content-security-policy')]).toEqual([path, CSP]);
    expect([headers.get('x-content-type-options'), headers.get('referrer-policy')]).toEqual(['nosniff', 'no-referrer']);
    expect(headers.get('cache-control')).toBe(path.startsWith('/assets') ? 'no-cache' : 'no-store');
  }
});

test('the login page works without a session, and its files too; nothing beside them is served', async () => {
  expect(await (await fetch(`${running.url}/login`)).text()).toContain('<form id="login"');
  expect((await fetch(`${running.url}/assets/login.js`)).headers.get('etag')).toBeTruthy();
  for (const path of ['/assets/../create-console.ts', '/assets/%2e%2e/create-console.ts', '/assets/..%2f..%2f..%2fpackage.json']) {
    expect((await fetch(running.url + path)).status).not.toBe(200);
  }
});

test('no page and no sheet of ours names another host or has anything inline', async () => {
  for (const path of ['/login', '/', '/assets/theme.css', '/assets/app.js', '/queues/']) {
    const text = await (await fetch(running.url + path, { headers: { Cookie: cookie } })).text();
    expect([path, /(?:src|href)="(?:https?:)?\/\/|@import|url\(['"]?http|fonts\.g/.exec(text)]).toEqual([path, null]);
    if (path !== '/queues/') expect(/<style|style="|<script(?![^>]*src=)|\son\w+="/.exec(text)).toBeNull();
  }
});

test('bad input is a 400 that names the field', async () => {
  const response = await postJson(addressOf('/runs/:id/operate'), { operation: 'explode', extra: 1 }, { Cookie: cookie });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({
    code: 'request.invalid',
    issues: expect.arrayContaining([expect.objectContaining({ field: 'operation' })]),
  });
  expect((await postJson(`${running.url}/api/v1/runs/not-a-uuid/operate`, { operation: 'cancel' }, { Cookie: cookie })).status).toBe(400);
  expect((await send(addressOf('/logout'), { 'Content-Type': 'application/json', Origin: running.url }, '{"everywhere"')).status).toBe(400);
  expect(
    (await send(addressOf('/logout'), { 'Content-Type': 'application/json', Origin: running.url }, `{"x":"${'a'.repeat(20_000)}"}`)).status,
  ).toBe(413);
});

test('commands go to the engine with the name of who pressed; a refusal is a 409 with its reason', async () => {
  const id = randomUUID();
  expect(
    (await postJson(`${running.url}/api/v1/runs/${id}/operate`, { operation: 'retry', action: 'Ticket' }, { Cookie: cookie })).status,
  ).toBe(202);
  expect(running.commands).toEqual([{ runId: id, operation: 'retry', action: 'Ticket', by: 'admin' }]);
  running.answer = { accepted: false, reason: 'the run has ended' };
  const refused = await postJson(`${running.url}/api/v1/deliveries/${id}/replay`, {}, { Cookie: cookie });
  expect([refused.status, await refused.json()]).toEqual([409, { code: 'delivery.not_accepted', message: 'the run has ended' }]);
  expect(running.replays).toEqual([{ deliveryId: id, by: 'admin' }]);
});

test('an unchanged answer costs a 304', async () => {
  const first = await fetch(`${running.url}/api/v1/runs`, { headers: { Cookie: cookie } });
  const again = await fetch(`${running.url}/api/v1/runs`, {
    headers: { Cookie: cookie, 'If-None-Match': first.headers.get('etag') ?? '' },
  });
  expect([again.status, await again.text()]).toEqual([304, '']);
  expect(Date.parse(again.headers.get('x-bridge-now') ?? '')).not.toBeNaN();
});

test('a plain address is told to the administrator', async () => {
  expect(JSON.stringify(await getJson(`${running.url}/api/v1/status`, cookie))).toContain('PUBLIC_URL is not https');
});

test('nothing was logged at error', () => {
  expect(running.log.entries.filter((entry) => entry.level === 'error')).toEqual([]);
});
