import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { z } from 'zod';
import { createPage, type PageIncident } from '../../src/simulator/page/page.ts';
import { startIntegration, startMattermost } from '../support/simulated-mattermost.ts';

const stateSchema = z.looseObject({
  channels: z.array(z.looseObject({ name: z.string() })),
  posts: z.array(z.looseObject({ message: z.string() })),
  ephemerals: z.array(z.looseObject({ text: z.string() })),
  incidents: z.array(z.looseObject({ id: z.string(), status: z.string() })),
  issues: z.array(z.looseObject({ key: z.string() })),
});

let sim: Awaited<ReturnType<typeof startMattermost>>;
let integration: Awaited<ReturnType<typeof startIntegration>>;
let page: Awaited<ReturnType<typeof startIntegration>>;
let presses: string[];

beforeEach(async () => {
  sim = await startMattermost();
  presses = [];
  const incident: PageIncident = {
    id: 'Q1',
    number: 1,
    title: 'Checkout is down',
    status: 'triggered',
    urgency: 'high',
    createdAt: '2026-07-01T12:00:00Z',
    lastStatusChangeAt: '2026-07-01T12:00:00Z',
    lastStatusChangeBy: { summary: 'Maya Okafor' },
  };
  const router = createPage({
    mattermost: sim.mattermost,
    pagerduty: {
      incidents: () => [incident],
      trigger: ({ title, urgency }) => presses.push(`trigger ${title} ${urgency}`),
      acknowledge: (id, email) => presses.push(`acknowledge ${id} ${email}`),
      resolve() {
        throw new Error('Incident Q1 is resolved.');
      },
    },
    jira: { snapshot: () => ({ issues: [{ key: 'OPS-1', summary: 'Checkout', status: 'To Do' }, 'unreadable'] }) },
    subscribe: () => () => undefined,
  });
  const app = express();
  app.use(router);
  page = await startIntegration((request, response) => void app(request, response));
  integration = await startIntegration((_request, response) => void response.json({ ephemeral_text: 'only for you' }));
});
afterEach(async () => {
  await page.close();
  await integration.close();
  await sim.close();
});

async function readState(channel: string) {
  return stateSchema.parse(await (await fetch(`${page.url}/sim/api/state?channel=${channel}`)).json());
}

async function send(path: string, body: unknown) {
  const response = await fetch(`${page.url}/sim/api${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: z.looseObject({}).parse(await response.json()) };
}

describe('the page of the simulator', () => {
  it('serves itself and names no other host', async () => {
    const response = await fetch(page.url);
    const html = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(html).not.toMatch(/(?:src|href)="(?!\/sim\/ui\/|#)/);
    for (const [, file] of html.matchAll(/(?:src|href)="(\/sim\/ui\/[^"]+)"/g))
      expect((await fetch(`${page.url}${file}`)).status).toBe(200);
  });

  it('shows the open channel, the incidents and the issues that can be read', async () => {
    await sim.mattermost.postAs('alice', 'incidents', 'hello');
    const state = await readState('incidents');
    expect(state.posts.map((post) => post.message)).toEqual(['hello']);
    expect(state.channels.map((channel) => channel.name)).toContain('incidents');
    expect(state.incidents).toMatchObject([{ id: 'Q1', status: 'triggered', changedBy: 'Maya Okafor' }]);
    expect(state.issues).toMatchObject([{ key: 'OPS-1', status: 'To Do' }]);
  });

  it('presses buttons, writes and joins as the chosen person', async () => {
    const channel = await sim.get('GET', '/teams/name/ops/channels/name/incidents');
    const actions = [{ id: 'ack', name: 'Acknowledge', type: 'button', integration: { url: integration.url } }];
    const post = await sim.get('POST', '/posts', { channel_id: channel['id'], message: '', props: { attachments: [{ actions }] } });
    expect(await send('/click', { user: 'bob', postId: post['id'], label: 'Acknowledge' })).toMatchObject({
      status: 200,
      body: { status: 200, ephemeral: 'only for you' },
    });
    expect((await readState('incidents')).ephemerals).toMatchObject([{ user: 'bob', text: 'only for you' }]);

    expect((await send('/post', { user: 'kathy', channel: 'incidents', text: 'I look' })).status).toBe(201);
    expect(await send('/join', { user: 'dave', channel: 'incidents' })).toMatchObject({
      status: 409,
      body: { message: 'You do not have the appropriate permissions.' },
    });
  });

  it('hands PagerDuty what was pressed, and its refusals to the person', async () => {
    await send('/incidents', { title: 'Search is slow', urgency: 'low' });
    await send('/incidents/Q1/acknowledge', { email: 'maya@example.test' });
    const refused = await send('/incidents/Q1/resolve', { email: 'maya@example.test' });
    expect(presses).toEqual(['trigger Search is slow low', 'acknowledge Q1 maya@example.test']);
    expect(refused).toMatchObject({ status: 409, body: { message: 'Incident Q1 is resolved.' } });
  });
});
