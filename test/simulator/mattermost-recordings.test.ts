import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { expandTexts, messagesOf, readRecording, shapeOf, type Exchange } from '../support/mattermost-recording.ts';
import { startIntegration, startMattermost, type Reply } from '../support/simulated-mattermost.ts';

/**
 * The simulated Mattermost against recordings of a real 5.37 server. The files are replayed in order on one simulator: each recorded request
 * is sent again with the recorded ids and tokens replaced by ours, and status, error id and text, the members and types of the answer and the
 * messages in it must be the same; so must the calls to the integration.
 */

/** Recorded exchanges that are not replayed, and why. A key is `file#index`, or a range of them. */
const outOfScope: Readonly<Record<string, string>> = {
  '01#0-1': 'password login: the bridge has a token',
  '01#2-7': "making bots and tokens is an administrator's work at the real server",
  '01#9-11': 'the seeded bot is on its team already',
  '01#37': 'the client configuration is given in part (its own test below)',
  '01#38-46': 'switching tokens and bots off and on: `setTokenActive` in the behaviour test',
  '04b#0': 'websocket: a later issue',
  '04b#114': 'AllowedUntrustedInternalConnections is not simulated: every integration may be called',
  '11#43-52': 'files are not simulated',
  '11#53': 'search is not simulated',
  '11#54-55': 'deletes the post with the file; deleting is replayed in 04b and 05',
};

const actors: Readonly<Record<string, string>> = {
  bot: 'simulated-mattermost-token',
  alice: 'token-alice',
  bob: 'token-bob',
  // Recorded: dave is on the team and carol is not; seeded: the other way round.
  dave: 'token-carol',
  carol: 'token-dave',
  admin: 'token-admin',
  anonymous: '',
};

const recordedIds = {
  bot: '6tutjsk3f7rz3pdf9jrkmb7far',
  alice: 'si49xckpitdzbry8j5xpewfo1c',
  bob: '1gm1fz7yfbgczpui4auuxyiiya',
  dave: 'n67fxioybjgh5gtwdf46u5bbiw',
  carol: 'id91r5etz7g79fbqwjmtg3dd8o',
  admin: '95iummqi7jyq8f7ffx9skopkda',
  ops: 'nxuecms3pfn65jeyg5yqgyu8br',
  other: '733hyqsm7bnpxgas513i76faoh',
  townSquare: '1pex84oa47repxbbgqhfnqw1hw',
  incidentChannel: 'quygf15y97yztknuk8gwmqhgcw',
  alicesOwnChannel: '5h65byretpd8bj4pzi8qgiurkh',
  pagedChannel: 'jd4jingqi3dz9gqkz6a9n4mupo',
  archivedLater: 'xeyr78a6m7f4bqpxo8nwxoz4sh',
  direct: 'kjdkuesd93b9mjmqwtef1885qe',
} as const;

/** Lost a race against the one that follows, so it is replayed after it. */
const losers: ReadonlySet<string> = new Set(['02#34']);

type Harness = Awaited<ReturnType<typeof startMattermost>>;
const withId = z.looseObject({ id: z.string().regex(/^[a-z0-9]{26}$/) });
let sim: Harness;
let integration: Awaited<ReturnType<typeof startIntegration>>;
/** What the integration answers, in the order of the recorded callbacks. */
let callbacks: Exchange[] = [];
/** Recorded id -> ours. */
const ids = new Map<string, string>();

const cards = '04a-post-with-actions';
/** In the order of their replay: each builds on what the ones before it left. */
const files = [
  ['01', '01-accounts-lookups-errors'],
  ['02', '02-create-channel'],
  ['03', '03-channel-members'],
  ['04a', cards],
  ['04b', '04b-action-callbacks'],
  ['05', '05-pending-post-id'],
  ['10', '10-archive-restore'],
  ['11', '11-posts-misc'],
] as const;

/** What the recorder did between the recorded exchanges, before the named one. */
const preparations: Readonly<Record<string, () => Promise<void>>> = {
  '04a#20': async () => learn(recordedIds.alicesOwnChannel, await newChannel('alice-own', 'token-alice')),
  '04b#65': () =>
    newCards(
      recordedIds.incidentChannel,
      '7f1c6rm8apg4xrrtyoz4ak8h3c',
      'jncuinoyqpr19j56zqhrrikk6y',
      'rffgydjxg7nd8pcsq3jyfirrnr',
      '5doida3bzb8hbkdmn6cejimn4a',
    ),
  '04b#85': () =>
    newCards(
      recordedIds.incidentChannel,
      '1idqxuzufb8e5pk6hj34poyfjw',
      '57k6hmfrhf8bjcwmundrx6qzir',
      'a4spwgbu8fnd78z6hc13aa86qe',
      'jrqs4675d7f98kz1rbcnisuwqy',
    ),
  '04b#110': () => newCards(recordedIds.direct, 'ghxb8k6sd7dyjbb6bif3spq7sh'),
  '04b#112': async () =>
    learn(
      '54ur91qbbfnkuq5n6cm84xy7nw',
      await newPost(recordedIds.incidentChannel, 'bad hosts', [buttonTo('http://127.0.0.1:1/cb', 'b1'), buttonTo('no url', 'b3')]),
    ),
  '10#1': async () => {
    await sim.get('POST', `/channels/${ours(recordedIds.archivedLater)}/members`, { user_id: ours(recordedIds.alice) });
  },
  '11#32': preparePages,
};

