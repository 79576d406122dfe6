import type { TimelineEntry } from '../core/timeline.ts';
import type { Action, Rule, Step } from '../core/playbook.ts';
import type { IncidentEvent } from '../core/event.ts';
import { EventFields } from '../core/event.ts';
import {
  isOpen,
  type Cause,
  type ClickSignal,
  type Invocation,
  type OperatorSignal,
  type Output,
  type PostState,
  type RunDoc,
} from '../core/run.ts';
import type { Actor } from '../core/event.ts';
import type { Registry } from './registry.ts';
import { createScope, type RunFacts } from './scope.ts';
import { textOf } from './text-of.ts';

/** Steps in a row that no signal and no time-out caused: more is an endless cycle. */
const MAX_HOPS = 100;
const MAX_BUGS = 5;
/** The `code` of an invocation that its own `if` skipped: nothing failed, so what names its output goes on without it. */
export const CONDITION_NOT_MET = 'condition';

/** How an attempt at an action ended. */
export type Outcome =
  /** `stale`: found at the vendor as an earlier attempt had rendered it, which is not how it would be rendered now. */
  | {
      readonly kind: 'done';
      readonly output: Output;
      readonly seen: PostState['seen'];
      readonly reconciled: boolean;
      readonly stale: boolean;
    }
  | { readonly kind: 'failed'; readonly error: string; readonly code: string }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'retry'; readonly error: string; readonly code: string; readonly dueAt: string; readonly counts: boolean }
  | { readonly kind: 'bug'; readonly error: string; readonly dueAt: string };

export type Input =
  /** Do what can be done: begin, time-outs, the end. */
  | { readonly kind: 'advance' }
  | { readonly kind: 'ended'; readonly action: string; readonly visit: number; readonly outcome: Outcome }
  /** A newer wish for the same thing began; an older one that isn't under way ends here. */
  | { readonly kind: 'superseded'; readonly action: string; readonly visit: number; readonly underWay: boolean }
  | { readonly kind: 'raised'; readonly type: string; readonly source: string; readonly actor: Actor }
  | { readonly kind: 'redrawn'; readonly post: string; readonly revision: number }
  | { readonly kind: 'redraw_failed'; readonly post: string; readonly dueAt: string | undefined; readonly error: string }
  | { readonly kind: 'click'; readonly click: ClickSignal; readonly actor: Actor; readonly refusal: string | undefined }
  | { readonly kind: 'event'; readonly event: IncidentEvent }
  | { readonly kind: 'operator'; readonly operator: OperatorSignal };

export interface Transitioned {
  readonly doc: RunDoc;
  readonly timeline: readonly TimelineEntry[];
  /** What became of the signal in the input; undefined where it has to wait for its turn. */
  readonly signal?: { readonly outcome: 'moved' | 'noted' | 'refused' | 'late'; readonly text: string } | undefined;
  readonly marks: readonly ('acknowledged' | 'resolved')[];
}

export interface Rules {
  readonly facts: RunFacts;
  readonly registry: Registry;
}

/**
 * The state machine: (state, input) -> (state, what happened). Pure and total: it knows no vendor, no database and no clock;
 * open invocations and undrawn posts in the state it returns are what the runner has to do next.
 */
