import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/core/clock.ts';
import type { Connector } from '../../src/core/connector.ts';
import { noFailpoint } from '../../src/core/failpoint.ts';
import type { Change, Chat, ChatMessage, Issue, IssueInput } from '../../src/core/ports.ts';
import type { ClaimedRun, RunStore, WaitingSignal } from '../../src/core/store.ts';
import { createTokenSigner } from '../../src/engine/button-token.ts';
import { firstDoc } from '../../src/engine/first-doc.ts';
import { createKeyedLock } from '../../src/engine/keyed-lock.ts';
import { startSession } from '../../src/engine/session.ts';
import { createRecordingLog } from '../support/log.ts';
import { createFakeRunStore } from './make-effects.ts';
import { createFakeChat, createFakePager, createFakeTracker } from './make-ports.ts';
import { loadOne, makeFacts, playbookText, PUBLIC_URL, registry } from './make-run.ts';

const PLAYBOOK = playbookText(`
  - name: A
    start_actions:
      - { name: Ticket, type: create_issue, summary: s, wait: false }
      - { name: Card, type: post, channel_name: inc-7, message: 'open {{.Action.Ticket.Key}}', transitions: [{ label: Go, to: B }] }
  - name: B
    start_actions: [{ name: CardB, type: update_post, post: Card, message: 'done {{.Action.Ticket.Key}}' }]
    timeout: { after: 1h, to: A }
`);

/** A call that waits until the test lets it go. */
function gate<I, O>(answer: (input: I) => O) {
  const waiting: (() => void)[] = [];
  const inputs: I[] = [];
  const change: Change<I, O> = {
    call: (input) =>
      new Promise((resolve) => {
        inputs.push(input);
        waiting.push(() => {
          resolve(answer(input));
        });
      }),
    reconcile: () => Promise.resolve({ answer: 'absent' }),
  };
  return { change, inputs, letGo: () => waiting.shift()?.() };
}

async function until(what: () => boolean): Promise<void> {
  for (let turns = 0; turns < 2000; turns += 1) {
    if (what()) return;
    await turn();
  }
  throw new Error(`it did not come to this: ${what.toString()}`);
}

function start() {
  const facts = makeFacts(loadOne(PLAYBOOK));
  const rest: Pick<Connector, 'health' | 'connection' | 'close'> = {
    health: () => Promise.resolve([]),
    connection: () => ({ circuit: 'closed', pausedBecause: undefined, inFlight: 0 }),
    close: () => Promise.resolve(),
  };
  const ticket = gate<IssueInput, Issue>(() => ({ id: '1', key: 'OPS-1', url: 'https://jira.example/OPS-1' }));
  const update = gate<{ postId: string; channelId: string; message: ChatMessage }, Record<string, never>>(() => ({}));
  const posts: ChatMessage[] = [];
  const fake = createFakeChat().chat;
  const chat: Chat = {
    ...fake,
    updatePost: update.change,
    post: {
      ...fake.post,
      call: ({ message }) => {
        posts.push(message);
        return Promise.resolve({ id: 'p1', url: '' });
      },
    },
  };
  const signals: WaitingSignal[] = [];
  const store: RunStore = { ...createFakeRunStore(), loadSignals: () => Promise.resolve({ wakeSeq: '1', signals }) };
  const doc = firstDoc({ facts, registry }, PUBLIC_URL);
  const run: ClaimedRun = {
    id: facts.id,
    epoch: '1',
    wakeSeq: '1',
    playbook: 'test',
    versionId: '1',
    number: 7,
    startedAt: facts.startedAt,
    context: facts.context,
    doc,
    signals: [],
    effects: [],
    now: systemClock.now(),
  };
  const log = createRecordingLog();
  const deps = {
    store,
    connectors: new Map<string, Connector>([
      ['mattermost', { ...rest, chat }],
      ['jira', { ...rest, tracker: { ...createFakeTracker().tracker, createIssue: ticket.change } }],
      ['pagerduty', { ...rest, pager: createFakePager().pager }],
    ]),
    registry,
    signer: createTokenSigner([Buffer.alloc(32, 1)]),
    clock: systemClock,
    log,
    failpoint: noFailpoint,
    locks: createKeyedLock(),
    random: () => 0,
    graceMs: 0,
    publicUrl: PUBLIC_URL,
    leaseMs: 30_000,
  };
  const session = startSession(deps, run, facts);
  const press = (): void => {
    const click = { kind: 'click' as const, action: 'Card', visit: 1, to: 'B', label: 'Go', personId: 'u1', username: 'kathy' };
    signals.push({ seq: '1', signal: { ...click, channelId: 'c1', postId: 'p1' }, deliveryId: undefined });
    session.poke();
  };
  return { session, ticket, update, posts, press, log };
}

describe('a session', () => {
  it('never draws an older text over an update that is on its way', async () => {
    const { session, ticket, update, posts, press, log } = start();
    await until(() => posts.length === 1 && ticket.inputs.length === 1);
    expect(posts[0]?.text).toBe('open -');
    press();
    await until(() => update.inputs.length === 1);
    expect(update.inputs[0]?.message.text).toBe('done -');
    ticket.letGo();
    await turn();
    update.letGo();
    await until(() => update.inputs.length === 2);
    update.letGo();
    session.stop();
    await session.ended;
    expect(update.inputs.map((one) => one.message.text)).toEqual(['done -', 'done OPS-1']);
    expect(log.entries.filter((entry) => entry.level === 'error')).toEqual([]);
  });

  it('draws a post again with a late output, buttons and all', async () => {
    const { session, ticket, update, posts } = start();
    await until(() => posts.length === 1);
    ticket.letGo();
    await until(() => update.inputs.length === 1);
    expect(update.inputs[0]?.message).toMatchObject({ text: 'open OPS-1', sections: [{ buttons: [{ label: 'Go' }] }] });
    update.letGo();
    session.stop();
    expect(await session.ended).toEqual({ dueInMs: undefined, fault: undefined });
  });
});
