import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { openQueues } from '../../src/queue/open-queues.ts';
import type { Queues } from '../../src/queue/open-queues.ts';
import type { Database } from '../../src/store/database.ts';
import { seedDelivery, seedRun } from '../console/seed.ts';
import { PASSWORD, startConsole } from '../console/start-console.ts';
import type { TestConsole } from '../console/start-console.ts';
import { seedStory } from '../console/story.ts';
import type { Story } from '../console/story.ts';
import { openTestDatabase } from '../support/database.ts';
import { createRecordingLog } from '../support/log.ts';

const CHROMIUM = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const hasBrowser = existsSync(CHROMIUM);
if (!hasBrowser && process.env['CI']) throw new Error(`Browser tests need Chromium at ${CHROMIUM} (CHROMIUM_PATH)`);
if (!hasBrowser) process.stderr.write(`skipped: no Chromium at ${CHROMIUM}, so the console is not tested in a browser\n`);

/** Markup, scripts, addresses and letters that turn text round: every field that a stranger can fill shows them as they are. */
const HOSTILE = `<img src=x onerror=alert(1)><script>alert(2)</script>"'><svg/onload=alert(3)> {{constructor}} javascript:alert(4) \u202etxt`;

(hasBrowser ? describe : describe.skip)('the console in a browser', () => {
  let browser: Browser;
  let database: Database;
  let queues: Queues;
  let running: TestConsole;
  let story: Story;
  let page: Page;
  let trouble: string[];

  beforeAll(async () => {
    database = await openTestDatabase('embedded');
    const opened = await openQueues({ database, role: 'test', log: createRecordingLog() });
    queues = opened;
    running = await startConsole({ database, boardQueues: () => opened.boardQueues });
    story = await seedStory(database);
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await running.close();
    await queues.close();
    await database.close();
  });

  beforeEach(async () => {
    trouble = [];
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('request', (request) => {
      if (!request.url().startsWith(running.url) && !request.url().startsWith('data:'))
        trouble.push(`asked another host: ${request.url()}`);
    });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) trouble.push(message.text());
    });
    page.on('pageerror', (error) => trouble.push(error.message));
    page.on('dialog', (dialog) => {
      trouble.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    await page.addInitScript(
      `addEventListener('securitypolicyviolation', (event) => console.error('CSP: ' + event.violatedDirective + ' ' + event.blockedURI))`,
    );
  });
  afterEach(async () => {
    await page.close();
    running.commands.length = 0;
    // Neither another host, nor a breach of the policy, nor an error of a script: in no test.
    expect(trouble).toEqual([]);
  });

  async function logIn(path = '/'): Promise<void> {
    await page.goto(running.url + path);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(running.url + path);
  }

  test('a stranger logs in and comes to the page that they asked for', async () => {
    await logIn('/deliveries?outcome=ignored');
    await page.getByRole('heading', { name: 'Deliveries' }).waitFor();
    await page.getByText('A ping: the webhook works').waitFor();
    await page.getByText('admin', { exact: true }).click();
    await page.getByRole('button', { name: 'Log out', exact: true }).click();
    await page.waitForURL(`${running.url}/login`);
  });

  test('a wrong password is said, and `next` never leads to another host', async () => {
    await page.goto(`${running.url}/login?next=//evil.example/x`);
    await page.getByLabel('Password').fill('not the password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').filter({ hasText: 'belong together' }).waitFor();
    // The browser itself reports the 401.
    trouble = trouble.filter((text) => !text.includes('401'));
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.waitForURL(`${running.url}/`);
  });

  test('the overview shows what is open, by itself, and leads to a run’s story', async () => {
    await logIn();
    await page.getByText('Jira refuses our token (401)').waitFor();
    const id = await seedRun(database, { number: 77, state: 'running', title: 'Came in while looking', startedSecondsAgo: 1 });
    await page.getByRole('link', { name: 'Came in while looking' }).waitFor();
    await database.query("UPDATE bridge.runs SET state = 'finished', ended_at = bridge.clock() WHERE id = $1", [id]);
    await page.getByRole('link', { name: 'Latency of search above 800 ms for 10 minutes' }).click();
    const moments = page.getByRole('listitem');
    await moments.filter({ hasText: 'Kathy Lopez pressed Acknowledge, which leads to Acknowledged' }).waitFor();
    await moments.filter({ hasText: 'so it was not done twice' }).waitFor();
    expect(await page.getByRole('link', { name: 'OPS-41' }).first().getAttribute('href')).toBe('https://acme.atlassian.net/browse/OPS-41');
    expect(await page.getByRole('button', { name: 'Cancel run' }).count()).toBe(0);
  });

  test('Retry and Skip act on what failed; Cancel asks first', async () => {
    await logIn(`/runs/${story.parked}`);
    await page.getByRole('button', { name: 'Retry Ticket' }).click();
    await page.getByText('It is being tried again').waitFor();
    await page.getByRole('button', { name: 'Skip Ticket' }).click();
    await page.getByText('Skipped', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.getByRole('button', { name: 'Keep it running' }).click();
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Cancel run' }).click();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByText('The run is being cancelled').waitFor();
    const runId = story.parked;
    expect(running.commands).toEqual([
      { runId, operation: 'retry', action: 'Ticket', by: 'admin' },
      { runId, operation: 'skip', action: 'Ticket', by: 'admin' },
      { runId, operation: 'cancel', by: 'admin' },
    ]);
  });

  test('Replay asks for the delivery to be decided again', async () => {
    await logIn(`/deliveries/${story.deliveries[5] ?? ''}`);
    await page.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('It is decided again').waitFor();
    expect(running.replays).toEqual([{ deliveryId: story.deliveries[5], by: 'admin' }]);
  });

  test('text from outside is shown, never run', async () => {
    const id = await seedRun(database, {
      number: 666,
      state: 'parked',
      title: HOSTILE,
      step: HOSTILE,
      attention: HOSTILE,
      description: HOSTILE,
      startedSecondsAgo: 20,
      url: 'javascript:alert(5)',
      outputs: { A: { ChannelID: 'c', DisplayName: HOSTILE, ChannelName: HOSTILE, URL: 'javascript:alert(6)' } },
      timeline: [
        [0, { kind: 'run_started', playbook: HOSTILE, number: 666, trigger: HOSTILE, title: HOSTILE }],
        [1, { kind: 'action_done', action: HOSTILE, type: 'create_channel', output: { DisplayName: HOSTILE, URL: 'javascript:alert(7)' } }],
        [2, { kind: 'action_failed', action: HOSTILE, type: HOSTILE, error: HOSTILE, code: HOSTILE }],
        [3, { kind: 'signal_noted', signal: HOSTILE, by: HOSTILE, reason: HOSTILE }],
      ],
      effects: [{ action: HOSTILE, change: HOSTILE, state: HOSTILE, at: 1, error: HOSTILE, input: { x: HOSTILE } }],
      references: [['chat.channel', HOSTILE]],
    });
    const delivery = await seedDelivery(database, {
      type: HOSTILE,
      title: HOSTILE,
      reason: HOSTILE,
      source: HOSTILE,
      body: HOSTILE,
      headers: { [HOSTILE]: HOSTILE, 'user-agent': HOSTILE },
    });
    await logIn(`/runs/${id}`);
    const title = page.getByRole('heading', { level: 1 });
    await title.waitFor();
    expect(await title.textContent()).toBe(HOSTILE);
    for (const path of ['/', '/deliveries', `/deliveries/${delivery}`, `/runs/${id}`]) {
      await page.goto(running.url + path);
      await page.getByText('<img src=x onerror').first().waitFor();
      // One picture is ours: the sign in the header.
      expect(await page.locator('img, script:not([src^="/assets/"]), iframe, [onerror], a[href^="javascript"]').count()).toBe(1);
    }
    await database.query('DELETE FROM bridge.runs WHERE id = $1', [id]);
    await database.query('DELETE FROM bridge.deliveries WHERE id = $1', [delivery]);
  });

  test('the queue dashboard shows both queues and can be used', async () => {
    await logIn('/queues/');
    for (const queue of queues.boardQueues) await page.getByText(queue.name).first().waitFor();
    for (const [verb, paused] of [
      ['pause', true],
      ['resume', false],
    ] as const) {
      expect(await page.evaluate(`fetch('/queues/api/queues/${verb}', { method: 'PUT' }).then((response) => response.ok)`)).toBe(true);
      for (const queue of queues.boardQueues) expect(await queue.isPaused()).toBe(paused);
    }
  });

  test('it can be used by keyboard, on a phone, without scrolling sideways', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await logIn();
    for (const path of ['/', `/runs/${story.parked}`, '/deliveries', `/deliveries/${story.deliveries[1] ?? ''}`]) {
      await page.goto(running.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.getByText('Embedded mode').waitFor();
      expect([path, await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')]).toEqual([path, 0]);
    }
    await page.goto(running.url);
    await page.getByText('Open now').waitFor();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
  });
});
