import type { ActionContext, IncidentView } from '../../src/core/action.ts';
import { PermanentError } from '../../src/core/errors.ts';
import type { Actor } from '../../src/core/event.ts';
import type { Change, Chat, Pager, Tracker } from '../../src/core/ports.ts';
import { effectKey, performEffect } from '../../src/engine/perform-effect.ts';
import { createFakeChat, createFakePager, createFakeTracker } from '../engine/make-ports.ts';
import { makeEffects } from '../engine/make-effects.ts';
import type { StoredEffect } from '../../src/core/store.ts';

const INCIDENT: IncidentView = { pagerId: 'PINC1', escalationPolicyId: 'PPOL1', issueId: '1001', channelId: 'c1' };
const ADA: Actor = { name: 'Ada', username: 'ada', email: 'ada@example.test', id: 'mattermost:u1' };

export interface ContextOptions {
  readonly incident?: Partial<IncidentView>;
  readonly actor?: Actor;
  readonly chat?: Partial<Chat>;
  readonly tracker?: Partial<Tracker>;
  readonly pager?: Partial<Pager>;
  /** What every changing call does in place of its work. */
  readonly failWith?: Error;
  readonly effects?: readonly StoredEffect[];
}

/** What an action gets, on ports that note what is asked of them and with a real journal. */
export function makeContext<I>(input: I, options: ContextOptions = {}) {
  const chat = createFakeChat();
  const tracker = createFakeTracker();
  const pager = createFakePager();
  const effects = makeEffects(options.effects);
  const raised: { type: string; source: string }[] = [];
  const asked = (): readonly string[] => [...chat.asked, ...tracker.asked, ...pager.asked];
  const failing = <A, B>(change: Change<A, B>): Change<A, B> => {
    const { failWith } = options;
    return failWith ? { ...change, call: () => Promise.reject(failWith) } : change;
  };
  const context: ActionContext<I> = {
    input,
    chat: { ...chat.chat, ...options.chat },
    tracker: { ...tracker.tracker, ...options.tracker },
    pager: { ...pager.pager, ...options.pager },
    connectorIds: { chat: 'mattermost', tracker: 'jira', pager: 'pagerduty' },
    incident: { ...INCIDENT, ...options.incident },
    actor: options.actor ?? ADA,
    teamName: 'ops',
    signal: effects.abort.signal,
    effect: (name, change, effectInput, more) =>
      performEffect(effects.context, 'Act', effectKey('Act', 1, 0, more?.part), name, failing(change), effectInput, more),
    findChannel: async (name, team) => {
      const found = await chat.chat.findChannel({ team, name }, effects.abort.signal);
      if (!found) throw new PermanentError({ code: 'channel.not_found', message: `no channel ${name}` });
      return found;
    },
    compose: (message, transitions) => ({
      text: message,
      sections:
        transitions.length === 0
          ? []
          : [{ title: '', text: '', color: '', buttons: transitions.map(({ label }) => ({ label, style: 'default', token: 't' })) }],
    }),
    findPost: (name) => (name === 'Card' ? { id: 'p1', channelId: 'c1' } : undefined),
    raise: (event) => void raised.push(event),
  };
  return { context, asked, raised, effects };
}
