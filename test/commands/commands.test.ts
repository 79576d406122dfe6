import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { simulatedSettings } from '../../src/commands/simulate.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { runCommand, startCommand } from '../support/run-command.ts';

const SECRET = 'command-test-webhook-secret';
const PASSWORD = 'correct-horse-battery';
const SAMPLE = 'test/fixtures/pagerduty/samples/incident.triggered.json';

let folder: string;
let simulator: Simulator;
let settings: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bridge-commands-'));
  simulator = await startSimulator({ pagerdutyWebhookSecrets: [SECRET] });
  settings = { ...simulatedSettings(simulator.url, SECRET), DATA_DIR: join(folder, 'data'), ADMIN_PASSWORD: PASSWORD, LOG_LEVEL: 'warn' };
});

afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a wrong call', () => {
  test('an unknown command shows the commands and answers 2', async () => {
    const { code, err } = await runCommand(['strat']);
    expect(code).toBe(2);
    expect(err).toContain('start [--role all|web|worker]');
  });

  test('an unknown option names the usage and answers 2', async () => {
    const { code, err } = await runCommand(['start', '--rolle', 'web']);
    expect(code).toBe(2);
    expect(err).toContain('Usage: incident-bridge start');
  });

  test('every wrong setting is named at once, with what to do', async () => {
    const { code, err } = await runCommand(['start'], {
      PORT: 'many',
      JIRA_URL: 'https://x.example',
      REDIS_URL: 'redis://127.0.0.1:1',
      ADMIN_PASSWORD: 'short',
    });
    expect(code).toBe(1);
    for (const variable of ['PORT', 'JIRA_TOKEN', 'JIRA_PROJECT', 'REDIS_URL', 'ADMIN_PASSWORD']) expect(err).toContain(variable);
  });

  test('a broken playbook stops the start with file, line and column', async () => {
    const playbooks = mkdtempSync(join(folder, 'playbooks-'));
    writeFileSync(
      join(playbooks, 'broken.yaml'),
      'name: broken\ntriggers: [{ name: T, type: pagerduty }]\nsteps:\n  - name: One\n    start_actions:\n      - { name: A, type: pots, message: hi }\n',
    );
    const { code, err } = await runCommand(['start'], {
      DATA_DIR: join(folder, 'broken'),
      PORT: '0',
      PLAYBOOKS_DIR: playbooks,
      LOG_LEVEL: 'silent',
    });
    expect(code).toBe(1);
    expect(err).toMatch(/broken\.yaml:6:\d+ .*"pots" \(did you mean "post"\?\)/);
  }, 60_000);

  test('the port taken by somebody else is a clear end, not a hang', async () => {
    const port = new URL(simulator.url).port;
    const { code, err } = await runCommand(['start'], { ...settings, DATA_DIR: join(folder, 'taken'), HOST: '127.0.0.1', PORT: port });
    expect(code).toBe(1);
    expect(err).toContain('EADDRINUSE');
  }, 60_000);
});

describe('doctor', () => {
  test('finds the simulated vendors well', async () => {
    const { code, out } = await runCommand(['doctor'], settings);
    expect(out).toContain('All is well.');
    expect(code).toBe(0);
  });

  test('names what to change for wrong credentials, and shows no secret', async () => {
    const { code, out } = await runCommand(['doctor'], { ...settings, JIRA_TOKEN: 'canary-wrong-token', MATTERMOST_TEAM: 'nobody' });
    expect(code).toBe(1);
    expect(out).toMatch(/✗ .*\n\s+→ .*JIRA_TOKEN/);
    expect(out).toContain('MATTERMOST_TEAM');
    expect(out).not.toContain('canary-wrong-token');
  });
});

describe('a running bridge', () => {
  test('takes a delivered sample, a replay and a start by hand, and ends cleanly', async () => {
    const bridge = startCommand(['start'], { ...settings, PORT: '0', HOST: '127.0.0.1' });
    const [, url = ''] = await bridge.until(/is ready: (http:\S+)/);
    const to = ['--to', url];
    const ledger = (effect: string) => simulator.ledger.filter((entry) => entry.effect === effect).length;
    const happened = (effect: string, times: number) =>
      new Promise<void>((resolve, reject) => {
        const end = (): void => {
          stop();
          clearTimeout(late);
        };
        const look = (): void => {
          if (ledger(effect) < times) return;
          end();
          resolve();
        };
        const late = setTimeout(() => {
          end();
          reject(new Error(`${effect} happened ${String(ledger(effect))} times, not ${String(times)}`));
        }, 20_000);
        const stop = simulator.subscribe(look);
        look();
      });
    try {
      const delivered = await runCommand(['deliver', SAMPLE, ...to], settings);
      expect(delivered.code).toBe(0);
      expect(delivered.out).toContain('"status":202');
      await happened('channel.created', 1);

      const again = await runCommand(['deliver', SAMPLE, '--as-is', ...to], settings);
      expect(again.out).toContain('"status":202');
      const twice = await runCommand(['deliver', SAMPLE, '--as-is', ...to], settings);
      expect(twice.out).toContain('"status":200');
      await happened('channel.created', 2);

      const byHand = await runCommand(['playbook', 'run', 'pagerduty_incident', ...to], settings);
      expect(byHand.code).toBe(0);
      await happened('channel.created', 3);
      const unknown = await runCommand(['playbook', 'run', 'no_such', ...to], settings);
      expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('There is no playbook "no_such"') });

      const id = /"id":"([0-9a-f-]+)"/.exec(delivered.out)?.[1] ?? '';
      const replayed = await runCommand(['replay', id, ...to], settings);
      expect(replayed.code).toBe(0);
      const wrong = await runCommand(['replay', id, ...to], { ...settings, ADMIN_PASSWORD: 'another-password' });
      expect(wrong.code).toBe(1);

      const second = await runCommand(['start'], { ...settings, PORT: '0', HOST: '127.0.0.1' });
      expect(second).toMatchObject({ code: 1, err: expect.stringContaining(String(bridge.child.pid)) });
    } finally {
      bridge.child.kill('SIGTERM');
    }
    expect((await bridge.ended).code).toBe(0);
  }, 90_000);
});
