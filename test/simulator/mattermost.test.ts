import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mentionsIn } from '../../src/simulator/mattermost/mattermost.ts';
import { createGate, startIntegration, startMattermost } from '../support/simulated-mattermost.ts';

type Harness = Awaited<ReturnType<typeof startMattermost>>;
type Integration = Awaited<ReturnType<typeof startIntegration>>;

let sim: Harness;
let integration: Integration;
let answer: unknown;
let channelId: string;

beforeEach(async () => {
  sim = await startMattermost();
  answer = {};
  integration = await startIntegration((_request, response) => void response.json(answer));
  channelId = await newChannel(sim, 'inc-1');
});
afterEach(async () => {
  await sim.close();
  await integration.close();
});

async function newChannel(harness: Harness, name: string): Promise<string> {
  const team = await harness.get('GET', '/teams/name/ops');
  const channel = await harness.get('POST', '/channels', {
    team_id: team['id'],
    name,
    display_name: name,
    type: 'O',
    purpose: 'For incident 1 (ib-7-create_channel-1)',
  });
  return String(channel['id']);
}

async function addAlice(): Promise<void> {
  const alice = await sim.get('GET', '/users/username/alice');
  await sim.get('POST', `/channels/${channelId}/members`, { user_id: alice['id'] });
}

function card(...actions: readonly Record<string, unknown>[]) {
  const live = actions.map((action) => ({
    type: 'button',
    integration: { url: `${integration.url}/cb`, context: { token: 'secret' } },
    ...action,
  }));
  return { ib_key: 'ib-7-post-1', attachments: [{ text: 'Incident 1', actions: live }] };
}

async function postCard(props: unknown = card({ id: 'ack', name: 'Acknowledge' })): Promise<string> {
  return String((await sim.get('POST', '/posts', { channel_id: channelId, message: 'card', props }))['id']);
}

const errorOf = (body: unknown) => (body instanceof Object && 'id' in body ? body.id : undefined);

describe('buttons', () => {
  beforeEach(addAlice);

  it('calls the integration with the context, and the answer edits the post', async () => {
    const postId = await postCard();
    answer = {
      update: { message: 'taken', props: card({ id: 'res', name: 'Resolve' }) },
      ephemeral_text: 'Thanks, <https://example.test|see here>.',
    };

    const result = await sim.mattermost.click('alice', postId, 'Acknowledge');

    expect(result).toMatchObject({ status: 200, ephemeral: 'Thanks, [see here](https://example.test).' });
    expect(integration.requests[0]?.body).toMatchObject({
      user_name: 'alice',
      channel_name: 'inc-1',
      team_domain: 'ops',
      post_id: postId,
      type: 'button',
      context: { token: 'secret' },
    });
    expect(sim.mattermost.callbacks[0]).toMatchObject({ url: `${integration.url}/cb`, status: 200 });
    const post = sim.mattermost.posts('inc-1').find((one) => one.id === postId);
    expect(post).toMatchObject({ message: 'taken', attachments: [{ actions: [{ label: 'Resolve', isLive: true }] }] });
    expect(sim.mattermost.ephemerals).toMatchObject([{ user: 'alice', channel: 'inc-1', postId }]);
  });

  it('shows the integration to nobody, and loses it when what was read is written back', async () => {
    const postId = await postCard();
    const read = await sim.get('GET', `/posts/${postId}`);
    expect(JSON.stringify(read)).not.toContain('secret');

    await sim.get('PUT', `/posts/${postId}/patch`, { message: 'only the text' });
    expect((await sim.mattermost.click('alice', postId, 'Acknowledge')).status).toBe(200);

    await sim.get('PUT', `/posts/${postId}/patch`, { props: read['props'] });
    const result = await sim.mattermost.click('alice', postId, 'Acknowledge');
    expect([result.status, errorOf(result.body)]).toEqual([404, 'api.post.do_action.action_id.app_error']);
  });

  it('has no route to an action id with other characters than letters and digits', async () => {
    const postId = await postCard(card({ id: 'resolve_1', name: 'Resolve' }));
    const byLabel = await sim.mattermost.click('alice', postId, 'Resolve');
    const byRoute = await sim.call('POST', `/posts/${postId}/actions/resolve_1`, {}, 'token-alice');
    expect([byLabel.status, byRoute.status, byRoute.contentType]).toEqual([404, 404, 'text/plain; charset=utf-8']);
    expect(integration.requests).toEqual([]);
  });

  it('gives up after 30 s of the clock, though the integration was called', async () => {
    const arrived = createGate();
    const silent = await startIntegration(() => arrived.open());
    const postId = await postCard(card({ id: 'ack', name: 'Acknowledge', integration: { url: silent.url } }));

    const click = sim.mattermost.click('alice', postId, 'Acknowledge');
    await arrived.opened;
    sim.clock.advance(30_000);

    expect(errorOf((await click).body)).toBe('api.post.do_action.action_integration.app_error');
    expect(silent.requests).toHaveLength(1);
    await silent.close();
  });

  it('brings the button of an ephemeral post to the integration by its cookie', async () => {
    sim.mattermost.addUser({ username: 'admin', isAdmin: true, teams: ['ops'] });
    const alice = await sim.get('GET', '/users/username/alice');
    const post = { channel_id: channelId, message: 'only you', props: card({ id: 'yes', name: 'Yes' }) };
    const refused = await sim.call('POST', '/posts/ephemeral', { user_id: alice['id'], post });
    const shown = await sim.get('POST', '/posts/ephemeral', { user_id: alice['id'], post }, 'token-admin');
    const cookie = /"cookie":"([^"]+)"/.exec(JSON.stringify(shown))?.[1];
    const path = `/posts/${String(shown['id'])}/actions/yes`;

    const statuses = [
      refused.status,
      (await sim.call('POST', path, {}, 'token-alice')).status,
      (await sim.call('POST', path, { cookie: 'AAAA' }, 'token-alice')).status,
      (await sim.call('POST', path, { cookie }, 'token-alice')).status,
    ];
    answer = { update: { message: 'gone' } };
    expect([...statuses, (await sim.call('POST', path, { cookie }, 'token-alice')).status]).toEqual([403, 403, 400, 200, 404]);
  });
});

