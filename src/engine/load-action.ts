import { z } from 'zod';
import type { ActionDefinition, TemplateKind, Transition } from '../core/action.ts';
import { ActionCommon, type Action, type Condition } from '../core/playbook.ts';
import type { NamedAction } from './names.ts';
import { splitFields, suggestion, type ProblemReport } from './problem-report.ts';
import type { Registry } from './registry.ts';
import type { Path } from './source-file.ts';

const DEFAULT_TIMEOUT_MS = 24 * 3_600_000;
const DEFAULT_MAX_INTERVAL_MS = 5 * 60_000;

/** What the checks of one playbook know of its other parts. */
export interface PlaybookChecks {
  readonly report: ProblemReport;
  readonly registry: Registry;
  readonly actions: readonly NamedAction[];
  condition(path: Path, text: unknown): Condition | undefined;
  /** A step's name in `to`. */
  target(path: Path, to: unknown): void;
  /** The actions whose outputs the templates in the value name. */
  templates(path: Path, value: unknown): readonly string[];
}

/** Reads one action of a step; undefined when something is wrong with it, and then all of it is reported. */
export function loadAction(
  checks: PlaybookChecks,
  path: Path,
  step: string,
  document: Readonly<Record<string, unknown>>,
): Action | undefined {
  const { report, registry } = checks;
  const { own, rest: input } = splitFields(document, ActionCommon);
  const common = report.parse(ActionCommon, path, own, Object.keys(ActionCommon.shape));
  const condition = checks.condition([...path, 'if'], own['if']);
  const uses = new Set(checks.templates(path, input));
  const type = own['type'];
  const definition = typeof type === 'string' ? registry.actions.get(type) : undefined;
  if (typeof type === 'string' && !definition) {
    report.add([...path, 'type'], `unable to load actions: there is no action type "${type}"${suggestion(type, registry.actions.keys())}`);
  }
  if (!definition) return undefined;

  // Templates stand where values will be: what the schema says of a rendered value is checked when it is rendered.
  const parsed = report.parse(definition.input, path, blankTemplates(input, definition.input), [
    ...Object.keys(definition.input.shape),
    ...Object.keys(ActionCommon.shape),
  ]);
  refuseDeadTemplates(report, path, input, definition.input);
  const transitions = readTransitions(input['transitions']);
  for (const [index, transition] of transitions.entries()) checks.target([...path, 'transitions', index, 'to'], transition.to);
  if (type === 'transition_to') checks.target([...path, 'to'], input['to']);
  const updates = readUpdates(checks, path, input, definition);
  if (!common) return undefined;

  const onError = common.on_error ?? (common.wait ? 'fail' : 'continue');
  if (typeof onError === 'object') {
    checks.target([...path, 'on_error', 'to'], onError.to);
    if (!common.wait)
      report.add(
        [...path, 'on_error'],
        'on_error: {to: …} needs wait: true, since the run goes on without an action that is not waited for',
      );
  }
  if (updates !== undefined) uses.add(updates);
  const needed = parsed ? (definition.needs?.(parsed) ?? []) : [];
  for (const action of checks.actions) if (needed.includes(action.type)) uses.add(action.name);
  uses.delete(common.name);
  return {
    name: common.name,
    type: common.type,
    step,
    condition,
    wait: common.wait,
    onError,
    maxIntervalMs: common.retry?.max_interval ?? DEFAULT_MAX_INTERVAL_MS,
    timeoutMs: Math.min(common.timeout ?? Infinity, common.retry?.for ?? common.timeout ?? DEFAULT_TIMEOUT_MS),
    input,
    uses: [...uses],
    transitions,
    updates,
  };
}

/** The post that an update_post changes. */
function readUpdates(
  { report, actions }: PlaybookChecks,
  path: Path,
  input: Readonly<Record<string, unknown>>,
  definition: ActionDefinition,
): string | undefined {
  const updates = definition.post === 'update' && typeof input['post'] === 'string' ? input['post'] : undefined;
  const posts = actions.filter((action) => action.type === 'post').map((action) => action.name);
  if (updates !== undefined && !posts.includes(updates)) {
    report.add([...path, 'post'], `there is no post action "${updates}"${suggestion(updates, posts)}`);
  }
  return updates;
}

const TransitionList = z.array(
  z.object({
    label: z.string(),
    to: z.string(),
    description: z.string().optional(),
    style: z.enum(['default', 'primary', 'danger']).optional(),
  }),
);

function readTransitions(value: unknown): readonly Transition[] {
  const parsed = TransitionList.safeParse(value ?? []);
  return parsed.success ? parsed.data : [];
}

/** The kind of templates that a field of an action's input takes. */
export function templateKindOf(schema: z.ZodObject, field: string): TemplateKind {
  let said: unknown = schema.shape[field];
  while (said instanceof z.ZodType) {
    const kind: unknown = z.globalRegistry.get(said)?.['template'];
    if (kind === 'markdown' || kind === 'text' || kind === 'name' || kind === 'url' || kind === 'none') return kind;
    // A field that may be absent says it inside: `.optional()` and `.default()` don't take it along.
    said = said instanceof z.ZodOptional || said instanceof z.ZodDefault ? said.unwrap() : undefined;
  }
  return 'none';
}

/** Puts a word in the place of each template, so that the schema judges the shape and not the braces. */
function blankTemplates(input: Readonly<Record<string, unknown>>, schema: z.ZodObject): Record<string, unknown> {
  const blank = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll(/\{\{[^}]*\}\}/g, 'x');
    return Array.isArray(value) ? value.map(blank) : value;
  };
  return Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, templateKindOf(schema, key) === 'none' ? value : blank(value)]),
  );
}

/** A template in a field that takes none would be shown with its braces. */
function refuseDeadTemplates(report: ProblemReport, path: Path, input: Readonly<Record<string, unknown>>, schema: z.ZodObject): void {
  const look = (at: Path, value: unknown): void => {
    if (typeof value === 'string' && value.includes('{{')) report.add(at, 'takes no templates: it is fixed when the playbook is loaded');
    if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) look([...at, Array.isArray(value) ? Number(key) : key], member);
    }
  };
  for (const [key, value] of Object.entries(input)) {
    if (Object.hasOwn(schema.shape, key) && templateKindOf(schema, key) === 'none') look([...path, key], value);
  }
}
