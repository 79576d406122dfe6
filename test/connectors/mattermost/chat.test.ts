import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../src/core/errors.ts';
import type { ChannelInput, ChatMessage } from '../../../src/core/ports.ts';
import { callContext, failureOf, lookContext, openVendors, type Vendors } from '../open-vendors.ts';

let vendors: Vendors;
beforeEach(async () => {
  vendors = await openVendors();
});
afterEach(() => vendors.close());

const signal = new AbortController().signal;
const marker = 'ib-0199aaaa-WarRoom-1';

function channel(change: Partial<ChannelInput> = {}): ChannelInput {
  return {
    name: 'inc-7',
    displayName: 'INC 7: Checkout error rate',
    header: '[PagerDuty](https://pd.example.test/incidents/Q1)',
    purpose: 'War room',
    private: false,
    ifExists: 'fail',
    ...change,
  };
}

function card(change: Partial<ChatMessage> = {}): ChatMessage {
  return {
    text: 'Checkout error rate above 5%',
    sections: [
      { title: 'Open', text: 'Nobody has it', color: '#d24b4e', buttons: [{ label: 'Acknowledge', style: 'primary', token: 't1' }] },
    ],
    ...change,
  };
}

/** The requests the simulated Mattermost got, as `POST /api/v4/channels`. */
function calls(): string[] {
  return vendors.simulator.requests.filter(({ vendor }) => vendor === 'mattermost').map(({ method, path }) => `${method} ${path}`);
}

describe('createChannel', () => {
  test('makes a channel with our marker in its purpose', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    expect(made).toMatchObject({ name: 'inc-7', url: `${vendors.simulator.url}/mattermost/ops/channels/inc-7` });
    expect(vendors.simulator.ledger.filter(({ effect }) => effect === 'channel.created')).toMatchObject([{ marker }]);
  });

  test('adopts its own channel when called again', async () => {
    const first = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const second = await vendors.chat.createChannel.call(channel({ ifExists: 'suffix' }), callContext(marker));
    expect(second).toEqual(first);
  });

  test('cuts the purpose and keeps the marker', async () => {
    await vendors.chat.createChannel.call(channel({ purpose: 'ä'.repeat(400), displayName: 'ü'.repeat(80) }), callContext(marker));
    const view = vendors.simulator.mattermost.channel('inc-7');
    expect(view?.purpose.endsWith(` ${marker}`)).toBe(true);
    expect(view?.purpose).toHaveLength(250);
    expect(view?.displayName).toHaveLength(64);
  });

  test("does with somebody else's channel as ifExists says", async () => {
    const theirs = await vendors.chat.createChannel.call(channel(), callContext('ib-0199bbbb-WarRoom-1'));
    expect(await failureOf(vendors.chat.createChannel.call(channel(), callContext(marker)))).toBeInstanceOf(PermanentError);
    expect(await vendors.chat.createChannel.call(channel({ ifExists: 'reuse' }), callContext(marker))).toEqual(theirs);
    expect(await vendors.chat.createChannel.call(channel({ ifExists: 'suffix' }), callContext(marker))).toMatchObject({ name: 'inc-7-2' });
    expect(await vendors.chat.createChannel.call(channel({ ifExists: 'suffix' }), callContext('ib-3'))).toMatchObject({ name: 'inc-7-3' });
  });

  test('refuses to reuse an archived channel, and takes the next name instead', async () => {
    const theirs = await vendors.chat.createChannel.call(channel(), callContext('ib-0199bbbb-WarRoom-1'));
    await vendors.chat.archiveChannel.call({ channelId: theirs.id }, callContext('x'));
    expect(await failureOf(vendors.chat.createChannel.call(channel({ ifExists: 'reuse' }), callContext(marker)))).toMatchObject({
      code: 'mattermost.channel_exists',
    });
    expect(await vendors.chat.createChannel.call(channel({ ifExists: 'suffix' }), callContext(marker))).toMatchObject({ name: 'inc-7-2' });
  });

  test('refuses a name that is too long before asking the server, whose 500 looks like a fault', async () => {
    const failure = await failureOf(vendors.chat.createChannel.call(channel({ name: 'a'.repeat(65) }), callContext(marker)));
    expect(failure).toMatchObject({ kind: 'permanent', code: 'mattermost.channel_name_too_long' });
  });

  test('reconcile finds a numbered channel behind others', async () => {
    await vendors.chat.createChannel.call(channel(), callContext('ib-other-1'));
    const input = channel({ ifExists: 'suffix' });
    expect(await vendors.chat.createChannel.reconcile(input, lookContext(marker, vendors.clock))).toEqual({ answer: 'absent' });
    const made = await vendors.chat.createChannel.call(input, callContext(marker));
    expect(await vendors.chat.createChannel.reconcile(input, lookContext(marker, vendors.clock))).toEqual({
      answer: 'found',
      output: made,
    });
  });

  test('costs one call, and finding it afterwards none', async () => {
    await vendors.chat.createChannel.call(channel({ name: 'warm-up' }), callContext('warm'));
    const before = calls().length;
    await vendors.chat.createChannel.call(channel(), callContext(marker));
    await vendors.chat.findChannel({ name: 'inc-7' }, signal);
    expect(calls().slice(before)).toEqual(['POST /api/v4/channels']);
  });
});

