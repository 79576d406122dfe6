import type { Registry } from './registry.ts';
import type { Playbook } from '../core/playbook.ts';
import { EventFields } from '../core/event.ts';
import type { Cause, Output, RunContext, RunDoc } from '../core/run.ts';
import { Trusted, type Scope } from './template.ts';
import { textOf } from './text-of.ts';

/** What does not change while a run lives. */
export interface RunFacts {
  readonly id: string;
  readonly number: number;
  readonly startedAt: string;
  readonly playbook: Playbook;
  readonly context: RunContext;
  readonly settings: { readonly incidentsChannel: string; readonly publicUrl: string };
}

const NO_EVENT = EventFields.parse({});

/** Outputs that hold only what our own rules allow (handles, keys, ids, URLs are judged by themselves). */
const OWN_OUTPUTS = new Set(['ChannelName', 'ChannelID', 'Key', 'ID', 'PostID']);

export interface ScopeOptions {
  /** The outputs to use; null = open. */
  readonly outputs: Readonly<Record<string, Output | null>>;
  /** What an output that isn't there renders as. */
  readonly missing: '' | '-';
  /** Our own values as {@link Trusted}, so that markdown doesn't escape them. */
  readonly trust: boolean;
}

/** The names of DESIGN §5 with their values, for one rendering or condition. */
export function createScope(facts: RunFacts, registry: Registry, doc: RunDoc, cause: Cause | undefined, options: ScopeOptions): Scope {
  const { playbook, context, settings } = facts;
  const own = (value: string): string | Trusted => (options.trust ? new Trusted(value) : value);
  const outputOf = (type: string): Output | undefined => {
    for (const action of playbook.actions.values()) {
      const output = action.type === type ? options.outputs[action.name] : undefined;
      if (output) return output;
    }
    return undefined;
  };
  const channel = outputOf('create_channel');
  const issue = outputOf('create_issue');
  const actor = cause?.actor ?? context.actor;
  return {
    Event: context.event,
    Signal: cause?.fields ?? NO_EVENT,
    Actor: { Name: actor.name, Username: actor.username, Email: actor.email },
    Instance: {
      // A condition's whole numbers are of a type of their own.
      Number: options.trust ? facts.number : BigInt(facts.number),
      ID: own(facts.id),
      URL: own(`${settings.publicUrl}/runs/${facts.id}`),
      StartedAt: own(facts.startedAt),
      Playbook: own(playbook.name),
      Step: own(doc.step),
    },
    Settings: { IncidentsChannel: own(settings.incidentsChannel), PublicURL: own(settings.publicUrl) },
    Trigger: Object.fromEntries(
      playbook.triggers.map((trigger) => {
        const fired = trigger.name === context.trigger;
        const fields = fired ? context.event : NO_EVENT;
        return [trigger.name, { ...fields, Message: fired ? context.event.Description || context.event.Title : '' }];
      }),
    ),
    Incident: {
      Pager: { ID: pagerIdOf(context) ?? '', URL: context.started ? context.event.URL : '' },
      Issue: { Key: own(textOf(issue?.['Key'], options.missing)), URL: textOf(issue?.['URL'], options.missing) },
      Channel: { Name: own(textOf(channel?.['ChannelName'], options.missing)), URL: textOf(channel?.['URL'], options.missing) },
    },
    Action: Object.fromEntries(
      [...playbook.actions.values()].map((action) => {
        const names = Object.keys(registry.actions.get(action.type)?.output.shape ?? {});
        const output = options.outputs[action.name];
        return [action.name, Object.fromEntries(names.map((name) => [name, outputValue(output?.[name], name, options)]))];
      }),
    ),
  };
}

function outputValue(value: unknown, name: string, options: ScopeOptions): unknown {
  if (value === undefined || value === null) return options.missing;
  return options.trust && typeof value === 'string' && OWN_OUTPUTS.has(name) && /^[A-Za-z0-9_-]+$/.test(value) ? new Trusted(value) : value;
}

/** The pager's id of the run's incident, as the starting event named it. */
export function pagerIdOf(context: RunContext): string | undefined {
  const reference = context.started?.references.find((one) => one.kind === 'pager.incident');
  return reference?.value.slice(reference.value.indexOf(':') + 1);
}
