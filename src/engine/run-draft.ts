import { messageOf } from '../core/errors.ts';
import type { Condition, Playbook, Step } from '../core/playbook.ts';
import type { Cause, Invocation, RunDoc } from '../core/run.ts';
import type { TimelineEntry } from '../core/timeline.ts';
import type { Rules } from './run-input.ts';
import { createScope } from './scope.ts';

/**
 * A run's document while one input is worked into it: a copy that may be changed, and what there is to tell of it. The parts of the
 * state machine (take-signal, end-action, change-step, draw-posts, advance-run, operate-run) are functions over it.
 */
export interface RunDraft {
  readonly rules: Rules;
  readonly playbook: Playbook;
  readonly now: string;
  readonly doc: RunDoc;
  readonly timeline: TimelineEntry[];
  readonly marks: ('acknowledged' | 'resolved')[];
}

export function createDraft(rules: Rules, before: RunDoc, now: string): RunDraft {
  const doc = {
    ...before,
    invocations: [...before.invocations],
    posts: [...before.posts],
    outputs: { ...before.outputs },
    raised: [...before.raised],
  };
  return { rules, playbook: rules.facts.playbook, now, doc, timeline: [], marks: [] };
}

export function say({ timeline }: RunDraft, entry: TimelineEntry): void {
  timeline.push(entry);
}

export function stepOf({ doc, playbook }: RunDraft): Step | undefined {
  return playbook.steps.get(doc.step);
}

/** What caused the present visit. */
export function causeOf({ doc, rules }: RunDraft): Cause {
  const { context } = rules.facts;
  return doc.causes[doc.visit] ?? { kind: 'start', actor: context.actor, fields: context.event };
}

export function typeOf({ playbook }: RunDraft, action: string): string {
  return playbook.actions.get(action)?.type ?? '';
}

export function holds(run: RunDraft, condition: Condition | undefined, cause: Cause): boolean {
  if (!condition) return true;
  const { rules, doc } = run;
  try {
    return condition(createScope(rules.facts, rules.registry, doc, cause, { outputs: doc.outputs, missing: '', trust: false }));
  } catch (error) {
    // A condition that can't be judged (a vendor field that isn't there) is not true; the timeline says so.
    const reason = `a condition could not be judged: ${messageOf(error).split('\n')[0] ?? ''}`;
    say(run, { kind: 'signal_noted', signal: 'if', by: 'playbook', reason });
    return false;
  }
}

export function replaceInvocation({ doc }: RunDraft, invocation: Invocation, change: Partial<Invocation>): Invocation {
  const changed = { ...invocation, ...change };
  doc.invocations[doc.invocations.indexOf(invocation)] = changed;
  return changed;
}

export function openInvocation({ doc }: RunDraft, action: string, visit: number): Invocation | undefined {
  return doc.invocations.find((one) => one.action === action && one.visit === visit && one.state === 'open');
}

/** Whether something is under way that the step waits for. */
export function isWaiting({ doc }: RunDraft): boolean {
  return doc.invocations.some((one) => one.visit === doc.visit && one.wait && one.state === 'open');
}

/** Whether the run can't go on without this failed one. */
export function stopsRun({ playbook }: RunDraft, { action, code, wait }: Invocation): boolean {
  return playbook.actions.get(action)?.onError === 'fail' || (code === 'bug' && wait);
}
