import { PermanentError } from '../../core/errors.ts';
import type { Tracker } from '../../core/ports.ts';
import { VendorRefusal } from '../vendor-error.ts';
import type { JiraClient, VendorStatus, VendorTransition } from './client.ts';

/** Workflows may put a status between; more than this is a detour that nobody meant. */
const MAX_HOPS = 3;

export function createIssueTransition(client: JiraClient): Tracker['transitionIssue'] {
  return {
    async call({ issueId, to }, { signal }) {
      let status = await client.readStatus(issueId, signal);
      let changed = false;
      const seen = new Set([lower(status.name)]);
      for (let hop = 0; hop < MAX_HOPS && !isWished(status, to); hop += 1) {
        const transitions = (await client.listTransitions(issueId, signal)).filter(({ isAvailable }) => isAvailable !== false);
        const direct = pickDirect(transitions, to);
        const next = direct ?? pickStep(transitions, status, seen);
        if (!next) throw unreachable(issueId, status, to, transitions);
        try {
          await client.transition(issueId, bodyFor(next), signal);
          status = next.to;
          changed = true;
          // A transition that was asked for by its own name leads wherever it leads.
          if (direct && !isWished(status, to)) return { status: status.name, changed };
        } catch (error) {
          if (!(error instanceof VendorRefusal) || (error.status !== 400 && error.status !== 409)) throw error;
          // Somebody may have moved it in between; then decide anew.
          const now = await client.readStatus(issueId, signal);
          if (lower(now.name) === lower(status.name)) throw error;
          status = now;
        }
        seen.add(lower(status.name));
      }
      if (isWished(status, to)) return { status: status.name, changed };
      throw unreachable(issueId, status, to, []);
    },

    async reconcile({ issueId, to }, { signal }) {
      try {
        const status = await client.readStatus(issueId, signal);
        return isWished(status, to) ? { answer: 'found', output: { status: status.name, changed: true } } : { answer: 'absent' };
      } catch (error) {
        // Gone: the call will say so.
        if (error instanceof VendorRefusal && error.status === 404) return { answer: 'absent' };
        throw error;
      }
    },
  };
}

/** Category keys are the same in every language; status names are not. */
export function isDone(status: VendorStatus): boolean {
  return status.statusCategory?.key === 'done';
}

function isWished(status: VendorStatus, to: readonly string[]): boolean {
  return to.some((wish) => lower(wish) === lower(status.name) || (lower(wish) === 'done' && isDone(status)));
}

/** The first wish that a transition fulfils: by the name of its target, by its own name, or for `done` by the category. */
function pickDirect(transitions: readonly VendorTransition[], to: readonly string[]): VendorTransition | undefined {
  for (const wish of to.map(lower)) {
    const match =
      transitions.find((transition) => lower(transition.to.name) === wish) ??
      transitions.find((transition) => lower(transition.name) === wish) ??
      (wish === 'done' ? transitions.find((transition) => isDone(transition.to)) : undefined);
    if (match) return match;
  }
  return undefined;
}

/** A step on the way: an unseen status that isn't done, work in progress first. From a done status there is no way on but back: not ours to go. */
function pickStep(transitions: readonly VendorTransition[], from: VendorStatus, seen: ReadonlySet<string>): VendorTransition | undefined {
  if (isDone(from)) return undefined;
  const steps = transitions.filter(({ to }) => !isDone(to) && !seen.has(lower(to.name)));
  return steps.find(({ to }) => to.statusCategory?.key === 'indeterminate') ?? steps[0];
}

/** Fields only where the screen demands them: `resolution` on a screen without it is a 400. */
function bodyFor(transition: VendorTransition): object {
  const required = Object.entries(transition.fields ?? {}).filter(([, field]) => field.required && field.hasDefaultValue !== true);
  const others = required.filter(([name]) => name !== 'resolution').map(([name]) => name);
  if (others.length > 0) {
    throw new PermanentError({
      code: 'jira.transition_needs_fields',
      message: `The transition "${transition.name}" asks for ${others.join(', ')}. Give these fields a default in the workflow, or choose another status.`,
    });
  }
  const body = { transition: { id: transition.id } };
  const resolution = required.find(([name]) => name === 'resolution')?.[1];
  if (!resolution) return body;
  const values = resolution.allowedValues ?? [];
  const preferred = [transition.to.name, 'Done', 'Fixed', 'Resolved'].map(lower);
  const value = values.find(({ name }) => name && preferred.includes(lower(name))) ?? values[0];
  return { ...body, fields: { resolution: !value?.name && value?.id ? { id: value.id } : { name: value?.name ?? 'Done' } } };
}

function unreachable(
  issueId: string,
  status: VendorStatus,
  to: readonly string[],
  transitions: readonly VendorTransition[],
): PermanentError {
  const ways = transitions.map(({ to: target }) => target.name).join(', ') || 'nothing';
  return new PermanentError({
    code: 'jira.no_transition',
    message:
      `Issue ${issueId} is in "${status.name}", and no way of ${MAX_HOPS} steps leads to ${to.join(' or ')}. ` +
      `From there our account may go to: ${ways}. Name one of these in the playbook, or give the account the right.`,
  });
}

function lower(name: string): string {
  return name.trim().toLowerCase();
}
