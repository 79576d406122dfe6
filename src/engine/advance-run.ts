import type { Action, Step } from '../core/playbook.ts';
import type { Invocation } from '../core/run.ts';
import { endIfNothingIsOpen, endList, finish, leave, leaveForSignal, park } from './change-step.ts';
import { dueOf } from './due.ts';
import { causeOf, holds, isWaiting, replaceInvocation, stepOf, type RunDraft } from './run-draft.ts';
import { CONDITION_NOT_MET, skip } from './skip-action.ts';
import { takeRaised } from './take-signal.ts';

/** Goes on until something has to be waited for: begins actions, takes time-outs, ends the run. */
export function advance(run: RunDraft): void {
  const { doc } = run;
  for (;;) {
    if (doc.state === 'finishing') return endIfNothingIsOpen(run);
    if (doc.state !== 'running') return;
    const here = stepOf(run);
    if (!here) return park(run, `the playbook has no step "${doc.step}"`);
    if (isWaiting(run)) return;
    if (doc.stage === 'settled') {
      if (here.isLast) finish(run, 'finished', 'last step');
      else if (!takeRaised(run) && !takeTimeout(run, here)) return;
      continue;
    }
    const action = (doc.stage === 'start' ? here.start : here.finish)[doc.cursor];
    if (action) begin(run, action);
    else endList(run);
  }
}

function begin(run: RunDraft, action: Action): void {
  const { doc } = run;
  doc.cursor += 1;
  const by = causeOf(run);
  const invocation: Invocation = {
    action: action.name,
    visit: doc.visit,
    wait: action.wait,
    state: 'open',
    attempts: 0,
    bugs: 0,
    startedAt: run.now,
    missing: [],
    round: 0,
  };
  // Ended ones of earlier visits are history: the journal and the timeline have them.
  doc.invocations = doc.invocations.filter((one) => one.action !== action.name || one.state === 'open');
  doc.invocations.push(invocation);
  if (!holds(run, action.condition, by))
    return skip(run, replaceInvocation(run, invocation, { code: CONDITION_NOT_MET }), 'its condition is not met');
  if (action.type === 'transition_to') {
    replaceInvocation(run, invocation, { state: 'done' });
    leave(run, String(action.input['to']), { kind: 'transition', actor: by.actor, fields: by.fields });
  } else if (action.type === 'finished_workflow') {
    replaceInvocation(run, invocation, { state: 'done' });
    finish(run, 'finished', 'finished_workflow');
  }
}

function takeTimeout(run: RunDraft, { timeout }: Step): boolean {
  const { settledAt } = run.doc;
  if (!timeout || settledAt === undefined || run.now < dueOf(settledAt, timeout.afterMs)) return false;
  const actor = { name: 'timeout', username: '', email: '', id: '' };
  leaveForSignal(run, timeout.to, { kind: 'timeout', actor, fields: causeOf(run).fields });
  return true;
}
