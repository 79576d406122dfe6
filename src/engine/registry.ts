import type { ActionDefinition } from '../core/action.ts';
import type { TriggerDefinition } from '../core/trigger.ts';

/** The words of the playbook language that are known here. */
export interface Registry {
  readonly actions: ReadonlyMap<string, ActionDefinition>;
  readonly triggers: ReadonlyMap<string, TriggerDefinition>;
}

/** Registering a type twice throws: two files that claim one word are a mistake to find at start. */
export function createRegistry(actions: readonly ActionDefinition[], triggers: readonly TriggerDefinition[]): Registry {
  return { actions: byType(actions), triggers: byType(triggers) };
}

function byType<T extends { readonly type: string }>(definitions: readonly T[]): ReadonlyMap<string, T> {
  const map = new Map<string, T>();
  for (const definition of definitions) {
    if (map.has(definition.type)) throw new Error(`"${definition.type}" is registered twice`);
    map.set(definition.type, definition);
  }
  return map;
}