async function preparePages(): Promise<void> {
  learn(recordedIds.pagedChannel, await newChannel('paged', actors['bot'] ?? ''));
  await sim.get('POST', `/channels/${ours(recordedIds.pagedChannel)}/members`, { user_id: ours(recordedIds.alice) });
  const say = (message: string, token?: string, rootId = '') => newPost(recordedIds.pagedChannel, message, [], token, rootId);
  const root = await say('m1', 'token-alice');
  learn('k1uu3i5h7byapfwh4zjocxkx1r', await say('m2'));
  const edited = await say('m3', 'token-alice');
  const deleted = await say('m4');
  learn('gwso64r5uibszf5s7bcro1oacr', await say('m5', 'token-alice', root));
  await say('m6');
  await say('m7', 'token-alice');
  await sim.get('PUT', `/posts/${edited}/patch`, { message: 'm3 edited' }, 'token-alice');
  await sim.get('DELETE', `/posts/${deleted}`);
}

const ours = (recorded: string): string => ids.get(recorded) ?? recorded;
const learn = (recorded: string, own: string) => {
  ids.set(recorded, own);
};
const buttonTo = (url: string, id: string) => ({
  text: id,
  actions: [{ id, name: id, type: 'button', integration: { url, context: { id } } }],
});

async function newChannel(name: string, token: string): Promise<string> {
  return String((await sim.get('POST', '/channels', { team_id: ours(recordedIds.ops), name, display_name: name, type: 'O' }, token))['id']);
}

async function newPost(channel: string, message: string, attachments: readonly unknown[], token?: string, rootId = ''): Promise<string> {
  const props = attachments.length > 0 ? { attachments } : {};
  return String((await sim.get('POST', '/posts', { channel_id: ours(channel), message, props, root_id: rootId }, token))['id']);
}

/** Posts like the first of 04a, whose button then is pressed. */
async function newCards(channel: string, ...recorded: readonly string[]): Promise<void> {
  const [first] = readRecording(cards);
  const body = z.object({ props: z.looseObject({}) }).parse(JSON.parse(translate(JSON.stringify(first?.request?.body))));
  for (const id of recorded) {
    const post = await sim.get('POST', '/posts', {
      channel_id: ours(channel),
      message: 'Incident P124',
      props: { ...body.props, note: 'kept?' },
    });
    learn(id, String(post['id']));
  }
}

/** Recorded ids, addresses and long texts in our own terms. */
function translate(text: string): string {
  let translated = expandTexts(text).replaceAll('http://127.0.0.1:18099', integration.url);
  for (const [recorded, own] of ids) translated = translated.replaceAll(recorded, own);
  return translated;
}

async function replay(exchange: Exchange): Promise<Reply> {
  const { request } = exchange;
  if (!request) throw new Error('a recorded exchange without a request');
  const path = translate(request.path).replace('/api/v4', '');
  const body =
    request.body === undefined ? request.body_raw : typeof request.body === 'string' ? request.body : JSON.stringify(request.body);
  const reply = await sim.call(request.method, path, body === undefined ? undefined : translate(body), authorizationOf(exchange));
  const recorded = withId.safeParse(exchange.response?.body);
  const own = withId.safeParse(reply.body);
  if (recorded.success && own.success && exchange.response?.status === 201) learn(recorded.data.id, own.data.id);
  return reply;
}

/** With the recorded scheme word: `token` works as well as `Bearer`. */
function authorizationOf(exchange: Exchange): string {
  const [scheme, recorded] = exchange.request?.headers['Authorization']?.split(' ') ?? [];
  if (scheme === undefined) return '';
  const isBots = exchange.as === 'bot' || recorded?.startsWith('fakebottoken');
  return `${scheme} ${isBots ? actors['bot'] : actors[exchange.as] || recorded}`;
}

function isOutOfScope(key: string, index: number): boolean {
  return Object.keys(outOfScope).some((entry) => {
    const [file, range = ''] = entry.split('#');
    const [from = 0, to = from] = range.split('-').map(Number);
    return file === key && index >= from && index <= to;
  });
}

