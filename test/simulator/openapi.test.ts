import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simulatedMattermostToken } from '../../src/simulator/mattermost/mattermost.ts';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import { checkRequest, checkResponse, findSpecsDirectory, type CheckedVendor } from '../support/openapi.ts';
import { readTextAt } from '../support/read-path.ts';
import { createCaller } from '../support/vendor-caller.ts';

const directory = findSpecsDirectory();
if (directory === undefined) console.warn("Skipped: the vendors' OpenAPI documents are not here (VENDOR_SPECS_DIR).");

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator();
});
afterAll(() => simulator.close());

/** `method path`, the body, the status it must bring. */
type Line = readonly [call: string, status: number, body?: unknown];

const incident = (fields: object) => ({ incident: { type: 'incident', ...fields } });
const newIncident = incident({ title: 'Disk full', service: { id: 'PSVC010', type: 'service_reference' }, incident_key: 'once' });
const subscription = {
  webhook_subscription: {
    type: 'webhook_subscription',
    delivery_method: { type: 'http_delivery_method', url: 'http://127.0.0.1:9/hook' },
    events: ['incident.resolved'],
    filter: { type: 'account_reference' },
  },
};
const event = {
  routing_key: 'R0UT1NGKEY0SIMULATED0CHECKOUT001',
  event_action: 'trigger',
  dedup_key: 'nagios:web-07:HTTP',
  payload: { summary: 'HTTP critical', source: 'web-07', severity: 'critical' },
};

const PAGERDUTY: readonly Line[] = [
  ['POST /incidents', 201, newIncident],
  ['POST /incidents', 400, newIncident],
  ['GET /incidents', 200],
  ['GET /incidents?statuses[]=triggered&statuses[]=acknowledged&service_ids[]=PSVC010&limit=100&sort_by=created_at:desc', 200],
  ['GET /incidents/Q1', 200],
  ['GET /incidents/Q404', 404],
  ['PUT /incidents/Q1', 200, incident({ status: 'acknowledged' })],
  ['PUT /incidents/Q1', 400, incident({ status: 'acknowledged' })],
  ['GET /incidents/Q1?include[]=acknowledgers&include[]=assignees', 200],
  ['PUT /incidents', 200, { incidents: [{ id: 'Q2', type: 'incident_reference', status: 'acknowledged' }] }],
  ['PUT /incidents/Q1', 200, incident({ status: 'resolved', resolution: 'fixed' })],
  ['GET /incidents/Q1', 200],
  ['POST /incidents/Q2/notes', 200, { note: { content: 'hello' } }],
  ['GET /incidents/Q2/notes', 200],
  ['GET /incidents/Q1/alerts', 200],
  ['GET /oncalls?escalation_policy_ids[]=PEPOL01&include[]=users&limit=100', 200],
  ['GET /oncalls', 200],
  ['GET /users?query=alice', 200],
  ['GET /users/PUSR001', 200],
  ['GET /users/me', 400],
  ['GET /services', 200],
  ['GET /services/PSVC010', 200],
  ['GET /escalation_policies', 200],
  ['GET /priorities', 200],
  ['GET /abilities', 200],
  ['POST /webhook_subscriptions', 200, subscription],
  ['GET /webhook_subscriptions', 200],
  ['POST /v2/enqueue', 202, event],
];

