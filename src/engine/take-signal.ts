import { EventFields, type Actor, type IncidentEvent } from '../core/event.ts';
import type { Rule } from '../core/playbook.ts';
import { isOpen, type Cause, type ClickSignal } from '../core/run.ts';
import { leave, leaveForSignal, unpark } from './change-step.ts';
import { holds, isWaiting, openInvocation, say, stepOf, stopsRun, type RunDraft } from './run-draft.ts';
import type { Answer } from './run-input.ts';
import { skip } from './skip-action.ts';

/** Signals are taken when the step's waiting start actions have settled and nothing waiting is under way. */
function takesSignals(run: RunDraft): boolean {
  return run.doc.state === 'running' && run.doc.stage === 'settled' && !isWaiting(run);
}

function isClosed({ doc }: RunDraft): boolean {
  return !isOpen(doc.state) || doc.state === 'finishing';
}

export function takeClick(run: RunDraft, click: ClickSignal, actor: Actor, refusal: string | undefined): Answer {
  const { doc } = run;
  const signal = `button ${click.label}`;
  const note = (outcome: 'late' | 'refused', text: string): Answer => {
    say(run, { kind: 'signal_noted', signal, by: actor.name, reason: text });
    return { outcome, text };
  };
  if (refusal !== undefined) return note('refused', refusal);
  const move = doc.moves[click.visit];
  const movedBy = move ? `: ${move.by} moved it to ${move.to}` : '';
  if (isClosed(run)) return note('late', `Too late: this incident is already closed${movedBy}.`);
  if (click.visit !== doc.visit || doc.stage === 'finish')
    return note('late', `Too late: the incident is already in step ${doc.leaving?.to ?? doc.step}${movedBy}.`);
  if (!takesSignals(run)) return undefined;
  const post = doc.posts.find((one) => one.textAction === click.action && one.buttonsVisit === click.visit);
  // It came before the answer to our own call, which names the post.
  if (!post && openInvocation(run, click.action, click.visit)) return undefined;
  if (!post || post.id !== click.postId) return note('refused', 'This button does not belong to this post.');
  say(run, { kind: 'signal_taken', signal, by: actor.name, to: click.to });
  const fields = EventFields.parse({ Source: run.playbook.chat, Title: run.rules.facts.context.event.Title });
  leaveForSignal(run, click.to, { kind: 'click', actor, fields });
  return { outcome: 'moved', text: '' };
}

export function takeEvent(run: RunDraft, event: IncidentEvent): Answer {
  const { doc } = run;
  if (isClosed(run)) return note(run, event, 'the run is closed');
  const frees = doc.state === 'parked' && event.type === 'resolved';
  if (!frees && !takesSignals(run)) return undefined;
  const said = run.timeline.length;
  const line = `${event.source} ${event.key}`;
  const last = doc.lastOccurred[line];
  const at = new Date(event.occurredAt).toISOString();
  if (last !== undefined && at < last) {
    note(run, event, 'late: something newer was taken before');
    return { outcome: 'late', text: 'something newer was taken before' };
  }
  const by: Cause = { kind: 'event', actor: event.actor, fields: event.fields };
  const rule = ruleFor(run, event, by);
  if (frees) {
    if (!rule || rule.to === doc.step) {
      // Kept until Retry or Skip; it is offered again then, so nothing is said of it now.
      run.timeline.length = said;
      return undefined;
    }
    goOnWithoutFailed(run, `${event.actor.name} resolved the incident`);
  }
  // What the playbook has no rule for was not taken: an older event that it has one for is not late.
  if (rule) doc.lastOccurred = { ...doc.lastOccurred, [line]: at };
  doc.hops = 0;
  return follow(run, event, rule, by);
}

/** Takes an event that an action of the run raised; false where there is none. */
export function takeRaised(run: RunDraft): boolean {
  const raised = run.doc.raised.shift();
  if (!raised) return false;
  const fields = EventFields.parse({ Source: raised.source, Status: raised.type });
  const by: Cause = { kind: 'event', actor: raised.actor, fields };
  follow(run, raised, ruleFor(run, { ...raised, vendorType: '' }, by), by);
  return true;
}

type Told = Pick<IncidentEvent, 'type' | 'source' | 'actor'>;

function note(run: RunDraft, event: Told, reason: string): Answer {
  say(run, { kind: 'signal_noted', signal: `${event.source} ${event.type}`, by: event.actor.name, reason });
  return { outcome: 'noted', text: reason };
}

function follow(run: RunDraft, event: Told, rule: Rule | undefined, by: Cause): Answer {
  if (!rule) return note(run, event, 'the playbook has no rule for it here');
  if (rule.to === run.doc.step) return note(run, event, 'the run is in that step already');
  say(run, { kind: 'signal_taken', signal: `${event.source} ${event.type}`, by: event.actor.name, to: rule.to });
  leave(run, rule.to, by);
  return { outcome: 'moved', text: '' };
}

/** The step's own rule wins. */
function ruleFor(run: RunDraft, event: Pick<IncidentEvent, 'type' | 'vendorType' | 'source'>, by: Cause): Rule | undefined {
  const matches = (rule: Rule): boolean =>
    (rule.event === event.type || rule.event === event.vendorType) &&
    (rule.source === undefined || rule.source === event.source) &&
    holds(run, rule.condition, by);
  return stepOf(run)?.on.find(matches) ?? run.playbook.on.find(matches);
}

function goOnWithoutFailed(run: RunDraft, reason: string): void {
  for (const one of run.doc.invocations) if (one.state === 'failed' && stopsRun(run, one)) skip(run, one, reason);
  unpark(run);
}
