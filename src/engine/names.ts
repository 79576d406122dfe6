import type { Registry } from './registry.ts';
import type { Shape } from './condition.ts';

/** The names a template or a condition may use, and what each holds (DESIGN §5). */
const EVENT: Shape = {
  Source: 'string',
  Title: 'string',
  Description: 'string',
  Severity: 'string',
  Urgency: 'string',
  Status: 'string',
  Service: 'string',
  Host: 'string',
  URL: 'string',
  Key: 'string',
  StartedAt: 'string',
  MergedInto: { URL: 'string' },
  Vendor: 'dyn',
};

export interface NamedAction {
  readonly name: string;
  readonly type: string;
}

export function namesOf(registry: Registry, triggerNames: readonly string[], actions: readonly NamedAction[]): Shape {
  return {
    Event: EVENT,
    Signal: EVENT,
    Instance: { Number: 'int', ID: 'string', URL: 'string', StartedAt: 'string', Playbook: 'string', Step: 'string' },
    Actor: { Name: 'string', Username: 'string', Email: 'string' },
    Incident: {
      Pager: { ID: 'string', URL: 'string' },
      Issue: { Key: 'string', URL: 'string' },
      Channel: { Name: 'string', URL: 'string' },
    },
    Settings: { IncidentsChannel: 'string', PublicURL: 'string' },
    Trigger: Object.fromEntries(triggerNames.map((name) => [name, { ...EVENT, Message: 'string' }])),
    Action: Object.fromEntries(actions.map(({ name, type }) => [name, outputsOf(registry, type)])),
  };
}

/** What an action of an unknown type puts out can't be judged; that the type is unknown is said elsewhere. */
function outputsOf(registry: Registry, type: string): Shape | 'dyn' {
  const definition = registry.actions.get(type);
  return definition ? Object.fromEntries(Object.keys(definition.output.shape).map((output) => [output, 'dyn'])) : 'dyn';
}

/** undefined = the path names something; else what is wrong with it, and the names that exist at that place. */
export function checkPath(
  path: readonly string[],
  names: Shape,
): { readonly unknown: string; readonly known: readonly string[] } | undefined {
  let shape: Shape | string = names;
  for (const part of path) {
    if (typeof shape === 'string') return undefined;
    const member: Shape | string | undefined = Object.hasOwn(shape, part) ? shape[part] : undefined;
    if (member === undefined) return { unknown: part, known: Object.keys(shape) };
    shape = member;
  }
  return undefined;
}
