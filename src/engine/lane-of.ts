import type { Invocation, RunDoc } from '../core/run.ts';
import { incidentView, renderInput } from './run-action.ts';
import type { Rules } from './run-input.ts';

/** What an invocation is about, where a newer one for the same thing overtakes it; undefined = nothing can, or it can't be rendered. */
export function laneOf(rules: Rules, doc: RunDoc, invocation: Invocation): string | undefined {
  const action = rules.facts.playbook.actions.get(invocation.action);
  const definition = action && rules.registry.actions.get(action.type);
  if (!action || !definition?.lane) return undefined;
  try {
    return definition.lane(renderInput(rules, doc, action, definition, invocation).input, incidentView(rules, doc));
  } catch {
    // It will say so itself when it is tried.
    return undefined;
  }
}
