import { test } from '@jest/globals';
import { chromium } from 'playwright-core';
import { startConsole, PASSWORD, calmStatus } from '../console/start-console.ts';
import { seedStory } from '../console/story.ts';
import { Queue } from 'bullmq';

test('shots', async () => {
  const running = await startConsole({ simulatedChatUrl: 'http://localhost:8065/', boardQueues: (db) => [new Queue('runs', { connection: { pool: db.pool } } as never)] as never }).catch(async (e) => { console.log(String(e)); return startConsole({ simulatedChatUrl: 'http://localhost:8065/' }); });
  const story = await seedStory(running.database);
  running.status = { ...calmStatus, connectors: calmStatus.connectors.map((c) => (c.id === 'jira' ? { ...c, connection: { circuit: 'open', pausedBecause: 'Check JIRA_TOKEN.', inFlight: 0 } } : c)) };
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  for (const [name, width, height, colorScheme] of [['desk-light', 1280, 900, 'light'], ['desk-dark', 1280, 900, 'dark'], ['phone-light', 390, 844, 'light'], ['phone-dark', 390, 844, 'dark']] as const) {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    page.on('console', (m) => console.log(name, m.type(), m.text()));
    page.on('pageerror', (e) => console.log(name, 'pageerror', e.message));
    page.on('request', (r) => { if (!r.url().startsWith(running.url)) console.log('EXTERNAL', r.url()); });
    await page.goto(running.url);
    await page.waitForTimeout(300);
    await page.screenshot({ path: `/tmp/shot-${name}-login.png` });
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('Open now').waitFor();
    await page.waitForTimeout(500);
    await page.screenshot({ path: `/tmp/shot-${name}-runs.png`, fullPage: true });
    for (const [what, path] of [['parked', `/runs/${story.parked}`], ['finished', `/runs/${story.finished}`], ['deliveries', '/deliveries'], ['delivery', `/deliveries/${story.deliveries[5]}`], ['queues', '/queues/'], ['empty', '/?state=attention&x']] as const) {
      await page.goto(running.url + path);
      await page.waitForTimeout(900);
      await page.screenshot({ path: `/tmp/shot-${name}-${what}.png`, fullPage: true });
    }
    await page.close();
  }
  await browser.close();
  await running.close();
}, 120000);