describe('people and members', () => {
  test('finds people by username, id and address, and lists strangers', async () => {
    const alice = vendors.simulator.mattermost.users().find(({ username }) => username === 'alice');
    const names = ['@Kathy', 'bob', alice?.id ?? '', 'maya@example.test', 'nobody', 'nobody@example.test', 'x'.repeat(26)];
    const { found, unknown } = await vendors.chat.findPeople(names, signal);
    expect(found.map(({ username }) => username)).toEqual(['kathy', 'bob', 'alice', 'maya']);
    expect(unknown).toEqual(['nobody', 'nobody@example.test', 'x'.repeat(26)]);
  });

  test('asks once in five minutes, and for strangers once a minute', async () => {
    await vendors.chat.findPeople(['bob', 'nobody'], signal);
    const before = calls().length;
    await vendors.chat.findPeople(['@bob', 'nobody', 'bob'], signal);
    expect(calls()).toHaveLength(before);
    vendors.clock.advance(61_000);
    await vendors.chat.findPeople(['bob', 'nobody'], signal);
    expect(calls()).toHaveLength(before + 1);
    vendors.clock.advance(300_000);
    await vendors.chat.findPeople(['bob'], signal);
    expect(calls()).toHaveLength(before + 2);
  });

  test('finds nobody among no names without a call', async () => {
    expect(await vendors.chat.findPeople([], signal)).toEqual({ found: [], unknown: [] });
    expect(calls()).toEqual([]);
  });

  test('adds a member, and adds to the team first where needed', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const stranger = vendors.simulator.mattermost.addUser({ username: 'newcomer' });
    expect(await vendors.chat.isMember(made.id, stranger.id, signal)).toBe(false);
    await vendors.chat.addMember.call({ channelId: made.id, personId: stranger.id }, callContext('m1'));
    await vendors.chat.addMember.call({ channelId: made.id, personId: stranger.id }, callContext('m1'));
    expect(vendors.simulator.mattermost.members('inc-7')).toContain('newcomer');
    expect(
      vendors.simulator.ledger.filter(({ effect, subject }) => effect === 'member.added' && subject.endsWith('/newcomer')),
    ).toHaveLength(1);
    expect(await vendors.chat.addMember.reconcile({ channelId: made.id, personId: stranger.id }, lookContext('m1', vendors.clock))).toEqual(
      {
        answer: 'found',
        output: {},
      },
    );
  });
});

