import type { z } from 'zod';
import type { Actor, Reference } from './event.ts';
import type { Change, Channel, Chat, ChatMessage, Pager, Tracker } from './ports.ts';
import type { Output } from './run.ts';

/**
 * How a template in a field is rendered (zod `.meta({ template })`). Outside values are escaped in `markdown` only (SEC12);
 * `name` is cut and trimmed by the action; `none` = no templates, a word of the language.
 */
export type TemplateKind = 'markdown' | 'text' | 'name' | 'url' | 'none';

export interface Transition {
  readonly label: string;
  readonly to: string;
  readonly description?: string | undefined;
  readonly style?: 'default' | 'primary' | 'danger' | undefined;
}

/** The run's things at the vendors, as far as they exist. */
export interface IncidentView {
  readonly pagerId: string | undefined;
  readonly escalationPolicyId: string | undefined;
  readonly issueId: string | undefined;
  readonly channelId: string | undefined;
}

export interface EffectOptions<Output> {
  /** Tells several effects of one action apart: one person each, say. Letters, digits, `_`. */
  readonly part?: string;
  /** What the call is about; calls about the same thing never overlap. */
  readonly about?: string;
  /** Reserved in the transaction that writes the intent, so that an event that comes before our answer finds the run. */
  readonly reserve?: readonly Reference[];
  /** References that the outcome makes known. */
  readonly references?: (output: Output) => readonly Reference[];
  /** The event that our own call will cause; a matching one is consumed. */
  readonly echo?: { readonly reference: Reference; readonly eventType: string; readonly actorId: string };
  /** True when the outcome says that nothing was changed, so that no echo will come. */
  readonly unchanged?: (output: Output) => boolean;
}

export interface ActionContext<Input> {
  readonly input: Input;
  /** The ports of the playbook's `chat` and `tracker` lines; a ConfigError where the connector isn't configured. */
  readonly chat: Chat;
  readonly tracker: Tracker;
  readonly pager: Pager;
  readonly connectorIds: { readonly chat: string; readonly tracker: string; readonly pager: string };
  readonly incident: IncidentView;
  /** Who caused the present step. */
  readonly actor: Actor;
  readonly teamName: string | undefined;
  readonly signal: AbortSignal;
  /** A changing call: journalled, done once. Reads need no journal. */
  effect<I, O>(name: string, change: Change<I, O>, input: I, options?: EffectOptions<O>): Promise<O>;
  /** A channel by handle or display name; the run's own ones without a call. */
  findChannel(name: string, team: string | undefined): Promise<Channel>;
  /** The message with live buttons for the present visit. */
  compose(message: string, transitions: readonly Transition[], channelId: string): ChatMessage;
  /** The post that the named `post` action made. */
  findPost(name: string): { readonly id: string; readonly channelId: string } | undefined;
  /** Lets the run take an event of its own making, after this action. */
  raise(event: { type: string; source: string; actor: Actor }): void;
}

export interface ActionDefinition<Input extends z.ZodObject = z.ZodObject> {
  readonly type: string;
  readonly summary: string;
  readonly input: Input;
  /** Names and types of the outputs, for the check of templates and for the docs. */
  readonly output: z.ZodObject;
  readonly example: Record<string, unknown>;
  /** `create` makes a post that can be drawn again, `update` changes one; only these and `redraws` render open outputs as "-". */
  readonly post?: 'create' | 'update';
  /** Renders open outputs as "-" and is done again when they arrive. */
  readonly redraws?: boolean;
  /** A newer action of the same lane makes an older open one `skipped (superseded)`. */
  readonly lane?: (input: z.infer<Input>, incident: IncidentView) => string;
  /** Which kinds of action it needs without naming them (`Incident.Issue` = create_issue). */
  readonly needs?: (input: z.infer<Input>) => readonly string[];
  run(context: ActionContext<z.infer<Input>>): Promise<Output>;
}

/** Keeps the input's type between schema and `run`. */
export function defineAction<Input extends z.ZodObject>(definition: ActionDefinition<Input>): ActionDefinition<Input> {
  return definition;
}