const jira = (version: 2 | 3): readonly Line[] => {
  const text = (value: string) =>
    version === 2 ? value : { type: 'doc', version: 1, content: [{ type: 'paragraph', content: [{ type: 'text', text: value }] }] };
  const key = version === 2 ? 'OPS-1' : 'OPS-2';
  const fields = {
    project: { key: 'OPS' },
    issuetype: { name: 'Incident' },
    summary: 'Disk full',
    description: text('It is full.'),
    labels: ['ib-1-issue-1'],
  };
  const base = `/rest/api/${version}`;
  return [
    [`POST ${base}/issue`, 201, { fields, properties: [{ key: 'incident-bridge', value: { run: 1 } }] }],
    [`POST ${base}/issue`, 400, { fields: { ...fields, summary: '' } }],
    [`GET ${base}/issue/${key}?fields=summary,status,labels&properties=incident-bridge`, 200],
    [`GET ${base}/issue/${key}`, 200],
    [`GET ${base}/issue/OPS-404`, 404],
    [`PUT ${base}/issue/${key}`, 204, { update: { labels: [{ add: 'x' }] } }],
    [`GET ${base}/issue/${key}/transitions?expand=transitions.fields`, 200],
    [`POST ${base}/issue/${key}/transitions`, 204, { transition: { id: '31' } }],
    [`POST ${base}/issue/${key}/transitions`, 400, { transition: { id: '31' } }],
    [`POST ${base}/issue/${key}/comment`, 201, { body: text('hello') }],
    [`GET ${base}/issue/${key}/comment`, 200],
    [
      `POST ${base}/issue/${key}/remotelink`,
      201,
      { globalId: 'system=pagerduty&id=Q1', object: { url: 'https://example.test/Q1', title: 'Q1' } },
    ],
    [`PUT ${base}/issue/${key}/properties/stamp`, 201, { a: 1 }],
    [`GET ${base}/issue/${key}/properties/stamp`, 200],
    [`GET ${base}/issue/${key}/properties/none`, 404],
    [`POST ${base}/search/jql`, 200, { jql: 'project = OPS AND labels = "ib-1-issue-1"', fields: ['summary', 'status'], maxResults: 50 }],
    [`GET ${base}/search/jql?jql=project%20%3D%20OPS`, 200],
    [`POST ${base}/search/jql`, 400, { jql: '' }],
    [`GET ${base}/myself`, 200],
    [`GET ${base}/serverInfo`, 200],
    [`GET ${base}/project/OPS`, 200],
    [`GET ${base}/issue/createmeta/OPS/issuetypes`, 200],
    [`GET ${base}/issue/createmeta/OPS/issuetypes/10101`, 200],
    [`GET ${base}/user/search?query=alice`, 200],
    [`GET ${base}/user/assignable/search?project=OPS&query=alice`, 200],
  ];
};

/**
 * Where the document contradicts the vendor or itself. Log entries are not checked at all: their `oneOf` cannot be satisfied (an acknowledge entry
 * must be both `acknowledge_log_entry` and `acknowledgement_log_entry`).
 */
const ODDITIES: readonly RegExp[] = [
  // `include[]=users` is documented as a parameter, its effect on the answer is not.
  /^pagerduty GET \/oncalls 200: \/oncalls\/\d+\/user\b/,
  // Recordings of a real Mattermost show text and null here.
  /^mattermost .* 200: (\/\d+)?\/timezone\/useAutomaticTimezone /,
  /^mattermost GET .*\/teams\/.* 200: \/policy_id /,
];

const mattermost = (teamId: string, userId: string, channelId: string, postId: string): readonly Line[] => [
  ['GET /api/v4/users/me', 200],
  ['GET /api/v4/users/username/alice', 200],
  ['GET /api/v4/users/username/nobody', 404],
  ['GET /api/v4/users/email/alice@example.test', 200],
  ['POST /api/v4/users/ids', 200, [userId]],
  ['GET /api/v4/teams/name/ops', 200],
  ['POST /api/v4/channels', 201, { team_id: teamId, name: 'inc-1', display_name: 'Incident 1', type: 'O', header: 'links' }],
  ['POST /api/v4/channels', 400, { team_id: teamId, name: 'inc-1', display_name: 'Incident 1', type: 'O' }],
  [`GET /api/v4/teams/${teamId}/channels/name/inc-1`, 200],
  [`PUT /api/v4/channels/${channelId}/patch`, 200, { header: 'new' }],
  [`POST /api/v4/channels/${channelId}/members`, 201, { user_id: userId }],
  [`GET /api/v4/channels/${channelId}/members/${userId}`, 200],
  ['POST /api/v4/posts', 201, { channel_id: channelId, message: 'hello', props: { marker: 'x' } }],
  [`GET /api/v4/posts/${postId}`, 200],
  [`PUT /api/v4/posts/${postId}/patch`, 200, { message: 'changed' }],
  [`GET /api/v4/channels/${channelId}/posts`, 200],
];

