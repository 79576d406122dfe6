import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { toPlace } from '../../src/console/login.ts';
import { checkPassword, makePassword } from '../../src/console/passwords.ts';
import type { Database } from '../../src/store/database.ts';
import { createAccounts } from '../../src/store/sessions.ts';
import { openTestDatabase } from '../support/database.ts';
import { cookieOf, logIn, PASSWORD, postJson, startConsole } from './start-console.ts';
import type { TestConsole } from './start-console.ts';

let database: Database;
let running: TestConsole;

beforeAll(async () => {
  database = await openTestDatabase('embedded');
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.query('DELETE FROM bridge.clock_offset');
  await database.query('DELETE FROM bridge.users');
  await database.query('DELETE FROM bridge.login_failures');
  running = await startConsole({ database });
});
afterEach(() => running.close());

const me = (cookie: string, headers: Record<string, string> = {}) =>
  fetch(`${running.url}/api/v1/me`, { headers: { Cookie: cookie, ...headers } });
const attempt = (password: string, username = 'admin', headers: Record<string, string> = {}) =>
  postJson(`${running.url}/api/v1/login`, { username, password }, headers);
const moveClock = async (minutes: number) => {
  await database.query(
    `INSERT INTO bridge.clock_offset (shift) VALUES (make_interval(mins => $1)) ON CONFLICT (only_row) DO UPDATE SET shift = clock_offset.shift + EXCLUDED.shift`,
    [minutes],
  );
};

