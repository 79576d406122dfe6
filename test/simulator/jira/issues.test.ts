import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../../src/simulator/start.ts';
import { readEach, readPath } from '../../support/read-path.ts';
import { createCaller, type Caller } from '../../support/vendor-caller.ts';

const authorization = `Basic ${Buffer.from('bridge@example.test:simulated-jira-token').toString('base64')}`;
let simulator: Simulator;
let v2: Caller;
let v3: Caller;

beforeEach(async () => {
  simulator = await startSimulator();
  v2 = createCaller(`${simulator.url}/jira/rest/api/2`, { authorization });
  v3 = createCaller(`${simulator.url}/jira/rest/api/3`, { authorization });
});
afterEach(() => simulator.close());

const draft = (fields: Record<string, unknown> = {}, project = 'OPS') => ({
  fields: { project: { key: project }, issuetype: { name: 'Incident' }, summary: 'Disk full', labels: ['ib-run1-issue-1'], ...fields },
});
const adf = { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text: 'hello' }] }] };

describe('credentials', () => {
  it('refuses bad ones on /myself and on writes, shows less on reads', async () => {
    await v2('POST', '/issue', draft());
    const bad = { authorization: 'Basic bm86Ym9keQ==' };
    expect((await v2('GET', '/myself', undefined, bad)).status).toBe(401);
    expect((await v2('POST', '/issue', draft(), bad)).status).toBe(401);
    expect((await v2('GET', '/issue/OPS-1', undefined, bad)).status).toBe(404);
    expect(await v2('POST', '/search/jql', { jql: 'project = OPS' }, bad)).toMatchObject({ status: 200, body: { issues: [] } });
    expect(await v2('GET', '/project', undefined, bad)).toMatchObject({ status: 200, body: [] });
    expect(await v2('GET', '/myself')).toMatchObject({ status: 200, body: { emailAddress: 'bridge@example.test' } });
    expect(await v2('GET', '/serverInfo')).toMatchObject({ body: { deploymentType: 'Cloud' } });
  });
});

describe('create', () => {
  it('answers id, key and self only, and stamps the property in the same call', async () => {
    const created = await v2('POST', '/issue', {
      ...draft({ description: 'text' }),
      properties: [{ key: 'incident-bridge', value: { run: 1 } }],
    });
    expect(created).toMatchObject({ status: 201, body: { key: 'OPS-1' } });
    expect(Object.keys(created.body ?? {})).toEqual(['id', 'key', 'self']);
    expect(await v2('GET', '/issue/OPS-1?fields=summary,status,labels&properties=incident-bridge')).toMatchObject({
      status: 200,
      body: {
        key: 'OPS-1',
        fields: { summary: 'Disk full', status: { name: 'To Do', statusCategory: { key: 'new' } }, labels: ['ib-run1-issue-1'] },
        properties: { 'incident-bridge': { run: 1 } },
      },
    });
    expect(simulator.ledger).toMatchObject([{ effect: 'issue.created', marker: 'ib-run1-issue-1', subject: 'OPS-1' }]);
  });

  it('makes two issues of two calls', async () => {
    await v2('POST', '/issue', draft());
    expect(await v2('POST', '/issue', draft())).toMatchObject({ body: { key: 'OPS-2' } });
  });

  it.each([
    ['no summary', { summary: '' }, 'summary', 'You must specify a summary of the issue.'],
    ['a long summary', { summary: 'x'.repeat(256) }, 'summary', 'Summary must be less than 255 characters.'],
    ['a newline in the summary', { summary: 'a\nb' }, 'summary', 'The summary is invalid because it contains newline characters.'],
    ['a label with a space', { labels: ['a b'] }, 'labels', "The label 'a b' contains spaces which is invalid."],
    ['an unknown project', { project: { key: 'NONE' } }, 'project', 'Specify a valid project ID or key'],
    ['an unknown issue type', { issuetype: { name: 'Epic' } }, 'issuetype', 'Specify a valid issue type'],
    ['an unknown field', { colour: 'red' }, 'colour', "Field 'colour' cannot be set. It is not on the appropriate screen, or unknown."],
    ['an unknown priority', { priority: { name: 'P1' } }, 'priority', 'The priority selected is invalid.'],
    ['ADF in version 2', { description: adf }, 'description', 'Operation value must be a string'],
  ])('refuses %s', async (_what, fields, field, text) => {
    expect(await v2('POST', '/issue', draft(fields))).toMatchObject({ status: 400, body: { errors: { [field]: text } } });
    expect(simulator.jira.issues()).toHaveLength(0);
  });

  it('refuses a priority where the create screen has none', async () => {
    expect(await v2('POST', '/issue', draft({ priority: { name: 'High' } }, 'BARE'))).toMatchObject({
      status: 400,
      body: { errors: { priority: expect.stringContaining('not on the appropriate screen') } },
    });
  });

  it('demands ADF in version 3 and shows either form in either version', async () => {
    expect((await v3('POST', '/issue', draft({ description: 'text' }))).status).toBe(400);
    const emptyText = { ...adf, content: [{ type: 'paragraph', content: [{ type: 'text', text: '' }] }] };
    expect((await v3('POST', '/issue', draft({ description: emptyText }))).status).toBe(400);
    expect((await v3('POST', '/issue', draft({ description: adf }))).status).toBe(201);
    expect(await v2('GET', '/issue/OPS-1')).toMatchObject({ body: { fields: { description: 'hello' } } });
    expect(await v3('GET', '/issue/OPS-1')).toMatchObject({ body: { fields: { description: adf } } });
  });
});

