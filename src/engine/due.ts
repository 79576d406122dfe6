import { isOpen, type RunDoc } from '../core/run.ts';
import type { Rules } from './run-input.ts';

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