describe('the admin account', () => {
  test('is made with a printed password where none is set, by one of several processes that start at once', async () => {
    await database.query('DELETE FROM bridge.users');
    const starters = await Promise.all([1, 2, 3].map(() => startConsole({ database, adminPassword: undefined })));
    const printed = starters.flatMap((starter) => starter.printed);
    expect(printed).toHaveLength(1);
    const password = /password {2}(\S+)/.exec(printed[0] ?? '')?.[1] ?? '';
    expect(password.length).toBeGreaterThanOrEqual(20);
    for (const starter of starters) expect(await logIn(starter, password)).toMatch(/^ib=/);
    await Promise.all(starters.map((starter) => starter.close()));

    const later = await startConsole({ database, adminPassword: undefined });
    expect(later.printed).toEqual([]);
    await later.close();
  });

  test('takes a changed ADMIN_PASSWORD and ends all sessions', async () => {
    const cookie = await logIn(running);
    const changed = await startConsole({ database, adminPassword: 'another long passphrase 7' });
    expect((await me(cookie)).status).toBe(401);
    expect((await attempt(PASSWORD)).status).toBe(401);
    expect((await attempt('another long passphrase 7')).status).toBe(200);
    await changed.close();
  });

  test('keeps its sessions over a restart with the same password', async () => {
    const cookie = await logIn(running);
    const again = await startConsole({ database });
    expect((await me(cookie)).status).toBe(200);
    await again.close();
  });

  test('stores an argon2id hash at the cost that the rules ask for', async () => {
    const user = await createAccounts(database).findUser('admin');
    expect(user?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test.each(['short', 'password1234', 'aaaaaaaaaaaaaaaa', '123456789012', 'Password!!!!!!', 'abcdefghijklm'])(
    'refuses the weak password %s at start',
    async (password) => {
      await expect(startConsole({ database, adminPassword: password })).rejects.toMatchObject({ code: 'console.weak_password' });
    },
  );

  test('never makes a password that it would refuse', () => {
    for (let at = 0; at < 200; at += 1) expect(() => checkPassword(makePassword())).not.toThrow();
  });
});

describe('a session (SEC20)', () => {
  test('has a new id at each login: an id from before is not taken over, and ends', async () => {
    const planted = `ib=${'A'.repeat(43)}`;
    const first = cookieOf(await attempt(PASSWORD, 'admin', { Cookie: planted }));
    expect(first).not.toBe(planted);
    expect((await me(planted)).status).toBe(401);
    const second = cookieOf(await attempt(PASSWORD, 'admin', { Cookie: first }));
    expect(second).not.toBe(first);
    expect((await me(first)).status).toBe(401);
    expect((await me(second)).status).toBe(200);
  });

  test('can’t be used after logging out', async () => {
    const cookie = await logIn(running);
    const out = await postJson(`${running.url}/api/v1/logout`, {}, { Cookie: cookie });
    expect(out.headers.getSetCookie()[0]).toMatch(/^ib=; .*Max-Age=0/);
    expect((await me(cookie)).status).toBe(401);
  });

  test('ends on all devices by logging out everywhere', async () => {
    const [here, there] = [await logIn(running), await logIn(running)];
    await postJson(`${running.url}/api/v1/logout`, { everywhere: true }, { Cookie: here });
    expect((await me(there)).status).toBe(401);
  });

  test('ends after 30 idle minutes; a page that nobody touches does not keep it', async () => {
    const cookie = await logIn(running);
    await moveClock(29);
    expect((await me(cookie)).status).toBe(200);
    await moveClock(29);
    expect((await me(cookie, { 'X-Unattended': '1' })).status).toBe(200);
    await moveClock(2);
    expect((await me(cookie)).status).toBe(401);
  });

  test('ends after 12 hours, however busy', async () => {
    const cookie = await logIn(running);
    for (let quarter = 0; quarter < 47; quarter += 1) {
      await moveClock(15);
      expect((await me(cookie)).status).toBe(200);
    }
    await moveClock(16);
    expect((await me(cookie)).status).toBe(401);
  });

  test('is stored as a hash only', async () => {
    const cookie = await logIn(running);
    const { rows } = await database.query('SELECT id_hash FROM bridge.sessions');
    expect(JSON.stringify(rows)).not.toContain(cookie.slice(3));
    expect((await me(`ib=${String(rows[0]?.['id_hash'])}`)).status).toBe(401);
  });

  test('has a __Host- cookie with Secure where the public address is https, and says so where it is not', async () => {
    expect(running.log.entries.some((entry) => entry.level === 'warn' && entry.message.includes('not https'))).toBe(true);
    const secure = await startConsole({ database, publicUrl: 'https://bridge.example' });
    const login = await postJson(
      `${secure.url}/api/v1/login`,
      { username: 'admin', password: PASSWORD },
      { Origin: 'https://bridge.example' },
    );
    expect(login.headers.getSetCookie()[0]).toMatch(/^__Host-ib=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=43200$/);
    expect(login.headers.get('strict-transport-security')).toContain('max-age=31536000');
    await secure.close();
  });
});

describe('failed logins (SEC19)', () => {
  test('are throttled after five, with the right password too, over a restart, until the window has passed', async () => {
    for (let at = 0; at < 5; at += 1) expect((await attempt('wrong password')).status).toBe(401);
    const throttled = await attempt(PASSWORD);
    expect(throttled.status).toBe(429);
    expect(Number(throttled.headers.get('retry-after'))).toBeGreaterThan(800);
    const restarted = await startConsole({ database });
    expect((await postJson(`${restarted.url}/api/v1/login`, { username: 'admin', password: PASSWORD })).status).toBe(429);
    await restarted.close();
    await moveClock(16);
    expect((await attempt(PASSWORD)).status).toBe(200);
  });

  test('get no more than five checks when they come in parallel', async () => {
    const statuses = (await Promise.all(Array.from({ length: 15 }, () => attempt('wrong password')))).map((response) => response.status);
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(5);
    expect(statuses.every((status) => status === 401 || status === 429)).toBe(true);
  });

  test('are counted by the real address: a forged X-Forwarded-For opens no new window (SEC7)', async () => {
    for (let at = 0; at < 5; at += 1) await attempt('wrong password', 'admin', { 'X-Forwarded-For': `203.0.113.${at}` });
    expect((await attempt(PASSWORD, 'admin', { 'X-Forwarded-For': '203.0.113.99' })).status).toBe(429);
  });

  test('fill the table no further than a cap, whatever names are tried (SEC33)', async () => {
    for (let at = 0; at < 25; at += 1) await attempt('wrong password', `name-${at}`);
    const { rows } = await database.query('SELECT count(*)::integer AS n FROM bridge.login_failures');
    expect(rows[0]?.['n']).toBe(20);
  });

  test('answer the same for unknown users, and cost the same check', async () => {
    const [known, unknown] = [await attempt('wrong password'), await attempt('wrong password', 'nobody')];
    expect([unknown.status, await unknown.text()]).toEqual([known.status, await known.text()]);
  });

  test('are forgiven by a good login', async () => {
    for (let at = 0; at < 4; at += 1) await attempt('wrong password');
    expect((await attempt(PASSWORD)).status).toBe(200);
    for (let at = 0; at < 4; at += 1) expect((await attempt('wrong password')).status).toBe(401);
  });
});

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['::ffff:10.1.2.3', '10.1.2.3'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['', 'unknown'],
])('the address %s counts as the place %s', (address, place) => {
  expect(toPlace(address)).toBe(place);
});