beforeAll(async () => {
  sim = await startMattermost({ teams: [{ name: 'ops', displayName: 'Operations' }, { name: 'other' }] });
  sim.mattermost.addUser({ username: 'admin', isAdmin: true, teams: ['ops', 'other'] });
  integration = await startIntegration((_request, response) => {
    const recorded = callbacks.shift()?.response;
    if (recorded?.status === undefined) return void response.socket?.destroy();
    const location = recorded.headers['Location'];
    if (location !== undefined) response.setHeader('Location', translate(location));
    const body =
      recorded.body === undefined
        ? (recorded.body_raw ?? '')
        : typeof recorded.body === 'string'
          ? recorded.body
          : JSON.stringify(recorded.body);
    response.status(recorded.status).type('application/json').send(translate(body));
  });
  for (const user of sim.mattermost.users()) {
    const name =
      user.username === 'incident-bridge' ? 'bot' : user.username === 'carol' ? 'dave' : user.username === 'dave' ? 'carol' : user.username;
    const recorded = Object.entries(recordedIds).find(([key]) => key === name)?.[1];
    if (recorded) learn(recorded, user.id);
  }
  learn(recordedIds.ops, String((await sim.get('GET', '/teams/name/ops'))['id']));
  learn(recordedIds.other, String((await sim.get('GET', '/teams/name/other', undefined, 'token-admin'))['id']));
  learn(recordedIds.townSquare, String((await sim.get('GET', '/teams/name/ops/channels/name/town-square'))['id']));
});
afterAll(async () => {
  await sim.close();
  await integration.close();
});

describe.each(files)('recording %s', (key, file) => {
  const exchanges = readRecording(file);
  let at = 0;
  beforeAll(() => {
    callbacks = exchanges.filter((one) => one.direction === 'server->callback');
    at = 0;
  });

  const covered = exchanges
    .map((exchange, index) => ({
      name: `${key}#${index} ${exchange.label}`,
      exchange,
      index,
      turn: index + (losers.has(`${key}#${index}`) ? 1.5 : 0),
    }))
    .filter(({ exchange, index }) => exchange.direction === 'client->server' && !isOutOfScope(key, index))
    .sort((a, b) => a.turn - b.turn);
  it.each(covered)('$name', async ({ exchange, index }) => {
    await preparations[`${key}#${index}`]?.();
    sim.clock.advance(Math.max(0, exchange.at_ms - at));
    at = exchange.at_ms;
    const reply = await replay(exchange);
    expect(describeAnswer(reply)).toEqual(describeRecorded(exchange));
  });

  it('calls the integration as recorded', () => {
    const recorded = exchanges.filter((one) => one.direction === 'server->callback').map(({ request }) => describeCall(request));
    expect(integration.requests.splice(0).map(describeCall)).toEqual(recorded);
  });
});

function describeAnswer({ status, contentType, body }: Pick<Reply, 'status' | 'contentType' | 'body'>) {
  const error = z.object({ status_code: z.number(), id: z.string(), message: z.string() }).safeParse(body);
  return {
    status,
    contentType: contentType.split(';')[0],
    error: error.success ? { id: error.data.id, message: error.data.message } : null,
    shape: shapeOf(body),
    messages: messagesOf(body),
  };
}

function describeRecorded({ response }: Exchange) {
  const body: unknown = JSON.parse(translate(JSON.stringify(response?.body ?? null)));
  const described = describeAnswer({ status: response?.status ?? 0, contentType: response?.headers['content-type'] ?? '', body });
  // Who is called dave there is our carol.
  return { ...described, messages: described.messages.map((message) => message.replaceAll('dave', 'carol')) };
}

const action = z.looseObject({
  context: z.record(z.string(), z.unknown()).optional(),
  type: z.string(),
  data_source: z.string(),
  user_name: z.string(),
  team_domain: z.string(),
});

function describeCall(request: { method: string; path: string; headers: Record<string, unknown>; body?: unknown } | undefined) {
  const headers = new Headers(Object.entries(request?.headers ?? {}).map(([name, value]): [string, string] => [name, String(value)]));
  const body = action.safeParse(request?.body);
  return {
    method: request?.method,
    path: request?.path,
    agent: headers.get('user-agent'),
    accept: headers.get('accept'),
    contentType: headers.get('content-type'),
    authorization: headers.get('authorization'),
    shape: body.success ? shapeOf(body.data) : undefined,
    said: body.success ? [body.data.user_name, body.data.team_domain, body.data.type, body.data.data_source] : undefined,
    context: body.success ? parseJson(translate(JSON.stringify(body.data.context ?? null))) : undefined,
  };
}

const parseJson = (text: string): unknown => JSON.parse(text);