export function transition(rules: Rules, before: RunDoc, input: Input, now: string): Transitioned {
  const { facts, registry } = rules;
  const { playbook } = facts;
  const doc: RunDoc = {
    ...before,
    invocations: [...before.invocations],
    posts: [...before.posts],
    outputs: { ...before.outputs },
    raised: [...before.raised],
  };
  const timeline: TimelineEntry[] = [];
  const marks: ('acknowledged' | 'resolved')[] = [];
  const say = (entry: TimelineEntry): void => void timeline.push(entry);

  const step = (): Step | undefined => playbook.steps.get(doc.step);
  const cause = (): Cause => doc.causes[doc.visit] ?? { kind: 'start', actor: facts.context.actor, fields: facts.context.event };
  const typeOf = (action: string): string => playbook.actions.get(action)?.type ?? '';

  function holds(condition: Action['condition'], of: Cause): boolean {
    if (!condition) return true;
    try {
      return condition(createScope(facts, registry, doc, of, { outputs: doc.outputs, missing: '', trust: false }));
    } catch (error) {
      // A condition that can't be judged (a vendor field that isn't there) is not true; the timeline says so.
      say({
        kind: 'signal_noted',
        signal: 'if',
        by: 'playbook',
        reason: `a condition could not be judged: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'unknown'}`,
      });
      return false;
    }
  }

  function replace(invocation: Invocation, change: Partial<Invocation>): Invocation {
    const changed = { ...invocation, ...change };
    doc.invocations[doc.invocations.indexOf(invocation)] = changed;
    return changed;
  }

  function changePost(post: PostState, change: Partial<PostState>): void {
    doc.posts[doc.posts.indexOf(post)] = { ...post, ...change };
  }

  /** Wants the post drawn anew, at once. */
  function redraw(post: PostState, change: Partial<PostState>): void {
    const { dueAt: _dueAt, ...rest } = post;
    doc.posts[doc.posts.indexOf(post)] = { ...rest, ...change, revision: post.revision + 1, attempts: 0 };
  }

  const openWaiting = (): Invocation | undefined =>
    doc.invocations.find((one) => one.visit === doc.visit && one.wait && one.state === 'open');

  // ---- moving ---------------------------------------------------------------------------------------------------------

  function leave(to: string, by: Cause): void {
    doc.moves = { ...doc.moves, [doc.visit]: { by: by.actor.name, to } };
    doc.leaving = { to, cause: by };
    // Already being left (a finish action's on_error): only the target changes, finish actions run once.
    if (doc.stage !== 'finish') doc.cursor = 0;
    doc.stage = 'finish';
    delete doc.settledAt;
  }

  function enter(to: string, by: Cause): void {
    const left = doc.visit;
    doc.hops += 1;
    doc.visit += 1;
    doc.step = to;
    doc.stage = 'start';
    doc.cursor = 0;
    delete doc.leaving;
    doc.causes = { ...causesInUse(), [doc.visit]: by };
    const here = step();
    entered(here);
    for (const post of doc.posts) {
      if (post.buttonsVisit !== left) continue;
      // Where the step begins with drawing the same post, one patch brings the new text and takes the old buttons.
      if (here && drawsFirst(here, post.name, by)) changePost(post, { buttonsVisit: 0 });
      else redraw(post, { buttonsVisit: 0 });
    }
    if (doc.hops > MAX_HOPS)
      park(`the playbook went through ${MAX_HOPS} steps without anybody doing anything: its transition_to actions lead round in a circle`);
  }

  /** A run may go round for weeks: only what can still be rendered is kept. */
  function causesInUse(): RunDoc['causes'] {
    const visits = new Set([...doc.invocations.map((one) => one.visit), ...doc.posts.map((post) => post.textVisit)]);
    return Object.fromEntries(Object.entries(doc.causes).filter(([visit]) => visits.has(Number(visit))));
  }

  function entered(here: Step | undefined): void {
    const by = cause();
    say({ kind: 'step_entered', step: doc.step, by: by.actor.name, cause: by.kind, ...(here?.marks ? { marks: here.marks } : {}) });
    if (here?.marks) marks.push(here.marks);
  }

  /** Whether the step updates the post before any other waiting action. */
  function drawsFirst(entered: Step, post: string, by: Cause): boolean {
    for (const action of entered.start) {
      if (action.updates === post && holds(action.condition, by)) return true;
      if (action.wait) return false;
    }
    return false;
  }

  function park(reason: string, action?: string): void {
    doc.state = 'parked';
    doc.attention = reason;
    say({ kind: 'parked', reason, ...(action === undefined ? {} : { action }) });
  }

  function finish(endState: RunDoc['endState'], reason: string): void {
    doc.state = 'finishing';
    doc.endState = endState;
    doc.attention = '';
    delete doc.settledAt;
    for (const post of doc.posts) if (post.buttonsVisit !== 0) redraw(post, { buttonsVisit: 0 });
    if (endState !== 'finished') {
      for (const open of doc.invocations) if (open.state === 'open') skip(open, reason);
    }
  }

  function skip(invocation: Invocation, reason: string): void {
    replace(invocation, { state: 'skipped' });
    say({ kind: 'action_skipped', action: invocation.action, type: typeOf(invocation.action), reason });
    lateButtons(invocation);
  }

  /** An update_post that did not happen leaves a post with buttons of a step that was left. */
  function lateButtons(invocation: Invocation): void {
    const updates = playbook.actions.get(invocation.action)?.updates;
    const post = updates === undefined ? undefined : doc.posts.find((one) => one.name === updates);
    if (post && post.buttonsVisit === 0) redraw(post, {});
  }

  // ---- going on -------------------------------------------------------------------------------------------------------

  function advance(): void {
    for (;;) {
      if (doc.state === 'finishing') return endIfNothingIsOpen();
      if (doc.state !== 'running') return;
      const here = step();
      if (!here) return park(`the playbook has no step "${doc.step}"`);
      if (openWaiting()) return;
      if (doc.stage === 'settled') {
        if (here.isLast) {
          finish('finished', 'last step');
          continue;
        }
        if (takeRaised() || takeTimeout(here)) continue;
        return;
      }
      const action = (doc.stage === 'start' ? here.start : here.finish)[doc.cursor];
      if (action) begin(action);
      else endOfList();
    }
  }

  function endOfList(): void {
    if (doc.stage === 'finish' && doc.leaving) return enter(doc.leaving.to, doc.leaving.cause);
    doc.stage = 'settled';
    doc.settledAt = now;
  }

  function begin(action: Action): void {
    doc.cursor += 1;
    const by = cause();
    const invocation: Invocation = {
      action: action.name,
      visit: doc.visit,
      wait: action.wait,
      state: 'open',
      attempts: 0,
      bugs: 0,
      startedAt: now,
      missing: [],
      round: 0,
    };
    // Ended ones of earlier visits are history: the journal and the timeline have them.
    doc.invocations = doc.invocations.filter((one) => one.action !== action.name || one.state === 'open');
    doc.invocations.push(invocation);
    if (!holds(action.condition, by)) return skip(replace(invocation, { code: CONDITION_NOT_MET }), 'its condition is not met');
    if (action.type === 'transition_to') {
      replace(invocation, { state: 'done' });
      leave(String(action.input['to']), { kind: 'transition', actor: by.actor, fields: by.fields });
    } else if (action.type === 'finished_workflow') {
      replace(invocation, { state: 'done' });
      finish('finished', 'finished_workflow');
    }
  }

  function takeTimeout(here: Step): boolean {
    if (!here.timeout || doc.settledAt === undefined || now < dueOf(doc.settledAt, here.timeout.afterMs)) return false;
    doc.hops = 0;
    leave(here.timeout.to, { kind: 'timeout', actor: { name: 'timeout', username: '', email: '', id: '' }, fields: cause().fields });
    return true;
  }

  function takeRaised(): boolean {
    const raised = doc.raised.shift();
    if (!raised) return false;
    const fields = EventFields.parse({ Source: raised.source, Status: raised.type });
    const event = { type: raised.type, vendorType: '', source: raised.source, actor: raised.actor, fields };
    const by: Cause = { kind: 'event', actor: raised.actor, fields };
    follow(event, ruleFor(event, by), by);
    return true;
  }

  function endIfNothingIsOpen(): void {
    if (doc.invocations.some((one) => one.state === 'open') || doc.posts.some((post) => post.revision > post.drawn)) return;
    doc.state = doc.endState;
    say({ kind: 'run_ended', state: doc.endState, reason: doc.step });
  }

  // ---- outcomes -------------------------------------------------------------------------------------------------------

  function ended(invocation: Invocation, outcome: Outcome): void {
    const action = playbook.actions.get(invocation.action);
    if (!action) return;
    const named = { action: action.name, type: action.type };
    switch (outcome.kind) {
      case 'done': {
        const missing = Object.entries(outcome.seen).flatMap(([name, seen]) => (seen === null ? [name] : []));
        const { dueAt: _dueAt, error: _error, code: _code, ...rest } = invocation;
        doc.invocations[doc.invocations.indexOf(invocation)] = { ...rest, state: 'done', missing };
        doc.outputs[action.name] = outcome.output;
        say({ kind: 'action_done', ...named, output: outcome.output, ...(outcome.reconciled ? { reconciled: true } : {}) });
        drew(action, invocation, outcome);
        if (outcome.stale && registry.actions.get(action.type)?.redraws) again(action.name, invocation.visit);
        arrived(action.name, outcome.output);
        return;
      }
      case 'skipped':
        return skip(invocation, outcome.reason);
      case 'retry':
        if (invocation.superseded) return skip(invocation, 'superseded');
        if (outcome.dueAt > dueOf(invocation.startedAt, action.timeoutMs)) {
          return failed(
            action,
            invocation,
            `gave up after ${String(Math.round(action.timeoutMs / 60_000))} minutes: ${outcome.error}`,
            outcome.code,
          );
        }
        return retryLater(named, invocation, outcome);
      case 'bug': {
        const bugs = invocation.bugs + 1;
        if (bugs >= MAX_BUGS)
          return failed(action, { ...replace(invocation, { bugs }) }, `a fault in the bridge, five times over: ${outcome.error}`, 'bug');
        replace(invocation, { bugs, dueAt: outcome.dueAt, error: outcome.error, code: 'bug' });
        return;
      }
      case 'failed':
        if (invocation.superseded) return skip(invocation, 'superseded');
        return failed(action, invocation, outcome.error, outcome.code);
    }
  }

  function retryLater(named: { action: string; type: string }, invocation: Invocation, outcome: Outcome & { kind: 'retry' }): void {
    const attempts = invocation.attempts + (outcome.counts ? 1 : 0);
    replace(invocation, { attempts, dueAt: outcome.dueAt, error: outcome.error, code: outcome.code });
    // The first failures and then ever fewer: a day of retries is not a thousand lines.
    const tells = outcome.code !== invocation.code || (outcome.counts && (attempts & (attempts - 1)) === 0);
    if (tells) say({ kind: 'action_retrying', ...named, error: outcome.error, code: outcome.code, attempts, dueAt: outcome.dueAt });
  }

  function failed(action: Action, given: Invocation, error: string, code: string): void {
    const current = doc.invocations.find((one) => one.action === given.action && one.visit === given.visit);
    if (!current) return;
    const invocation = replace(current, { state: 'failed', error, code });
    say({ kind: 'action_failed', action: action.name, type: action.type, error, code });
    lateButtons(invocation);
    if (typeof action.onError === 'object' && invocation.visit === doc.visit) {
      return leave(action.onError.to, {
        kind: 'error',
        actor: { name: action.name, username: '', email: '', id: '' },
        fields: cause().fields,
      });
    }
    if (stops(invocation) && doc.state === 'running') park(error, action.name);
  }

  /** Whether the run can't go on without this failed one. */
  function stops({ action, code, wait }: Invocation): boolean {
    return playbook.actions.get(action)?.onError === 'fail' || (code === 'bug' && wait);
  }

  /** The post that an action made or changed, from now on ours to draw again. */
  function drew(action: Action, invocation: Invocation, outcome: Outcome & { kind: 'done' }): void {
    const kind = registry.actions.get(action.type)?.post;
    const current = invocation.visit === doc.visit && (doc.state === 'running' || doc.state === 'parked') && doc.stage !== 'finish';
    const buttonsVisit = action.transitions.length > 0 ? invocation.visit : 0;
    const text = { textAction: action.name, textVisit: invocation.visit, seen: outcome.seen };
    if (kind === 'create') {
      const made: PostState = {
        name: action.name,
        id: textOf(outcome.output['PostID'], ''),
        channelId: textOf(outcome.output['ChannelID'], ''),
        channelName: textOf(outcome.output['ChannelName'], ''),
        ...text,
        buttonsVisit: current ? buttonsVisit : 0,
        revision: 0,
        drawn: 0,
        attempts: 0,
      };
      doc.posts = [...doc.posts.filter((post) => post.name !== action.name), made];
      if (!current && buttonsVisit !== 0) redraw(made, {});
    }
    if (kind === 'update') {
      const post = doc.posts.find((one) => one.name === action.updates);
      // An update that comes after a newer one's text would show the past.
      if (!post) return;
      if (post.textVisit > invocation.visit) return redraw(post, {});
      const { dueAt: _dueAt, ...rest } = post;
      const changed: PostState = { ...rest, ...text, buttonsVisit: current ? buttonsVisit : 0, drawn: post.revision };
      doc.posts[doc.posts.indexOf(post)] = changed;
      if (!current && buttonsVisit !== 0) redraw(changed, {});
    }
    const drawn = doc.posts.find((one) => one.textAction === action.name && one.textVisit === invocation.visit);
    if (outcome.stale && drawn) redraw(drawn, {});
    // An output may have come while the text was on its way.
    for (const [name, seen] of Object.entries(outcome.seen)) {
      const output = doc.outputs[name];
      if (seen === null && output) arrived(name, output);
    }
  }

  /** A late output: what shows "-" for it is drawn again. */
  function arrived(name: string, output: Output): void {
    for (const post of doc.posts) {
      if (post.seen[name] === null) redraw(post, { seen: { ...post.seen, [name]: output } });
    }
    for (const one of doc.invocations) {
      if (one.state === 'done' && one.missing.includes(name) && registry.actions.get(typeOf(one.action))?.redraws)
        again(one.action, one.visit);
    }
  }

  /** Does a finished action that shows outputs once more. */
  function again(action: string, visit: number): void {
    const done = doc.invocations.find((one) => one.action === action && one.visit === visit && one.state === 'done');
    if (done) replace(done, { state: 'open', wait: false, attempts: 0, startedAt: now, missing: [], round: done.round + 1 });
  }

  // ---- signals --------------------------------------------------------------------------------------------------------

  type Answer = Transitioned['signal'];

  const takesSignals = (): boolean => doc.state === 'running' && doc.stage === 'settled' && !openWaiting();

  function takeClick(click: ClickSignal, actor: Actor, refusal: string | undefined): Answer {
    const pressed = `button ${click.label}`;
    const note = (outcome: 'late' | 'refused', text: string): Answer => {
      say({ kind: 'signal_noted', signal: pressed, by: actor.name, reason: text });
      return { outcome, text };
    };
    if (refusal !== undefined) return note('refused', refusal);
    if (!isOpen(doc.state) || doc.state === 'finishing')
      return note('late', `Too late: this incident is already closed${movedBy(click.visit)}.`);
    if (click.visit !== doc.visit || doc.stage === 'finish')
      return note('late', `Too late: the incident is already in step ${doc.leaving?.to ?? doc.step}${movedBy(click.visit)}.`);
    if (doc.state === 'parked') return undefined;
    if (!takesSignals()) return undefined;
    const post = doc.posts.find((one) => one.textAction === click.action && one.buttonsVisit === click.visit);
    // It came before the answer to our own call, which names the post.
    const comes = doc.invocations.some((one) => one.action === click.action && one.visit === click.visit && one.state === 'open');
    if (!post && comes) return undefined;
    if (!post || post.id !== click.postId) return note('refused', 'This button does not belong to this post.');
    say({ kind: 'signal_taken', signal: pressed, by: actor.name, to: click.to });
    const fields = EventFields.parse({ Source: playbook.chat, Title: facts.context.event.Title });
    doc.hops = 0;
    leave(click.to, { kind: 'click', actor, fields });
    return { outcome: 'moved', text: '' };
  }

  function movedBy(visit: number): string {
    const move = doc.moves[visit];
    return move ? `: ${move.by} moved it to ${move.to}` : '';
  }

  function follow(event: Pick<IncidentEvent, 'type' | 'source' | 'actor'>, rule: Rule | undefined, by: Cause): Answer {
    const name = `${event.source} ${event.type}`;
    const note = (reason: string): Answer => {
      say({ kind: 'signal_noted', signal: name, by: event.actor.name, reason });
      return { outcome: 'noted', text: reason };
    };
    if (!rule) return note('the playbook has no rule for it here');
    if (rule.to === doc.step) return note('the run is in that step already');
    say({ kind: 'signal_taken', signal: name, by: event.actor.name, to: rule.to });
    leave(rule.to, by);
    return { outcome: 'moved', text: '' };
  }

  function ruleFor(event: Pick<IncidentEvent, 'type' | 'vendorType' | 'source'>, by: Cause): Rule | undefined {
    const matches = (rule: Rule): boolean =>
      (rule.event === event.type || rule.event === event.vendorType) &&
      (rule.source === undefined || rule.source === event.source) &&
      holds(rule.condition, by);
    return step()?.on.find(matches) ?? playbook.on.find(matches);
  }

  function takeVendorEvent(event: IncidentEvent): Answer {
    if (!isOpen(doc.state) || doc.state === 'finishing') {
      say({ kind: 'signal_noted', signal: `${event.source} ${event.type}`, by: event.actor.name, reason: 'the run is closed' });
      return { outcome: 'noted', text: 'the run is closed' };
    }
    const frees = doc.state === 'parked' && event.type === 'resolved';
    if (!frees && !takesSignals()) return undefined;
    const said = timeline.length;
    const line = `${event.source} ${event.key}`;
    const last = doc.lastOccurred[line];
    const at = new Date(event.occurredAt).toISOString();
    if (last !== undefined && at < last) {
      say({
        kind: 'signal_noted',
        signal: `${event.source} ${event.type}`,
        by: event.actor.name,
        reason: 'late: something newer was taken before',
      });
      return { outcome: 'late', text: 'something newer was taken before' };
    }
    const by: Cause = { kind: 'event', actor: event.actor, fields: event.fields };
    const rule = ruleFor(event, by);
    if (frees) {
      if (!rule || rule.to === doc.step) {
        // Kept until Retry or Skip; it is offered again then, so nothing is said of it now.
        timeline.length = said;
        return undefined;
      }
      free(`${event.actor.name} resolved the incident`);
    }
    // What the playbook has no rule for was not taken: an older event that it has one for is not late.
    if (rule) doc.lastOccurred = { ...doc.lastOccurred, [line]: at };
    doc.hops = 0;
    return follow(event, rule, by);
  }

  /** Goes on without what has failed here. */
  function free(reason: string): void {
    for (const one of doc.invocations) {
      if (one.state === 'failed' && stops(one)) skip(one, reason);
    }
    doc.state = 'running';
    doc.attention = '';
  }

  function takeOperator(operator: OperatorSignal): Answer {
    if (!isOpen(doc.state)) return { outcome: 'noted', text: 'the run has ended' };
    const { operation, by, action } = operator;
    say({ kind: 'operator', operation, by, ...(action === undefined ? {} : { action }) });
    if (operation === 'cancel') {
      if (doc.state !== 'finishing') finish('cancelled', `cancelled by ${by}`);
      else for (const open of doc.invocations) if (open.state === 'open') skip(open, `cancelled by ${by}`);
      return { outcome: 'moved', text: 'cancelled' };
    }
    return resume(operation, action) ? { outcome: 'moved', text: operation } : { outcome: 'noted', text: 'nothing has failed here' };
  }

  /** Retry or skip what failed (one action, or all), and go on. */
  function resume(operation: 'retry' | 'skip', action: string | undefined): boolean {
    const stuck = doc.invocations.filter((one) => {
      if (action !== undefined && one.action !== action) return false;
      // Skipping without a name lets the run go on; what retries in the background holds nothing up and is not lost by it.
      const retrying = one.state === 'open' && one.dueAt !== undefined && (one.wait || action !== undefined || operation === 'retry');
      return one.state === 'failed' || retrying;
    });
    for (const one of stuck) {
      if (operation === 'skip') skip(one, 'skipped by a person');
      else {
        const { dueAt: _dueAt, error: _error, code: _code, ...rest } = one;
        // What the run went on without is not waited for now: no two waiting calls of one run.
        const wait = one.wait && (one.state === 'open' || stops(one));
        doc.invocations[doc.invocations.indexOf(one)] = { ...rest, wait, state: 'open', attempts: 0, bugs: 0, startedAt: now };
      }
    }
    const freed = doc.state === 'parked' && !doc.invocations.some((one) => one.state === 'failed' && stops(one));
    if (freed) {
      doc.state = 'running';
      doc.attention = '';
      doc.hops = 0;
    }
    return stuck.length > 0 || freed;
  }

  // ---- the one input --------------------------------------------------------------------------------------------------

  function apply(): Answer {
    // Signals are answered for ever; nothing else touches a run that has ended.
    if (!isOpen(doc.state) && !['click', 'event', 'operator'].includes(input.kind)) return undefined;
    switch (input.kind) {
      case 'advance':
        if (doc.visit === 1 && doc.cursor === 0 && doc.stage === 'start' && doc.invocations.length === 0) entered(step());
        return undefined;
      case 'ended': {
        const invocation = doc.invocations.find((one) => one.action === input.action && one.visit === input.visit && one.state === 'open');
        if (invocation) ended(invocation, input.outcome);
        return undefined;
      }
      case 'superseded': {
        const invocation = doc.invocations.find((one) => one.action === input.action && one.visit === input.visit && one.state === 'open');
        if (invocation && input.underWay) replace(invocation, { superseded: true });
        else if (invocation) skip(invocation, 'superseded');
        return undefined;
      }
      case 'raised':
        doc.raised.push({ type: input.type, source: input.source, actor: input.actor });
        return undefined;
      case 'redrawn': {
        const post = doc.posts.find((one) => one.name === input.post);
        if (!post) return undefined;
        const { dueAt: _dueAt, ...rest } = post;
        doc.posts[doc.posts.indexOf(post)] = { ...rest, drawn: Math.max(post.drawn, input.revision), attempts: 0 };
        return undefined;
      }
      case 'redraw_failed': {
        const post = doc.posts.find((one) => one.name === input.post);
        if (!post) return undefined;
        if (input.dueAt !== undefined) changePost(post, { attempts: post.attempts + 1, dueAt: input.dueAt });
        else {
          // The post is gone, or its channel is archived: nothing to draw any more.
          changePost(post, { drawn: post.revision, seen: {}, buttonsVisit: 0 });
          say({ kind: 'action_failed', action: post.name, type: 'redraw', error: input.error, code: 'redraw' });
        }
        return undefined;
      }
      case 'click':
        return takeClick(input.click, input.actor, input.refusal);
      case 'event':
        return takeVendorEvent(input.event);
      case 'operator':
        return takeOperator(input.operator);
    }
  }

  const signal = apply();
  advance();
  return { doc, timeline, signal, marks };
}

