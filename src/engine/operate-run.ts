import { isOpen, type OperatorSignal } from '../core/run.ts';
import { finish, unpark } from './change-step.ts';
import { say, stopsRun, type RunDraft } from './run-draft.ts';
import type { Answer } from './run-input.ts';
import { skip, skipOpen } from './skip-action.ts';

/** Retry, Skip or Cancel, by a person at the console. */
export function takeOperator(run: RunDraft, { operation, by, action }: OperatorSignal): Answer {
  const { doc } = run;
  if (!isOpen(doc.state)) return { outcome: 'noted', text: 'the run has ended' };
  say(run, { kind: 'operator', operation, by, ...(action === undefined ? {} : { action }) });
  if (operation === 'cancel') {
    if (doc.state === 'finishing') skipOpen(run, `cancelled by ${by}`);
    else finish(run, 'cancelled', `cancelled by ${by}`);
    return { outcome: 'moved', text: 'cancelled' };
  }
  return resume(run, operation, action) ? { outcome: 'moved', text: operation } : { outcome: 'noted', text: 'nothing has failed here' };
}

/** Retry or skip what failed (one action, or all), and go on. */
function resume(run: RunDraft, operation: 'retry' | 'skip', action: string | undefined): boolean {
  const { doc, now } = run;
  const stuck = doc.invocations.filter((one) => {
    if (action !== undefined && one.action !== action) return false;
    // Skipping without a name lets the run go on; what retries in the background holds nothing up and is not lost by it.
    const retrying = one.state === 'open' && one.dueAt !== undefined && (one.wait || action !== undefined || operation === 'retry');
    return one.state === 'failed' || retrying;
  });
  for (const one of stuck) {
    if (operation === 'skip') skip(run, one, 'skipped by a person');
    else {
      const { dueAt: _dueAt, error: _error, code: _code, ...rest } = one;
      // What the run went on without is not waited for now: no two waiting calls of one run.
      const wait = one.wait && (one.state === 'open' || stopsRun(run, one));
      doc.invocations[doc.invocations.indexOf(one)] = { ...rest, wait, state: 'open', attempts: 0, bugs: 0, startedAt: now };
    }
  }
  const freed = doc.state === 'parked' && !doc.invocations.some((one) => one.state === 'failed' && stopsRun(run, one));
  if (freed) {
    unpark(run);
    doc.hops = 0;
  }
  return stuck.length > 0 || freed;
}
