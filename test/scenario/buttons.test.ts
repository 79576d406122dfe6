import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeBridge, type Bridge } from '../support/bridge.ts';
import { send, type Answer } from '../support/bridge-http.ts';

const TITLE = 'Checkout error rate above 5%';

const Card = z.object({
  channel_id: z.string(),
  props: z.object({
    attachments: z.array(
      z.object({
        actions: z.array(
          z.object({ name: z.string(), integration: z.object({ url: z.string(), context: z.object({ token: z.string() }) }) }),
        ),
      }),
    ),
  }),
});

interface Callback {
  readonly url: string;
  readonly token: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The callback that pressing the card's button would cause, as the bridge itself equipped the button. */
async function callbackOf(b: Bridge, label: string, username: string): Promise<Callback> {
  const room = await b.expectRoom(TITLE);
  await b.settle();
  const card = b.cardIn(room.name, label);
  const posted = b.simulator.requests
    .flatMap((request) => {
      const parsed = Card.safeParse(request.body);
      return request.vendor === 'mattermost' && parsed.success ? [parsed.data] : [];
    })
    .find((one) => one.channel_id === room.id);
  const integration = posted?.props.attachments.flatMap((section) => section.actions).find((action) => action.name === label)?.integration;
  const user = b.simulator.mattermost.users().find((one) => one.username === username);
  if (!card || !integration || !user) throw new Error(`There is no button ${label} for ${username}.`);
  const { url, context } = integration;
  const body = {
    user_id: user.id,
    user_name: username,
    channel_id: room.id,
    channel_name: room.name,
    team_id: '',
    team_domain: 'ops',
    post_id: card.id,
    trigger_id: `first-${username}`,
    type: 'button',
    data_source: '',
    context,
  };
  return { url, token: context.token, body };
}

function callBack(callback: Callback, changes: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
  return send(callback.url, { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...callback.body, ...changes }) });
}

const refusing = (words: RegExp) => ({ status: 200, body: { ephemeral_text: expect.stringMatching(words) } });

async function expectNothingMoved(b: Bridge): Promise<void> {
  await b.settle();
  expect(await b.findRun(TITLE)).toMatchObject({ state: 'running', step: 'Triggered' });
  expect(b.count('incident.acknowledged')).toBe(0);
  expect(b.count('post.updated')).toBe(0);
}