/** `iso` plus milliseconds, as ISO text: ISO texts in UTC compare like times. */
export function dueOf(iso: string, ms: number): string {
  return new Date(Date.parse(iso) + ms).toISOString();
}

/** When the run has to be looked at next of itself; undefined = only a signal moves it. */
export function nextDue(rules: Rules, doc: RunDoc): string | undefined {
  if (!isOpen(doc.state)) return undefined;
  const times: string[] = [];
  for (const one of doc.invocations) if (one.state === 'open' && one.dueAt !== undefined) times.push(one.dueAt);
  for (const post of doc.posts) if (post.revision > post.drawn && post.dueAt !== undefined) times.push(post.dueAt);
  const timeout = rules.facts.playbook.steps.get(doc.step)?.timeout;
  if (doc.state === 'running' && doc.stage === 'settled' && doc.settledAt !== undefined && timeout)
    times.push(dueOf(doc.settledAt, timeout.afterMs));
  return times.sort()[0];
}

/** The document of a run that begins. */
export function firstDoc(rules: Rules, publicUrl: string): RunDoc {
  const { context, playbook } = rules.facts;
  return {
    state: 'running',
    step: playbook.firstStep,
    visit: 1,
    stage: 'start',
    cursor: 0,
    causes: { 1: { kind: 'start', actor: context.actor, fields: context.event } },
    invocations: [],
    outputs: {},
    posts: [],
    raised: [],
    lastOccurred: context.started
      ? { [`${context.started.source} ${context.started.key}`]: new Date(context.started.occurredAt).toISOString() }
      : {},
    hops: 0,
    endState: 'finished',
    attention: '',
    moves: {},
    publicUrl,
  };
}