describe('posts', () => {
  test('posts a card whose button reaches us', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const post = await vendors.chat.post.call({ channelId: made.id, message: card() }, callContext('ib-0199aaaa-Card-1'));
    expect(post.url).toBe(`${vendors.simulator.url}/mattermost/ops/pl/${post.id}`);
    expect(vendors.simulator.ledger.filter(({ effect }) => effect === 'post.created')).toMatchObject([{ marker: 'ib-0199aaaa-Card-1' }]);
    const again = await vendors.chat.post.call({ channelId: made.id, message: card() }, callContext('ib-0199aaaa-Card-1'));
    expect(again).toEqual(post);
  });

  test('an update replaces everything and keeps the key of the post', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const input = { channelId: made.id, message: card() };
    const post = await vendors.chat.post.call(input, callContext('ib-0199aaaa-Card-1'));
    const update = { postId: post.id, channelId: made.id, message: card({ text: 'Taken', sections: [] }) };
    expect(await vendors.chat.updatePost.reconcile(update, lookContext('ib-0199aaaa-CardAck-2', vendors.clock))).toEqual({
      answer: 'absent',
    });
    await vendors.chat.updatePost.call(update, callContext('ib-0199aaaa-CardAck-2'));
    expect(await vendors.chat.updatePost.reconcile(update, lookContext('ib-0199aaaa-CardAck-2', vendors.clock))).toEqual({
      answer: 'found',
      output: {},
    });
    expect(await vendors.chat.post.reconcile(input, lookContext('ib-0199aaaa-Card-1', vendors.clock))).toEqual({
      answer: 'found',
      output: post,
    });
    expect(vendors.simulator.mattermost.posts('inc-7').at(-1)).toMatchObject({ message: 'Taken' });
  });

  test('the key survives an update by a process that did not post', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const input = { channelId: made.id, message: card() };
    const post = await vendors.chat.post.call(input, callContext('ib-0199aaaa-Card-1'));
    vendors.clock.advance(8 * 24 * 3_600_000);
    await vendors.chat.updatePost.call({ ...input, postId: post.id }, callContext('ib-0199aaaa-Redraw-3'));
    expect(await vendors.chat.post.reconcile(input, lookContext('ib-0199aaaa-Card-1', vendors.clock))).toMatchObject({ answer: 'found' });
  });

  test('an archived channel takes no post, for good', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    await vendors.chat.archiveChannel.call({ channelId: made.id }, callContext('a1'));
    await vendors.chat.archiveChannel.call({ channelId: made.id }, callContext('a1'));
    expect(await vendors.chat.archiveChannel.reconcile({ channelId: made.id }, lookContext('a1', vendors.clock))).toMatchObject({
      answer: 'found',
    });
    expect(await failureOf(vendors.chat.post.call({ channelId: made.id, message: card() }, callContext('p')))).toBeInstanceOf(
      PermanentError,
    );
    expect(await vendors.chat.findChannel({ name: 'inc-7' }, signal)).toBeUndefined();
  });

  test('a look through a long channel pages back to the intent', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const input = { channelId: made.id, message: card() };
    const intendedAt = vendors.clock.now();
    const post = await vendors.chat.post.call(input, callContext('ib-0199aaaa-Card-1'));
    vendors.simulator.mattermost.join('kathy', 'inc-7');
    for (let number = 0; number < 210; number += 1) {
      vendors.clock.advance(1_000);
      await vendors.simulator.mattermost.postAs('kathy', 'inc-7', `line ${number}`);
    }
    expect(await vendors.chat.post.reconcile(input, lookContext('ib-0199aaaa-Card-1', vendors.clock, intendedAt))).toEqual({
      answer: 'found',
      output: post,
    });
    expect(await vendors.chat.post.reconcile(input, lookContext('ib-other', vendors.clock, intendedAt))).toEqual({ answer: 'absent' });
  });

  test('a huge text is cut so that the server takes it with its buttons', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const section = {
      title: 'Log',
      text: '<&>\n'.repeat(4_000),
      color: '',
      buttons: [{ label: 'Resolve', style: 'danger' as const, token: 'x'.repeat(400) }],
    };
    await vendors.chat.post.call(
      { channelId: made.id, message: { text: 'a'.repeat(20_000), sections: [section, section] } },
      callContext('p1'),
    );
    expect(vendors.simulator.mattermost.posts('inc-7').at(-1)?.message).toHaveLength(16_383);
  });

  test('the header is set, and seen to be set', async () => {
    const made = await vendors.chat.createChannel.call(channel(), callContext(marker));
    const input = { channelId: made.id, header: 'Jira OPS-1' };
    expect(await vendors.chat.setHeader.reconcile(input, lookContext('h', vendors.clock))).toEqual({ answer: 'absent' });
    await vendors.chat.setHeader.call(input, callContext('h'));
    expect(await vendors.chat.setHeader.reconcile(input, lookContext('h', vendors.clock))).toEqual({ answer: 'found', output: {} });
  });
});