describeBridge('buttons', (open) => {
  it('takes one of fifty parallel clicks and explains itself to the other forty-nine', async () => {
    const b = await open();
    const { mattermost } = b.simulator;
    b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.waitFor('all three people', () => mattermost.members(room.name).length === 4);
    await b.settle();
    const card = b.cardIn(room.name, 'Acknowledge');
    const people = ['alice', 'bob', 'kathy'];
    const clicks = await Promise.all(
      Array.from({ length: 50 }, (_, index) => mattermost.click(people[index % 3] ?? '', card?.id ?? '', 'Acknowledge')),
    );
    await b.settle();
    expect(clicks.map((click) => click.status)).toEqual(Array.from({ length: 50 }, () => 200));
    expect(clicks.filter((click) => click.ephemeral === undefined)).toHaveLength(1);
    expect(clicks.filter((click) => /^Too late: .* moved it to Acknowledged/.test(click.ephemeral ?? ''))).toHaveLength(49);
    expect(b.count('incident.acknowledged')).toBe(1);
    expect(b.count('post.updated')).toBe(1);
    expect(b.count('post.created', (entry) => /Acknowledged by/.test(String(entry.detail['message'])))).toBe(1);
    const { timeline } = await b.story(TITLE);
    expect(timeline.filter((line) => line.kind === 'step_entered').map((line) => line.data)).toEqual([
      expect.objectContaining({ step: 'Setup' }),
      expect.objectContaining({ step: 'Triggered' }),
      expect.objectContaining({ step: 'Acknowledged', cause: 'click' }),
    ]);
  });

  it('refuses a callback whose token is missing, forged or changed by one bit, and keeps nothing of it', async () => {
    const b = await open();
    b.trigger(TITLE);
    const callback = await callbackOf(b, 'Acknowledge', 'alice');
    const [body = '', signature = ''] = callback.token.split('.');
    const flip = (text: string, at: number) => `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
    const forged = Buffer.from(Buffer.from(body, 'base64url').toString().replace('Acknowledged', 'Resolved')).toString('base64url');
    const tokens = [
      '',
      'nonsense',
      `${body}.`,
      `.${signature}`,
      `${flip(body, 5)}.${signature}`,
      `${body}.${flip(signature, 5)}`,
      `${forged}.${signature}`,
    ];
    for (const token of tokens) {
      expect(await callBack(callback, { context: { token } })).toMatchObject({ status: 401 });
    }
    expect(await callBack(callback, { context: undefined })).toMatchObject({ status: 401 });
    expect(await send(callback.url, { headers: { 'content-type': 'text/plain' }, body: JSON.stringify(callback.body) })).toMatchObject({
      status: 401,
    });
    await expectNothingMoved(b);
    expect((await b.deliveries()).map((one) => one.door)).toEqual(['event']);
    // The genuine one works all the same.
    expect(await callBack(callback)).toMatchObject({ status: 200, body: {} });
    await b.expectPost('inc-1', /taken by Alice/);
  });

  it('refuses a button carried to another channel or another post', async () => {
    const b = await open();
    b.trigger(TITLE);
    const callback = await callbackOf(b, 'Acknowledge', 'alice');
    const incidents = b.simulator.mattermost.channel('incidents');
    const elsewhere = await b.expectPost('inc-1', /^PagerDuty http/);
    expect(await callBack(callback, { channel_id: incidents?.id })).toMatchObject(refusing(/belongs to another channel/));
    expect(await callBack(callback, { post_id: elsewhere.id, trigger_id: 'second' })).toMatchObject(
      refusing(/does not belong to this post/),
    );
    await expectNothingMoved(b);
    expect((await b.deliveries()).map((one) => `${one.door} ${one.outcome}`)).toEqual([
      'event started',
      'button refused',
      'button signalled',
    ]);
  });

  it('lets only members of the channel press, whoever the callback says they are', async () => {
    const b = await open();
    b.trigger(TITLE);
    const callback = await callbackOf(b, 'Acknowledge', 'maya');
    expect(await callBack(callback)).toMatchObject(refusing(/Only members of this channel/));
    expect(await callBack(callback, { user_name: 'alice', trigger_id: 'second' })).toMatchObject(refusing(/Only members of this channel/));
    expect(await callBack(callback, { user_id: 'a'.repeat(26), trigger_id: 'third' })).toMatchObject(refusing(/does not know you/));
    await expectNothingMoved(b);
    b.simulator.mattermost.join('maya', 'inc-1');
    expect(await callBack(callback, { trigger_id: 'fourth' })).toMatchObject({ status: 200, body: {} });
    await b.expectPost('inc-1', /taken by Maya Okafor/);
  });

  it('takes a press once, however often it is replayed', async () => {
    const b = await open();
    b.trigger(TITLE);
    const callback = await callbackOf(b, 'Acknowledge', 'alice');
    expect(await callBack(callback)).toEqual(expect.objectContaining({ status: 200, body: {} }));
    expect(await callBack(callback)).toMatchObject(refusing(/taken already/));
    expect(await callBack(callback, { trigger_id: 'second' })).toMatchObject(
      refusing(/^Too late: .*Alice Lindqvist moved it to Acknowledged/),
    );
    await b.settle();
    expect(b.count('incident.acknowledged')).toBe(1);
  });

  it('tells who presses after the end that it is over', async () => {
    const b = await open();
    const { id } = b.trigger(TITLE);
    const callback = await callbackOf(b, 'Resolve', 'alice');
    b.simulator.pagerduty.resolve(id);
    await b.expectState(TITLE, 'finished');
    await b.settle();
    const before = b.simulator.ledger.length;
    expect(await callBack(callback)).toMatchObject(refusing(/already closed/));
    await b.settle();
    expect(b.simulator.ledger).toHaveLength(before);
    expect((await b.deliveries()).at(-1)).toMatchObject({ door: 'button', outcome: 'ignored', reason: 'the run has ended' });
  });

  it('acts in PagerDuty as the service user for a presser without an account there', async () => {
    const b = await open();
    b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.waitFor('kathy in the room', () => b.simulator.mattermost.members(room.name).includes('kathy'));
    await b.pressButton('kathy', room.name, 'Acknowledge');
    await b.expectPost(room.name, /taken by Kathy Brandt/);
    await b.settle();
    expect(b.count('incident.acknowledged', (entry) => entry.by === 'incident-bridge@example.test')).toBe(1);
    expect((await b.deliveries()).at(-1)).toMatchObject({ outcome: 'echo' });
  });
});
