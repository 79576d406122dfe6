import { z } from 'zod';
import type { ActionContext, ActionDefinition, IncidentView } from '../core/action.ts';
import { BridgeError, ConfigError, InDoubtError, messageOf, PermanentError, RetryableError } from '../core/errors.ts';
import type { Actor } from '../core/event.ts';
import type { Action } from '../core/playbook.ts';
import type { Channel } from '../core/ports.ts';
import type { Cause, Invocation, Output, RunDoc } from '../core/run.ts';
import type { TokenSigner } from './button-token.ts';
import { composeCard } from './card.ts';
import { LeaseLost } from './journal.ts';
import { templateKindOf } from './load-action.ts';
import { effectKey, performEffect, type EffectContext } from './perform-effect.ts';
import type { Ports } from './ports-of.ts';
import { openOutputs, outputsFor, showsDash } from './readiness.ts';
import { retryDelayMs } from './retry-delay.ts';
import { createScope, pagerIdOf } from './scope.ts';
import { renderValue, type Scope } from './template.ts';
import { dueOf } from './due.ts';
import type { Outcome, Rules } from './run-input.ts';

export interface ActionRun {
  readonly rules: Rules;
  readonly ports: Ports;
  readonly signer: TokenSigner;
  readonly effects: EffectContext;
  readonly random: () => number;
  /** Called once the input is known, before the first call: what the action is about, where a newer wish overtakes an older. */
  onLane(lane: string): void;
  onRaise(event: { type: string; source: string; actor: Actor }): void;
}

/** One attempt at an action, from rendering to outcome. Never throws but for a lost lease. */
export async function runAction(run: ActionRun, doc: RunDoc, invocation: Invocation): Promise<Outcome> {
  const { rules, effects } = run;
  const action = rules.facts.playbook.actions.get(invocation.action);
  const definition = action && rules.registry.actions.get(action.type);
  if (!action || !definition)
    return { kind: 'failed', error: `the action type "${action?.type ?? ''}" is unknown`, code: 'action.unknown' };
  let reconciled = false;
  let anyStale = false;
  const context: EffectContext = {
    ...effects,
    onReconciled: (change, stale) => {
      reconciled = true;
      anyStale ||= stale;
      effects.onReconciled(change, stale);
    },
  };
  try {
    const { input, seen } = renderInput(rules, doc, action, definition, invocation);
    const incident = incidentView(rules, doc);
    if (definition.lane) run.onLane(definition.lane(input, incident));
    const output = await definition.run(actionContext(run, context, doc, action, invocation, input, incident));
    return { kind: 'done', output, seen, reconciled, stale: anyStale };
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return outcomeOf(error, action, invocation, effects.now().toISOString(), run.random);
  }
}

/** The input with templates rendered, checked by the action's schema; and which outputs it saw. */
export function renderInput(
  rules: Rules,
  doc: RunDoc,
  action: Action,
  definition: ActionDefinition,
  invocation: Pick<Invocation, 'visit'>,
  seenBefore?: Readonly<Record<string, Output | null>>,
) {
  const open = seenBefore ? [] : openOutputs(rules, doc, { ...NO_INVOCATION, action: action.name, visit: invocation.visit });
  const outputs = seenBefore ? { ...doc.outputs, ...seenBefore } : outputsFor(doc, open);
  const seen = Object.fromEntries(action.uses.flatMap((name) => (outputs[name] === undefined ? [] : [[name, outputs[name]]])));
  const cause: Cause | undefined = doc.causes[invocation.visit];
  const missing = showsDash(definition) ? '-' : '';
  // The run may have moved on since: a text says the step that it belongs to.
  const scope = createScope(rules.facts, rules.registry, { ...doc, step: action.step }, cause, { outputs, missing, trust: true });
  const rendered = Object.fromEntries(
    Object.entries(action.input).map(([field, value]) => [field, renderField(action, field, value, definition, scope)]),
  );
  const parsed = definition.input.safeParse(rendered);
  if (!parsed.success) {
    const reasons = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ');
    throw new PermanentError({
      code: 'action.bad_input',
      message: `${action.name}: what its templates gave can't be used (${reasons}). Change the playbook.`,
    });
  }
  return { input: parsed.data, seen };
}

function renderField(action: Action, field: string, value: unknown, definition: ActionDefinition, scope: Scope): unknown {
  try {
    return renderValue(value, templateKindOf(definition.input, field), scope);
  } catch (error) {
    // Above a limit, or a filter that can't take the value: another try would end the same.
    throw new PermanentError({
      code: 'action.bad_template',
      message: `${action.name}: the template in ${field} can't be rendered (${messageOf(error).split('\n')[0] ?? ''}). Change the playbook.`,
      cause: error,
    });
  }
}

