import { createServer, type IncomingMessage } from 'node:http';

/**
 * The vendors as fast as Node answers at all: no state beyond counters and incident statuses, no checks. For the bench only, so that two
 * cores measure the bridge and not the simulator. Prints its port, then serves until it is killed.
 */
const counts = { calls: 0, channels: 0, issues: 0, members: 0, posts: 0, patches: 0, transitions: 0, statuses: 0 };
const statuses = new Map<string, string>();
const done = new Set<string>();
let ids = 0;
const id26 = (): string => (ids += 1).toString(36).padStart(26, 'a');
const BOT = 'botbotbotbotbotbotbotbotbo';
const TEAM = 'teamteamteamteamteamteamte';

const person = (name: string) => ({
  id: name.padEnd(26, 'x').slice(0, 26),
  username: name,
  email: `${name}@example.test`,
  first_name: name,
  last_name: '',
  nickname: '',
  delete_at: 0,
});
const channel = (name: string) => ({
  id: id26(),
  name,
  display_name: name,
  team_id: TEAM,
  type: 'O',
  header: '',
  purpose: '',
  delete_at: 0,
  create_at: 1,
  creator_id: BOT,
});

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const parsed: unknown = text === '' ? {} : JSON.parse(text);
  return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : { list: parsed };
}

function mattermost(method: string, path: string, body: Record<string, unknown>): unknown {
  if (path === '/users/me') return { ...person('incident-bridge'), id: BOT, is_bot: true };
  if (path.startsWith('/teams/name/') && path.includes('/channels/name/')) return channel(path.split('/').at(-1) ?? '');
  if (path.startsWith('/teams/name/')) return { id: TEAM, name: 'ops', display_name: 'Ops' };
  if (path.startsWith('/teams/') && path.includes('/channels/name/'))
    return { ...channel(path.split('/').at(-1) ?? ''), id: 'incidentsincidentsinciden' + 'x' };
  if (path === '/users/usernames') return Array.isArray(body['list']) ? body['list'].map((name) => person(String(name))) : [];
  if (path.startsWith('/users/email/')) return person(decodeURIComponent(path.slice(13)).split('@')[0] ?? '');
  if (path === '/channels' && method === 'POST') {
    counts.channels += 1;
    return { ...channel(String(body['name'])), purpose: body['purpose'], display_name: body['display_name'] };
  }
  if (path.endsWith('/members') && method === 'POST') {
    counts.members += 1;
    return { channel_id: '', user_id: body['user_id'] };
  }
  if (path === '/posts') {
    counts.posts += 1;
    return {
      id: id26(),
      channel_id: body['channel_id'],
      user_id: BOT,
      message: body['message'],
      props: body['props'],
      create_at: Date.now(),
      pending_post_id: '',
    };
  }
  if (path.endsWith('/patch')) {
    counts.patches += 1;
    return { id: path.split('/')[2], channel_id: '', user_id: BOT, message: body['message'], props: body['props'] ?? {} };
  }
  if (path.startsWith('/posts/')) return { id: path.split('/')[2], channel_id: '', user_id: BOT, message: '', props: {}, create_at: 1 };
  return { status: 'OK' };
}

function pagerduty(method: string, path: string, body: Record<string, unknown>): unknown {
  const incident = (id: string) => ({
    incident: {
      id,
      type: 'incident',
      incident_number: 1,
      status: statuses.get(id) ?? 'triggered',
      title: 'x',
      html_url: `https://x.example/${id}`,
      last_status_change_at: new Date().toISOString(),
      last_status_change_by: null,
      escalation_policy: { id: 'PEPOL01', type: 'escalation_policy_reference' },
      acknowledgements: [],
      assignments: [],
      service: { id: 'P1', type: 'service_reference' },
    },
  });
  if (path.startsWith('/oncalls')) {
    return {
      oncalls: [
        {
          escalation_level: 1,
          user: { id: 'PUSR001', type: 'user', name: 'alice', summary: 'alice', email: 'alice@example.test' },
          escalation_policy: { id: 'PEPOL01' },
          schedule: null,
          start: null,
          end: null,
        },
      ],
      limit: 100,
      offset: 0,
      more: false,
      total: null,
    };
  }
  if (path.startsWith('/users')) return { users: [], limit: 100, offset: 0, more: false, total: null };
  const id = path.split('/')[2]?.split('?')[0] ?? '';
  if (method === 'PUT') {
    const wanted = body['incident'];
    counts.statuses += 1;
    if (typeof wanted === 'object' && wanted !== null && 'status' in wanted) statuses.set(id, String(wanted.status));
  }
  return incident(id);
}

function jira(method: string, path: string): unknown {
  if (path === '/serverInfo') return { deploymentType: 'Cloud', version: '1001.0.0', baseUrl: '' };
  if (path === '/issue' && method === 'POST') {
    counts.issues += 1;
    return { id: String(10_000 + counts.issues), key: `OPS-${counts.issues}`, self: '' };
  }
  const id = path.split('/')[2]?.split('?')[0] ?? '';
  if (path.includes('/transitions')) {
    if (method === 'GET')
      return {
        transitions: [
          { id: '31', name: 'Done', to: { id: '3', name: 'Done', statusCategory: { id: 3, key: 'done', name: 'Done' } }, fields: {} },
        ],
      };
    counts.transitions += 1;
    done.add(id);
    return undefined;
  }
  const isDone = done.has(id);
  return {
    id,
    key: `OPS-${id}`,
    fields: {
      status: {
        id: isDone ? '3' : '1',
        name: isDone ? 'Done' : 'To Do',
        statusCategory: { id: isDone ? 3 : 2, key: isDone ? 'done' : 'new', name: '' },
      },
    },
  };
}

const server = createServer((request, response) => {
  void (async () => {
    const path = request.url ?? '/';
    if (path === '/counts') return void response.end(JSON.stringify(counts));
    counts.calls += 1;
    const body = await bodyOf(request);
    const method = request.method ?? 'GET';
    const answer = path.startsWith('/mattermost')
      ? mattermost(method, path.slice('/mattermost/api/v4'.length).split('?')[0] ?? '', body)
      : path.startsWith('/pagerduty')
        ? pagerduty(method, path.slice('/pagerduty'.length), body)
        : jira(method, path.slice('/jira/rest/api/2'.length).split('?')[0] ?? '');
    const created = method === 'POST' && !path.includes('/usernames') && !path.includes('/transitions');
    response.writeHead(answer === undefined ? 204 : created ? 201 : 200, { 'Content-Type': 'application/json' });
    response.end(answer === undefined ? undefined : JSON.stringify(answer));
  })();
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address !== 'string') process.stdout.write(`${address.port}\n`);
});
