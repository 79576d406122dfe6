import type { ActionDefinition } from '../core/action.ts';
import { dueOf } from './due.ts';
import type { Rules } from './run-input.ts';
import { CONDITION_NOT_MET } from './skip-action.ts';
import type { Invocation, Output, RunDoc } from '../core/run.ts';

export type Readiness =
  | { readonly kind: 'ready' }
  /** Waits for an output, or for its time (`until`). */
  | { readonly kind: 'wait'; readonly until: string | undefined }
  | { readonly kind: 'skip'; readonly reason: string };

const READY: Readiness = { kind: 'ready' };

/** Actions whose output this one names and that have not ended yet. */
export function openOutputs(rules: Rules, doc: RunDoc, invocation: Invocation): readonly string[] {
  const uses = rules.facts.playbook.actions.get(invocation.action)?.uses ?? [];
  return uses.filter((name) => doc.invocations.some((one) => one.action === name && one.state === 'open'));
}

/** Posts and headers show a missing output as "-"; for everything else it is empty. */
export function showsDash(definition: ActionDefinition): boolean {
  return definition.post !== undefined || definition.redraws === true;
}

/** Whether an open invocation may begin an attempt now (ENGINE, `wait: false`). Pure. */
export function readinessOf(rules: Rules, doc: RunDoc, invocation: Invocation, now: string, graceMs: number): Readiness {
  const { playbook } = rules.facts;
  const action = playbook.actions.get(invocation.action);
  const definition = action && rules.registry.actions.get(action.type);
  if (!action || !definition) return { kind: 'skip', reason: 'the action is unknown' };
  if (invocation.dueAt !== undefined && invocation.dueAt > now) return { kind: 'wait', until: invocation.dueAt };

  const open = openOutputs(rules, doc, invocation);
  const dashes = showsDash(definition);
  const hardNeeds = dashes ? open.filter((name) => name === action.updates) : open;
  if (hardNeeds.length > 0) return { kind: 'wait', until: undefined };
  if (!dashes) {
    const lost = action.uses.find((name) => failedWithoutOutput(doc, name) && playbook.actions.get(name)?.wait === false);
    if (lost !== undefined) return { kind: 'skip', reason: `needs the output of ${lost}, which failed` };
  }
  if (open.length > 0) {
    // A healthy vendor answers within the grace, and the link is there at once.
    const until = dueOf(invocation.startedAt, graceMs);
    if (until > now) return { kind: 'wait', until };
  }
  if (action.type === 'archive_channel' && doc.posts.some((post) => post.revision > post.drawn)) return { kind: 'wait', until: undefined };
  return READY;
}

function failedWithoutOutput(doc: RunDoc, name: string): boolean {
  return (
    doc.outputs[name] === undefined &&
    doc.invocations.some(
      (one) => one.action === name && (one.state === 'failed' || (one.state === 'skipped' && one.code !== CONDITION_NOT_MET)),
    )
  );
}

/** The outputs as this invocation renders them: null = open. */
export function outputsFor(doc: RunDoc, open: readonly string[]): Record<string, Output | null> {
  const outputs: Record<string, Output | null> = { ...doc.outputs };
  for (const name of open) outputs[name] = null;
  return outputs;
}
