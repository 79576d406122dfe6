import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../../src/core/clock.ts';
import { startSimulator, type Simulator } from '../../../src/simulator/start.ts';
import { readEach, readPath, readTextAt } from '../../support/read-path.ts';
import { createCaller, type Caller } from '../../support/vendor-caller.ts';

const authorization = `Basic ${Buffer.from('bridge@example.test:simulated-jira-token').toString('base64')}`;
let simulator: Simulator;
let call: Caller;
let time: number;
const clock: Clock = { now: () => new Date(time), sleep: () => Promise.resolve() };

beforeEach(async () => {
  time = Date.parse('2026-03-11T09:00:00Z');
  simulator = await startSimulator({ clock, jira: { searchLagMs: 3000 } });
  call = createCaller(`${simulator.url}/jira/rest/api/2`, { authorization });
  for (const [project, label] of [
    ['OPS', 'ib-a-1'],
    ['OPS', 'ib-b-1'],
    ['HOPS', 'ib-a-1'],
  ]) {
    await call('POST', '/issue', {
      fields: { project: { key: project }, issuetype: { name: 'Task' }, summary: `${project} ${label}`, labels: [label] },
    });
  }
});
afterEach(() => simulator.close());

const keys = async (jql: string): Promise<unknown> => {
  const { status, body } = await call('POST', '/search/jql', { jql, fields: ['summary'] });
  return status === 200 ? readEach(readPath(body, 'issues'), 'key') : readPath(body, 'errorMessages');
};

describe('the index', () => {
  it('sees a new issue only after the lag, while it is there by its key at once', async () => {
    expect(await keys('project = OPS')).toEqual([]);
    expect((await call('GET', '/issue/OPS-1')).status).toBe(200);
    time += 3000;
    expect(await keys('project = OPS')).toEqual(['OPS-2', 'OPS-1']);
  });

  it('sees a changed label only after the lag', async () => {
    time += 3000;
    await call('PUT', '/issue/OPS-1', { update: { labels: [{ add: 'late' }] } });
    expect(await keys('labels = late')).toEqual([]);
    time += 3000;
    expect(await keys('labels = late')).toEqual(['OPS-1']);
  });

  it('sees the issues named in reconcileIssues at once', async () => {
    const id = Number(simulator.jira.issue('OPS-1')?.id);
    expect(await call('POST', '/search/jql', { jql: 'project = OPS', reconcileIssues: [id] })).toMatchObject({
      body: { issues: [{ id: String(id) }] },
    });
  });
});

describe('JQL', () => {
  beforeEach(() => {
    time += 60_000;
  });

  it.each([
    ['project = OPS AND labels = "ib-a-1"', ['OPS-1']],
    ['project = ops and labels in ("ib-a-1", ib-b-1) ORDER BY created DESC', ['OPS-2', 'OPS-1']],
    ['key in (OPS-2, HOPS-1)', ['HOPS-1', 'OPS-2']],
    ['labels != "ib-a-1"', ['OPS-2']],
    ['updated >= -10m AND project = HOPS', ['HOPS-1']],
    ['updated >= "2026-03-11 09:30"', []],
    ['statusCategory = new AND summary ~ "HOPS"', ['HOPS-1']],
  ])('%s', async (jql, expected) => {
    expect(await keys(jql)).toEqual(expected);
  });

  it.each([
    ['', 'Unbounded JQL'],
    ['ORDER BY created', 'Unbounded JQL'],
    ['project = NONE', "The value 'NONE' does not exist for the field 'project'."],
    ['colour = red', "Field 'colour' does not exist"],
    ['project = OPS OR project = HOPS', "Expecting 'AND'"],
    ['labels = "open', 'Error in the JQL Query'],
    ['updated >= soon', "Date value 'soon'"],
  ])('refuses %p', async (jql, text) => {
    expect(await keys(jql)).toEqual([expect.stringContaining(text)]);
  });

  it('keeps quotes and backslashes in quoted strings', async () => {
    await call('PUT', '/issue/OPS-1', { fields: { labels: ['a"b\\c'] } });
    time += 3000;
    expect(await keys('labels = "a\\"b\\\\c"')).toEqual(['OPS-1']);
  });
});

describe('the endpoint', () => {
  beforeEach(() => {
    time += 60_000;
  });

  it('gives ids alone unless fields are named, page by page', async () => {
    const first = await call('POST', '/search/jql', { jql: 'labels in (ib-a-1, ib-b-1)', maxResults: 2 });
    expect(first.body).toEqual({
      issues: [{ id: expect.any(String) }, { id: expect.any(String) }],
      isLast: false,
      nextPageToken: expect.any(String),
    });
    const nextPageToken = readTextAt(first.body, 'nextPageToken');
    const second = await call(
      'GET',
      `/search/jql?jql=${encodeURIComponent('labels in (ib-a-1, ib-b-1)')}&maxResults=2&fields=summary&nextPageToken=${nextPageToken}`,
    );
    expect(second.body).toMatchObject({ issues: [{ key: 'OPS-1', fields: { summary: 'OPS ib-a-1' } }], isLast: true });
    expect((await call('POST', '/search/jql', { jql: 'project = OPS', nextPageToken: 'forged' })).status).toBe(400);
  });

  it('is gone under its old address', async () => {
    expect(await call('POST', '/search', { jql: 'project = OPS' })).toMatchObject({
      status: 410,
      body: { errorMessages: [expect.stringContaining('has been removed')] },
    });
  });
});