describe('edit', () => {
  it('answers 204 with nothing, for fields, labels and the assignee', async () => {
    await v2('POST', '/issue', draft());
    const edited = await v2('PUT', '/issue/OPS-1', { fields: { summary: 'Disk fuller' }, update: { labels: [{ add: 'x' }] } });
    expect(edited).toMatchObject({ status: 204, body: undefined });
    expect(simulator.jira.issue('OPS-1')).toMatchObject({ summary: 'Disk fuller', labels: ['ib-run1-issue-1', 'x'] });
    expect((await v2('PUT', '/issue/OPS-1/assignee', { accountId: 'nobody' })).status).toBe(400);
    expect((await v2('PUT', '/issue/OPS-1/assignee', { accountId: null })).status).toBe(204);
    expect((await v2('PUT', '/issue/OPS-404', { fields: {} })).status).toBe(404);
  });

  it('keeps comments in order, remote links by globalId, properties by key', async () => {
    await v2('POST', '/issue', draft());
    expect((await v2('POST', '/issue/OPS-1/comment', { body: 'one' })).status).toBe(201);
    expect((await v3('POST', '/issue/OPS-1/comment', { body: 'plain' })).status).toBe(400);
    expect(await v2('GET', '/issue/OPS-1/comment')).toMatchObject({ body: { total: 1, comments: [{ body: 'one' }] } });
    const link = { globalId: 'system=pagerduty&id=Q1', object: { url: 'https://example.test/Q1', title: 'Q1' } };
    expect((await v2('POST', '/issue/OPS-1/remotelink', link)).status).toBe(201);
    expect((await v2('POST', '/issue/OPS-1/remotelink', link)).status).toBe(200);
    expect((await v2('POST', '/issue/OPS-1/remotelink', { object: { url: 'x', title: 'y' } })).status).toBe(400);
    expect((await v2('GET', '/issue/OPS-1/properties/stamp')).status).toBe(404);
    expect((await v2('PUT', '/issue/OPS-1/properties/stamp', { a: 1 })).status).toBe(201);
    expect((await v2('PUT', '/issue/OPS-1/properties/stamp', { a: 2 })).status).toBe(200);
    expect(await v2('GET', '/issue/OPS-1/properties/stamp')).toMatchObject({ body: { key: 'stamp', value: { a: 2 } } });
  });
});

