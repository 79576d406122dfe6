import type { Invocation } from '../core/run.ts';
import { takeLeftButtons } from './draw-posts.ts';
import { replaceInvocation, say, typeOf, type RunDraft } from './run-draft.ts';

/** The `code` of an invocation that its own `if` skipped: nothing failed, so what names its output goes on without it. */
export const CONDITION_NOT_MET = 'condition';

export function skip(run: RunDraft, invocation: Invocation, reason: string): void {
  replaceInvocation(run, invocation, { state: 'skipped' });
  say(run, { kind: 'action_skipped', action: invocation.action, type: typeOf(run, invocation.action), reason });
  takeLeftButtons(run, invocation);
}

export function skipOpen(run: RunDraft, reason: string): void {
  for (const open of run.doc.invocations) if (open.state === 'open') skip(run, open, reason);
}