describe('pending_post_id', () => {
  const body = (message: string) => ({ channel_id: channelId, message, pending_post_id: 'bot:job-1' });

  it('answers a repeat within 30 s with the first post, and forgets it then', async () => {
    const first = await sim.get('POST', '/posts', body('first'));
    sim.clock.advance(29_999);
    expect(await sim.get('POST', '/posts', body('second'))).toMatchObject({ id: first['id'], message: 'first', pending_post_id: '' });
    sim.clock.advance(1);
    expect((await sim.get('POST', '/posts', body('third')))['id']).not.toBe(first['id']);
    expect(sim.ledger.filter((entry) => entry.effect === 'post.created').map((entry) => entry.detail?.['message'])).toEqual([
      'first',
      'third',
    ]);
  });

  it('tells a twin that the first is still at work', async () => {
    const gate = createGate();
    const writing = createGate();
    const slow = await startMattermost({
      savePost: () => {
        writing.open();
        return gate.opened;
      },
    });
    channelId = await newChannel(slow, 'inc-2');
    const first = slow.call('POST', '/posts', body('first'));
    await writing.opened;
    const twin = await slow.call('POST', '/posts', body('first'));
    gate.open();
    expect([twin.status, errorOf(twin.body), (await first).status]).toEqual([500, 'api.post.deduplicate_create_post.pending', 201]);
    expect((await slow.call('POST', '/posts', body('first'))).status).toBe(201);
    expect(slow.mattermost.posts('inc-2').filter((post) => post.type === '')).toHaveLength(1);
    await slow.close();
  });
});

describe('limits', () => {
  // Measured at the real server: what one attachment may hold, by the six characters that a `<` takes and the two of a newline.
  it.each([
    ['p', 7747],
    ['\n', 3873],
    ['<', 1291],
  ])('takes so many %j in one attachment and not one more', async (letter, most) => {
    const send = (count: number) =>
      sim.call('POST', '/posts', { channel_id: channelId, message: '', props: { attachments: [{ text: letter.repeat(count) }] } });
    expect((await send(most)).status).toBe(201);
    expect(errorOf((await send(most + 1)).body)).toBe('model.post.is_valid.props.app_error');
  });

  it('takes no NUL, which PostgreSQL cannot store', async () => {
    expect((await sim.call('POST', '/posts', { channel_id: channelId, message: 'a\0b' })).status).toBe(500);
  });
});