const NO_INVOCATION: Invocation = {
  action: '',
  visit: 0,
  wait: false,
  state: 'open',
  attempts: 0,
  bugs: 0,
  startedAt: '',
  missing: [],
  round: 0,
};

/** The run's things at the vendors, as far as they are known. */
export function incidentView(rules: Rules, doc: RunDoc): IncidentView {
  const { playbook, context } = rules.facts;
  const output = (type: string, field: string): string | undefined => {
    for (const action of playbook.actions.values()) {
      const value = action.type === type ? doc.outputs[action.name]?.[field] : undefined;
      if (typeof value === 'string' && value !== '') return value;
    }
    return undefined;
  };
  const policy = context.event.Vendor['escalation_policy_id'];
  return {
    pagerId: pagerIdOf(context),
    escalationPolicyId: typeof policy === 'string' && policy !== '' ? policy : undefined,
    issueId: output('create_issue', 'ID'),
    channelId: output('create_channel', 'ChannelID'),
  };
}

function actionContext<I>(
  run: ActionRun,
  effects: EffectContext,
  doc: RunDoc,
  action: Action,
  invocation: Invocation,
  input: I,
  incident: IncidentView,
): ActionContext<I> {
  const { ports, rules, signer } = run;
  const { facts } = rules;
  return {
    input,
    get chat() {
      return ports.chat;
    },
    get tracker() {
      return ports.tracker;
    },
    get pager() {
      return ports.pager;
    },
    connectorIds: ports.ids,
    incident,
    actor: doc.causes[invocation.visit]?.actor ?? facts.context.actor,
    teamName: facts.playbook.teamName,
    signal: effects.signal,
    effect: (name, change, effectInput, options) =>
      performEffect(
        effects,
        action.name,
        effectKey(action.name, invocation.visit, invocation.round, options?.part),
        name,
        change,
        effectInput,
        options,
      ),
    async findChannel(name, team) {
      const own = ownChannel(rules, doc, name);
      if (own) return own;
      const wanted = team ?? facts.playbook.teamName;
      const found = await ports.chat.findChannel({ team: wanted, name }, effects.signal);
      if (found) return found;
      throw new PermanentError({
        code: 'channel.not_found',
        message: `There is no channel "${name}"${wanted ? ` in team "${wanted}"` : ''} that the bridge's bot can see. Create it or add the bot, then press Retry.`,
      });
    },
    compose: (message, transitions, channelId) =>
      composeCard(signer, message, transitions, { runId: facts.id, action: action.name, visit: invocation.visit, channelId }),
    findPost: (name) => doc.posts.find((post) => post.name === name),
    raise: (event) => {
      run.onRaise(event);
    },
  };
}

/** A channel that the run made itself: known without a call. */
function ownChannel(rules: Rules, doc: RunDoc, name: string): Channel | undefined {
  for (const action of rules.facts.playbook.actions.values()) {
    const made = action.type === 'create_channel' ? Made.safeParse(doc.outputs[action.name]) : undefined;
    if (made?.success && made.data.ChannelName === name) {
      return { id: made.data.ChannelID, name, displayName: made.data.DisplayName, url: made.data.URL };
    }
  }
  return undefined;
}

const Made = z.object({ ChannelID: z.string(), ChannelName: z.string(), DisplayName: z.string(), URL: z.string() });

/** Error text is kept in the run's document and its timeline. */
const MAX_ERROR = 2000;

/** Error kinds become outcomes here and nowhere else. */
export function outcomeOf(
  error: unknown,
  action: Pick<Action, 'maxIntervalMs'>,
  invocation: Pick<Invocation, 'attempts' | 'bugs'>,
  now: string,
  random: () => number,
): Outcome {
  const message = messageOf(error).slice(0, MAX_ERROR);
  if (error instanceof RetryableError || error instanceof InDoubtError) {
    const floor = error instanceof RetryableError ? error.retryAfterMs : undefined;
    const delay = retryDelayMs(invocation.attempts, action.maxIntervalMs, floor, random);
    return {
      kind: 'retry',
      error: message,
      code: error.code,
      dueAt: dueOf(now, delay),
      counts: error instanceof InDoubtError || error.countsAsAttempt,
    };
  }
  if (error instanceof ConfigError && error.code.endsWith('.credentials_refused')) {
    // The connection pauses itself and probes; the action waits with it and uses up no attempt.
    return { kind: 'retry', error: message, code: error.code, dueAt: dueOf(now, 30_000), counts: false };
  }
  if (error instanceof BridgeError) return { kind: 'failed', error: message, code: error.code };
  return {
    kind: 'bug',
    error: error instanceof Error ? (error.stack ?? message).slice(0, MAX_ERROR) : message,
    dueAt: dueOf(now, retryDelayMs(invocation.bugs, 60_000, undefined, random)),
  };
}
