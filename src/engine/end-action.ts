import type { Action } from '../core/playbook.ts';
import type { Invocation } from '../core/run.ts';
import { leave, park } from './change-step.ts';
import { outputCame, takeLeftButtons } from './draw-posts.ts';
import { dueOf } from './due.ts';
import { causeOf, replaceInvocation, say, stopsRun, type RunDraft } from './run-draft.ts';
import type { Outcome } from './run-input.ts';
import { skip } from './skip-action.ts';

const MAX_BUGS = 5;

/** An attempt at an open action has ended. */
export function endAttempt(run: RunDraft, invocation: Invocation, outcome: Outcome): void {
  const { doc } = run;
  const action = run.playbook.actions.get(invocation.action);
  if (!action) return;
  switch (outcome.kind) {
    case 'done': {
      const missing = Object.entries(outcome.seen).flatMap(([name, seen]) => (seen === null ? [name] : []));
      const { dueAt: _dueAt, error: _error, code: _code, ...rest } = invocation;
      doc.invocations[doc.invocations.indexOf(invocation)] = { ...rest, state: 'done', missing };
      doc.outputs[action.name] = outcome.output;
      const { output, reconciled } = outcome;
      say(run, { kind: 'action_done', action: action.name, type: action.type, output, ...(reconciled ? { reconciled } : {}) });
      return outputCame(run, action, invocation, outcome);
    }
    case 'skipped':
      return skip(run, invocation, outcome.reason);
    case 'retry':
      if (invocation.superseded) return skip(run, invocation, 'superseded');
      if (outcome.dueAt <= dueOf(invocation.startedAt, action.timeoutMs)) return retryLater(run, action, invocation, outcome);
      return fail(
        run,
        action,
        invocation,
        `gave up after ${Math.round(action.timeoutMs / 60_000)} minutes: ${outcome.error}`,
        outcome.code,
      );
    case 'bug': {
      const bugs = invocation.bugs + 1;
      const counted = replaceInvocation(run, invocation, { bugs, dueAt: outcome.dueAt, error: outcome.error, code: 'bug' });
      if (bugs >= MAX_BUGS) fail(run, action, counted, `a fault in the bridge, five times over: ${outcome.error}`, 'bug');
      return;
    }
    case 'failed':
      if (invocation.superseded) return skip(run, invocation, 'superseded');
      return fail(run, action, invocation, outcome.error, outcome.code);
  }
}

function retryLater(run: RunDraft, action: Action, invocation: Invocation, outcome: Extract<Outcome, { readonly kind: 'retry' }>): void {
  const { error, code, dueAt, counts } = outcome;
  const attempts = invocation.attempts + (counts ? 1 : 0);
  replaceInvocation(run, invocation, { attempts, dueAt, error, code });
  // The first failures and then ever fewer: a day of retries is not a thousand lines.
  const tells = code !== invocation.code || (counts && (attempts & (attempts - 1)) === 0);
  if (tells) say(run, { kind: 'action_retrying', action: action.name, type: action.type, error, code, attempts, dueAt });
}

function fail(run: RunDraft, action: Action, open: Invocation, error: string, code: string): void {
  const { doc } = run;
  const invocation = replaceInvocation(run, open, { state: 'failed', error, code });
  say(run, { kind: 'action_failed', action: action.name, type: action.type, error, code });
  takeLeftButtons(run, invocation);
  if (typeof action.onError === 'object' && invocation.visit === doc.visit) {
    const actor = { name: action.name, username: '', email: '', id: '' };
    return leave(run, action.onError.to, { kind: 'error', actor, fields: causeOf(run).fields });
  }
  if (stopsRun(run, invocation) && doc.state === 'running') park(run, error, action.name);
}