describe('archived channels', () => {
  it('still reach the integration, take members, and refuse the rest', async () => {
    await addAlice();
    const postId = await postCard();
    answer = { update: { message: 'too late' } };
    await sim.get('DELETE', `/channels/${channelId}`);

    const click = await sim.mattermost.click('alice', postId, 'Acknowledge');
    const bob = await sim.get('GET', '/users/username/bob');
    const replies = [
      await sim.call('POST', '/posts', { channel_id: channelId, message: 'x' }),
      await sim.call('PUT', `/posts/${postId}/patch`, { message: 'x' }),
      await sim.call('PUT', `/channels/${channelId}/patch`, { header: 'x' }),
      await sim.call('DELETE', `/channels/${channelId}`),
      await sim.call('POST', `/channels/${channelId}/restore`),
      await sim.call('POST', `/channels/${channelId}/members`, { user_id: bob['id'] }),
    ];
    expect(integration.requests).toHaveLength(1);
    expect(errorOf(click.body)).toBe('api.post.update_post.can_not_update_post_in_deleted.error');
    expect(replies.map(({ status }) => status)).toEqual([400, 400, 400, 400, 403, 201]);
    expect(sim.mattermost.channel('inc-1')).toMatchObject({ isArchived: true, members: ['incident-bridge', 'alice', 'bob'] });
  });
});

describe('the ledger', () => {
  it('holds each real change once, with the marker of the call', async () => {
    await addAlice();
    await addAlice();
    await sim.get('PUT', `/channels/${channelId}/patch`, { header: 'h' });
    await sim.get('PUT', `/channels/${channelId}/patch`, { header: 'h' });
    const postId = await postCard();
    await sim.get('PUT', `/posts/${postId}/patch`, { message: 'edited', props: card({ id: 'ack', name: 'Acknowledge' }) });
    await sim.get('PUT', `/posts/${postId}/patch`, { message: 'edited', props: card({ id: 'ack', name: 'Acknowledge' }) });
    const dave = await sim.get('GET', '/users/username/dave');
    const team = await sim.get('GET', '/teams/name/ops');
    await sim.get('POST', `/teams/${String(team['id'])}/members`, { team_id: team['id'], user_id: dave['id'] });
    await sim.get('DELETE', `/channels/${channelId}`);

    expect(sim.ledger.map(({ effect, marker, subject }) => [effect, marker, subject])).toEqual([
      ['channel.created', 'ib-7-create_channel-1', channelId],
      ['member.added', '', 'inc-1/alice'],
      ['channel.header', '', channelId],
      ['post.created', 'ib-7-post-1', postId],
      ['post.updated', 'ib-7-post-1', postId],
      ['team_member.added', '', 'ops/dave'],
      ['channel.archived', '', channelId],
    ]);
  });
});

describe('tokens', () => {
  it('get 401 when missing, switched off or in the query, and work again when switched on', async () => {
    const statuses = async () => (await sim.call('GET', '/users/me')).status;
    sim.mattermost.setTokenActive('simulated-mattermost-token', false);
    expect([await statuses(), (await sim.call('GET', '/users/me', undefined, '')).status]).toEqual([401, 401]);
    sim.mattermost.setTokenActive('simulated-mattermost-token', true);
    const inQuery = await sim.call('GET', '/users/me?access_token=simulated-mattermost-token', undefined, '');
    expect([await statuses(), errorOf(inQuery.body)]).toEqual([200, 'api.context.token_provided.app_error']);
  });
});

describe('mentionsIn', () => {
  it('finds people and everybody, but neither code nor e-mail addresses', () => {
    expect(mentionsIn({ message: '@Alice, @bob.smith. and @channel; not `@carol`, not x@example.test, not ```\n@dave\n```' })).toEqual([
      'alice',
      'bob.smith',
      'channel',
    ]);
  });
});
