import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { createCaller, type Caller } from '../support/vendor-caller.ts';

let directory: string;
let simulator: Simulator;
let control: Caller;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'simulator-'));
  simulator = await startSimulator({ ledgerFile: join(directory, 'ledger.jsonl') });
  control = createCaller(`${simulator.url}/control`, {});
});
afterEach(async () => {
  await simulator.close();
  rmSync(directory, { recursive: true });
});

describe('the control API', () => {
  it('triggers and changes incidents in the name of a person', async () => {
    expect(await control('POST', '/pagerduty/trigger', { title: 'Disk full', urgency: 'low', id: 'Q1' })).toMatchObject({
      status: 201,
      body: { id: 'Q1', urgency: 'low' },
    });
    expect(await control('POST', '/pagerduty/incidents/Q1/acknowledge', { userId: 'PUSR003' })).toMatchObject({
      status: 200,
      body: { status: 'acknowledged' },
    });
    expect((await control('POST', '/pagerduty/incidents/Q1/acknowledge')).status).toBe(409);
    expect((await control('POST', '/pagerduty/incidents/Q1/resolve')).status).toBe(200);
    expect((await control('POST', '/pagerduty/incidents/Q1/explode')).status).toBe(404);
    expect((await control('POST', '/pagerduty/trigger', {})).status).toBe(400);
    expect(await control('GET', '/ledger')).toMatchObject({
      body: [
        { seq: 1, effect: 'incident.created', by: 'maya@example.test' },
        { seq: 2, effect: 'incident.acknowledged', by: 'bob@example.test' },
        { seq: 3, effect: 'incident.resolved' },
      ],
    });
  });

  it('sets faults from another process, with the path as a text', async () => {
    expect((await control('POST', '/faults', { vendor: 'jira', kind: 'status', status: 503, path: '^/rest/api/2/myself$' })).status).toBe(
      201,
    );
    expect((await control('POST', '/faults', { vendor: 'jira', kind: 'explode' })).status).toBe(400);
    expect((await control('POST', '/faults', { vendor: 'jira', kind: 'hang', path: '(' })).status).toBe(400);
    expect((await fetch(`${simulator.url}/jira/rest/api/2/myself`)).status).toBe(503);
    expect(await control('GET', '/faults')).toMatchObject({ body: [{ vendor: 'jira', path: '^\\/rest\\/api\\/2\\/myself$', used: 1 }] });
    await control('DELETE', '/faults');
    expect((await fetch(`${simulator.url}/jira/rest/api/2/myself`)).status).toBe(401);
  });

  it('shows the requests with their answers, and the state of every vendor', async () => {
    await fetch(`${simulator.url}/pagerduty/incidents?statuses[]=triggered&statuses[]=acknowledged`);
    expect(await control('GET', '/requests')).toMatchObject({
      body: [
        {
          vendor: 'pagerduty',
          method: 'GET',
          path: '/incidents',
          query: { 'statuses[]': ['triggered', 'acknowledged'] },
          status: 401,
          answer: { error: { code: 2006 } },
          fault: null,
        },
      ],
    });
    expect(Object.keys((await control('GET', '/state')).body ?? {})).toEqual(['mattermost', 'pagerduty', 'jira']);
  });

  it('tells of changes as they happen', async () => {
    const stop = new AbortController();
    const response = await fetch(`${simulator.url}/control/events`, { signal: stop.signal });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    await reader?.read();
    simulator.pagerduty.trigger({ title: 'Disk full' });
    expect((await reader?.read())?.value).toBe('event: changed\ndata: {}\n\n');
    stop.abort();
  });
});

describe('the ledger file', () => {
  it('has each effect as a line of JSON by the time it is answered', async () => {
    await control('POST', '/pagerduty/trigger', { title: 'Disk full', id: 'Q1' });
    const lines = readFileSync(join(directory, 'ledger.jsonl'), 'utf8').trim().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(simulator.ledger);
  });
});
