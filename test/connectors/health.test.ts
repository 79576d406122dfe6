import { afterEach, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { Connector, ConnectorDefinition } from '../../src/core/connector.ts';
import { connectors } from '../../src/connectors/index.ts';
import { jira } from '../../src/connectors/jira/index.ts';
import { mattermost } from '../../src/connectors/mattermost/index.ts';
import { pagerduty } from '../../src/connectors/pagerduty/index.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { createTestClock, createTestLog, credentials } from './open-vendors.ts';

let simulator: Simulator;
const opened: Connector[] = [];
const clock = createTestClock();
const context = { clock, log: createTestLog(), publicUrl: 'http://127.0.0.1:1' };
const signal = new AbortController().signal;

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connector) => connector.close()));
  await simulator.close();
});

async function start(): Promise<void> {
  simulator = await startSimulator({ clock });
}
function keep<T extends Connector>(connector: T): T {
  opened.push(connector);
  return connector;
}
const openMattermost = (change: object = {}) =>
  keep(
    mattermost.create(
      mattermost.settings.parse({ url: `${simulator.url}/mattermost/`, token: credentials.mattermost, team: 'ops', ...change }),
      context,
    ),
  );
const openPagerDuty = (change: object = {}) =>
  keep(
    pagerduty.create(
      pagerduty.settings.parse({
        apiUrl: `${simulator.url}/pagerduty`,
        token: credentials.pagerduty,
        from: credentials.from,
        webhookSecret: 'a,b',
        ...change,
      }),
      context,
    ),
  );
const openJira = (change: object = {}) =>
  keep(
    jira.create(
      jira.settings.parse({
        url: `${simulator.url}/jira`,
        token: credentials.jira,
        email: credentials.jiraEmail,
        project: 'OPS',
        ...change,
      }),
      context,
    ),
  );

describe('health', () => {
  test('finds nothing to complain of where all is well', async () => {
    await start();
    const bot = openMattermost({ incidentsChannel: 'war-rooms' });
    await bot.chat?.createChannel.call(
      { name: 'war-rooms', displayName: 'x', header: '', purpose: '', private: false, ifExists: 'fail' },
      { marker: 'ib-x', signal },
    );
    for (const connector of [bot, openPagerDuty(), openJira()]) {
      const findings = await connector.health(signal);
      expect(findings.filter(({ ok }) => !ok)).toEqual([]);
      expect(findings.length).toBeGreaterThan(2);
    }
  });

  test.each([
    ['a wrong bot token', () => openMattermost({ token: 'wrong' }), 'credentials', 'MATTERMOST_TOKEN'],
    ['an unknown team', () => openMattermost({ team: 'nobody' }), 'team nobody', 'MATTERMOST_TEAM'],
    ['a missing channel', () => openMattermost({ incidentsChannel: 'gone' }), 'channel gone', 'MATTERMOST_INCIDENTS_CHANNEL'],
    ['a wrong API key', () => openPagerDuty({ token: 'wrong' }), 'credentials', 'PAGERDUTY_TOKEN'],
    ['an unknown service user', () => openPagerDuty({ from: 'kathy@example.test' }), 'user kathy@example.test', 'PAGERDUTY_FROM'],
    ['no webhook secret', () => openPagerDuty({ webhookSecret: undefined }), 'webhook secret', 'PAGERDUTY_WEBHOOK_SECRET'],
    ['a wrong Jira token', () => openJira({ token: 'wrong' }), 'credentials', 'JIRA_TOKEN'],
    ['an unknown project', () => openJira({ project: 'NONE' }), 'project NONE', 'JIRA_PROJECT'],
    ['a server that is not there', () => openJira({ url: 'http://127.0.0.1:1' }), 'credentials', 'JIRA_URL'],
  ])('%s: says which setting to change', async (_name, open, what, setting) => {
    await start();
    const findings = await open().health(signal);
    expect(findings.filter(({ ok }) => !ok)).toMatchObject([{ what, advice: expect.stringContaining(setting) }]);
  });
});

describe('the list', () => {
  test('has each id once, and every setting says its variable', () => {
    expect(new Set(connectors.map(({ id }) => id)).size).toBe(connectors.length);
    const Meta = z.object({
      env: z.string().regex(/^[A-Z_]+$/),
      label: z.string().min(1),
      help: z.string().min(1),
      secret: z.boolean().optional(),
    });
    for (const { id, settings } of connectors satisfies readonly ConnectorDefinition[]) {
      for (const field of Object.values<z.ZodType>(settings.shape)) {
        const meta = Meta.parse(field.meta());
        expect(meta.env.startsWith(`${id.toUpperCase()}_`)).toBe(true);
        expect(meta.secret ?? false).toBe(/TOKEN|SECRET|KEY/.test(meta.env));
      }
    }
  });

  test('Jira without its account says so at once', async () => {
    await start();
    expect(() => openJira({ email: undefined })).toThrow('JIRA_EMAIL');
  });
});
