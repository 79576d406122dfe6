import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { generalSettings, loadConfig, settingsOf, type ConfigSource } from '../src/config.ts';
import { connectors } from '../src/connectors/index.ts';

const KEY = 'k3JmQ8Zr2vX5tY7uB9nL1pW4sD6fG0hA';
const PAGERDUTY = { PAGERDUTY_TOKEN: 'u+token', PAGERDUTY_FROM: 'bridge@example.test' };
const folder = mkdtempSync(join(tmpdir(), 'bridge-config-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const load = (env: Record<string, string>, more: Partial<ConfigSource> = {}) => loadConfig({ env, role: 'all', ...more }, connectors);
function problems(env: Record<string, string>, more: Partial<ConfigSource> = {}): readonly string[] {
  const loaded = load(env, more);
  return loaded.ok ? [] : loaded.problems.map((one) => `${one.variable}: ${one.message}`);
}
function config(env: Record<string, string>, more: Partial<ConfigSource> = {}) {
  const loaded = load(env, more);
  if (!loaded.ok) throw new Error(loaded.problems.map((one) => `${one.variable}: ${one.message}`).join('\n'));
  return loaded.config;
}

describe('the configuration', () => {
  it('needs nothing to be set, and then no connector is configured', () => {
    expect(config({})).toMatchObject({ PORT: 3000, DATA_DIR: 'data', LOG_LEVEL: 'info', role: 'all' });
    expect(config({}).connectors.size).toBe(0);
  });

  it('is refused with all of its problems at once, each with its variable', () => {
    const found = problems({
      PORT: 'eighty',
      PUBLIC_URL: 'bridge.example',
      DATABASE_URL: 'mysql://x',
      REDIS_URL: 'http://x',
      ADMIN_PASSWORD: 'short',
      SECRET_KEY: 'changeme',
      LOG_LEVEL: 'loud',
      ENGINE_LEASE_MS: '5',
      PAGERDUTY_TOKEN: 'x',
    });
    const names = found.map((one) => one.split(':')[0]);
    for (const name of [
      'PORT',
      'PUBLIC_URL',
      'DATABASE_URL',
      'REDIS_URL',
      'ADMIN_PASSWORD',
      'LOG_LEVEL',
      'ENGINE_LEASE_MS',
      'PAGERDUTY_FROM',
    ]) {
      expect(names).toContain(name);
    }
  });

  it.each([
    ['an example', 'changeme-changeme-changeme-changeme'],
    ['too short', 'abc'],
    ['with a short one among several', `${KEY},abc`],
  ])('refuses a secret key that is %s', (_what, SECRET_KEY) => {
    expect(problems({ SECRET_KEY })).toEqual([expect.stringContaining('SECRET_KEY: needs at least 32 random characters')]);
    expect(problems({ SECRET_KEY }).join()).not.toContain(SECRET_KEY);
  });

  it('takes several keys while they are changed, and a good password', () => {
    expect(problems({ SECRET_KEY: `${KEY},${KEY}x`, ADMIN_PASSWORD: 'correct horse battery' })).toEqual([]);
    expect(problems({ ADMIN_PASSWORD: 'password1234567' })).toEqual([expect.stringContaining('ADMIN_PASSWORD')]);
  });

  it('takes a trailing slash off our own address', () => {
    expect(config({ PUBLIC_URL: 'https://bridge.example//' }).PUBLIC_URL).toBe('https://bridge.example');
  });

  it('treats an empty variable as one that is not set', () => {
    expect(config({ PORT: '', DATABASE_URL: '', SECRET_KEY_FILE: '' }).PORT).toBe(3000);
  });

  it('says what several processes need in common', () => {
    expect(problems({}, { role: 'worker' }).map((one) => one.split(':')[0])).toEqual(['DATABASE_URL', 'SECRET_KEY']);
    expect(problems({ DATABASE_URL: 'postgres://x/y', SECRET_KEY: KEY }, { role: 'web' })).toEqual([]);
    expect(problems({ REDIS_URL: 'redis://x' })).toEqual([expect.stringContaining('REDIS_URL: needs DATABASE_URL too')]);
  });

  it('takes failpoints in tests only', () => {
    expect(problems({ FAILPOINT: 'release.before' })).toEqual([expect.stringContaining('FAILPOINT')]);
    expect(problems({ FAILPOINT: 'release.before', NODE_ENV: 'test' })).toEqual([]);
  });
});

describe('a connector', () => {
  it('is configured once its settings are there', () => {
    expect(config(PAGERDUTY).connectors.get('pagerduty')).toMatchObject({ token: 'u+token', from: 'bridge@example.test' });
  });

  it('that is half configured is a problem that names what is missing and what it is for', () => {
    expect(problems({ PAGERDUTY_TOKEN: 'x' })).toEqual([expect.stringMatching(/^PAGERDUTY_FROM: is missing: PagerDuty needs it\. .+/)]);
    expect(problems({ ...PAGERDUTY, PAGERDUTY_FROM: 'nobody' })).toEqual([expect.stringContaining('PAGERDUTY_FROM')]);
  });

  it.each(connectors.map((one) => [one.id, one] as const))('%s says of each setting what it is', (_id, definition) => {
    for (const setting of settingsOf(definition)) {
      expect(setting.env).toMatch(/^[A-Z][A-Z0-9_]+$/);
      expect(setting.label).not.toBe('');
      expect(setting.help.length).toBeGreaterThan(10);
      if (/TOKEN|SECRET|PASSWORD/.test(setting.env)) expect(setting.secret).toBe(true);
    }
  });

  it('shares no variable with another one or with the general settings', () => {
    const all = [...generalSettings().map((one) => one.env), ...connectors.flatMap((one) => settingsOf(one).map((setting) => setting.env))];
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });
});

describe('a *_FILE twin', () => {
  it('gives the value from a file, without the line’s end', () => {
    const path = file('key', `${KEY}\n`);
    expect(config({ SECRET_KEY_FILE: path }).SECRET_KEY).toBe(KEY);
    expect(config({ ...PAGERDUTY, PAGERDUTY_TOKEN: '', PAGERDUTY_TOKEN_FILE: path }).connectors.get('pagerduty')).toMatchObject({
      token: KEY,
    });
  });

  it('beside the variable itself, or of a file that can’t be read, is a problem', () => {
    expect(problems({ SECRET_KEY: KEY, SECRET_KEY_FILE: file('other', KEY) })).toEqual([
      'SECRET_KEY_FILE: is set beside SECRET_KEY; use one of them',
    ]);
    expect(problems({ SECRET_KEY_FILE: join(folder, 'nowhere') })).toEqual([expect.stringMatching(/^SECRET_KEY_FILE: can't be read/)]);
  });
});

describe('a configuration file', () => {
  it('has the names of the environment, which wins', () => {
    const path = file('bridge.yaml', 'PORT: 8080\nLOG_LEVEL: warn\nPAGERDUTY_TOKEN: t\nPAGERDUTY_FROM: bridge@example.test\n');
    const loaded = config({ LOG_LEVEL: 'debug' }, { file: path });
    expect([loaded.PORT, loaded.LOG_LEVEL]).toEqual([8080, 'debug']);
    expect(loaded.connectors.has('pagerduty')).toBe(true);
  });

  it('with a name that is none is refused, with the nearest one', () => {
    const path = file('typo.yaml', 'PROT: 8080\nNOTHING_LIKE_THAT_AT_ALL: 1\n');
    expect(problems({}, { file: path })).toEqual([
      expect.stringMatching(/^PROT: .*did you mean PORT\?$/),
      expect.stringMatching(/^NOTHING_LIKE_THAT_AT_ALL: .*is not a setting$/),
    ]);
  });

  it.each([
    ['that is not there', 'missing.yaml', undefined],
    ['that is no YAML', 'bad.yaml', 'a: [1'],
    ['that holds a list', 'list.yaml', '- 1'],
    ['whose value is a group', 'group.yaml', 'PORT: { a: 1 }'],
  ])('%s is one problem, not a throw', (_what, name, text) => {
    const path = text === undefined ? join(folder, name) : file(name, text);
    expect(problems({}, { file: path })).toEqual([expect.stringMatching(/^--config: /)]);
  });
});