/** Calls each line in order and holds what went over the wire, both ways, against the document. */
async function play(vendor: CheckedVendor, headers: Record<string, string>, lines: readonly Line[]): Promise<string[]> {
  const call = createCaller(`${simulator.url}/${vendor}`, headers);
  const problems: string[] = [];
  for (const [what, status, body] of lines) {
    const [method = '', path = ''] = what.split(' ');
    const answer = await call(method, path, body);
    const recorded = simulator.requests.at(-1);
    if (!recorded) throw new Error('The request was not recorded.');
    if (answer.status !== status) problems.push(`${what}: ${answer.status} instead of ${status}: ${JSON.stringify(answer.body)}`);
    problems.push(...checkResponse(vendor, { method, path: recorded.path, status: answer.status, body: answer.body }));
    // What the vendor refuses is often what the document forbids.
    if (status < 400) problems.push(...checkRequest(vendor, recorded));
  }
  return problems.filter((problem) => !ODDITIES.some((oddity) => oddity.test(problem)));
}

(directory === undefined ? describe.skip : describe)('by the vendors’ OpenAPI documents', () => {
  it('PagerDuty’s answers are right', async () => {
    for (const id of ['Q1', 'Q2']) simulator.pagerduty.trigger({ title: id, id });
    const headers = {
      authorization: 'Token token=simulated-pagerduty-token',
      accept: 'application/vnd.pagerduty+json;version=2',
      from: 'incident-bridge@example.test',
    };
    expect(await play('pagerduty', headers, PAGERDUTY)).toEqual([]);
    expect(await play('pagerduty', { accept: headers.accept }, [['GET /incidents', 401]])).toEqual([]);
  });

  it.each([2, 3] as const)('Jira’s answers are right in version %d', async (version) => {
    const authorization = `Basic ${Buffer.from('bridge@example.test:simulated-jira-token').toString('base64')}`;
    expect(await play('jira', { authorization }, jira(version))).toEqual([]);
    expect(await play('jira', {}, [[`POST /rest/api/${version}/issue`, 401, {}]])).toEqual([]);
  });

  it('Mattermost’s answers are right', async () => {
    const authorization = `Bearer ${simulatedMattermostToken}`;
    const call = createCaller(`${simulator.url}/mattermost/api/v4`, { authorization });
    const idOf = async (...what: Parameters<typeof call>) => readTextAt((await call(...what)).body, 'id');
    const teamId = await idOf('GET', '/teams/name/ops');
    const userId = await idOf('GET', '/users/username/alice');
    const channelId = await idOf('POST', '/channels', { team_id: teamId, name: 'first', display_name: 'First', type: 'O' });
    const postId = await idOf('POST', '/posts', { channel_id: channelId, message: 'first' });
    expect(await play('mattermost', { authorization }, mattermost(teamId, userId, channelId, postId))).toEqual([]);
    expect(await play('mattermost', {}, [['GET /api/v4/users/me', 401]])).toEqual([]);
  });
});

(directory === undefined ? describe.skip : describe)('the check itself', () => {
  const good = {
    method: 'PUT',
    path: '/incidents/Q1',
    query: {},
    headers: { accept: 'x', 'content-type': 'application/json', from: 'a@example.test' },
    body: incident({ status: 'resolved' }),
  };

  it('finds what is wrong with a request', () => {
    expect(checkRequest('pagerduty', good)).toEqual([]);
    expect(checkRequest('pagerduty', { ...good, path: '/incident/Q1' })).toEqual([expect.stringContaining('no such operation')]);
    expect(checkRequest('pagerduty', { ...good, headers: {} })).toHaveLength(3);
    expect(checkRequest('pagerduty', { ...good, query: { dry_run: ['true'] } })).toEqual([expect.stringContaining('dry_run is unknown')]);
    expect(checkRequest('pagerduty', { ...good, body: incident({ status: 'closed' }) })).not.toEqual([]);
    expect(
      checkRequest('pagerduty', { ...good, method: 'GET', path: '/incidents', body: undefined, query: { limit: ['many'] } }),
    ).not.toEqual([]);
  });

  it('finds what is wrong with an answer', () => {
    const answer = {
      method: 'GET',
      path: '/users/PUSR001',
      status: 200,
      body: { user: { id: 'PUSR001', type: 'user', name: 'Maya', email: 'maya@example.test' } },
    };
    expect(checkResponse('pagerduty', answer)).toEqual([]);
    expect(checkResponse('pagerduty', { ...answer, body: {} })).not.toEqual([]);
    expect(
      checkResponse('pagerduty', { ...answer, body: { user: { id: 7, type: 'user', name: 'Maya', email: 'maya@example.test' } } }),
    ).not.toEqual([]);
    expect(checkResponse('pagerduty', { ...answer, status: 299 })).toEqual([expect.stringContaining('299 is not documented')]);
  });
});