describe('transitions', () => {
  const move = (key: string, id: string, more: object = {}) => v2('POST', `/issue/${key}/transitions`, { transition: { id }, ...more });

  it('offers what leads on from here, and refuses the rest by id', async () => {
    await v2('POST', '/issue', draft());
    const offered = await v2('GET', '/issue/OPS-1/transitions?expand=transitions.fields');
    expect(offered.body).toMatchObject({
      transitions: [
        { id: '21', fields: {} },
        { id: '31', name: 'Done', to: { name: 'Done', statusCategory: { key: 'done' } } },
      ],
    });
    expect(await move('OPS-1', '31')).toMatchObject({ status: 204, body: undefined });
    expect(await move('OPS-1', '31')).toMatchObject({
      status: 400,
      body: { errorMessages: ["Transition id '31' is not valid for this issue."] },
    });
    expect(simulator.jira.statusOf('OPS-1')).toBe('Done');
    expect(simulator.ledger.at(-1)).toMatchObject({
      effect: 'issue.transitioned',
      marker: 'ib-run1-issue-1',
      detail: { from: 'To Do', to: 'Done' },
    });
  });

  it('needs two hops in HOPS', async () => {
    await v2('POST', '/issue', draft({}, 'HOPS'));
    expect((await move('HOPS-1', '21')).status).toBe(400);
    await move('HOPS-1', '11');
    expect((await move('HOPS-1', '21')).status).toBe(204);
    expect(simulator.jira.statusOf('HOPS-1')).toBe('Done');
  });

  it('wants a resolution in ODD, whose done status has another name, and refuses one in OPS', async () => {
    await v2('POST', '/issue', draft({}, 'ODD'));
    await v2('POST', '/issue', draft());
    expect(await v2('GET', '/issue/ODD-1/transitions?expand=transitions.fields')).toMatchObject({
      body: {
        transitions: [{ id: '41' }, { id: '51', hasScreen: true, to: { name: 'Erledigt' }, fields: { resolution: { required: true } } }],
      },
    });
    expect(await move('ODD-1', '51')).toMatchObject({ status: 400, body: { errors: { resolution: 'Resolution is required.' } } });
    expect((await move('ODD-1', '51', { fields: { resolution: { name: 'Done' } } })).status).toBe(204);
    expect((await move('OPS-1', '31', { fields: { resolution: { name: 'Done' } } })).status).toBe(400);
    expect(simulator.jira.issue('ODD-1')?.resolution).toBe('Done');
  });
});

describe('people and screens', () => {
  it('finds people by the e-mail they show, and says who may be assigned', async () => {
    expect(await v2('GET', '/user/search?query=alice@example.test')).toMatchObject({ body: [{ displayName: 'Alice Lindqvist' }] });
    expect(await v2('GET', '/user/search?query=carol@example.test')).toMatchObject({ status: 200, body: [] });
    expect((await v2('GET', '/user/search')).status).toBe(400);
    expect(await v2('GET', '/user/assignable/search?project=OPS&query=Carol')).toMatchObject({ body: [{ displayName: 'Carol Reyes' }] });
    expect((await v2('GET', '/user/assignable/search?project=NONE')).status).toBe(404);
  });

  it('describes projects and their create screens', async () => {
    expect(await v2('GET', '/project/OPS')).toMatchObject({ body: { key: 'OPS', issueTypes: [{ name: 'Incident' }, {}, {}] } });
    expect((await v2('GET', '/project/NONE')).status).toBe(404);
    expect(await v2('GET', '/issue/createmeta/OPS/issuetypes')).toMatchObject({
      body: { total: 3, issueTypes: [{ id: '10101' }, {}, {}] },
    });
    const { body } = await v2('GET', '/issue/createmeta/BARE/issuetypes/10101');
    expect(readEach(readPath(body, 'fields'), 'fieldId')).toEqual(['project', 'issuetype', 'summary', 'description', 'labels']);
  });

  it('shows the issue to a browser, with its text escaped', async () => {
    await v2('POST', '/issue', draft({ summary: '<b>bold</b>' }));
    const page = await fetch(`${simulator.url}/jira/browse/OPS-1`);
    const html = await page.text();
    expect(html).toContain('OPS-1: &lt;b&gt;bold&lt;/b&gt;');
    expect(html).not.toContain('<b>bold');
  });
});
