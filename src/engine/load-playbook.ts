import { z } from 'zod';
import {
  ActionCommon,
  PlaybookDocument,
  type Action,
  type Condition,
  type OnRule,
  type Playbook,
  type Problem,
  type Rule,
  type Step,
  type Trigger,
} from '../core/playbook.ts';
import type { TemplateKind, Transition } from '../core/action.ts';
import { ConditionError, createConditionCompiler } from './condition.ts';
import { checkPath, namesOf, type NamedAction } from './names.ts';
import { nearest, type Registry } from './registry.ts';
import { readSource, type Path, type SourceFile } from './source-file.ts';
import { variablesOf } from './template.ts';
import { withBuiltIns } from './built-in-steps.ts';

const HOUR = 3_600_000;
const DEFAULT_TIMEOUT_MS = 24 * HOUR;
const DEFAULT_MAX_INTERVAL_MS = 5 * 60_000;

export type Loaded =
  | { readonly ok: true; readonly playbooks: readonly { readonly playbook: Playbook; readonly document: unknown }[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Reads a file with one playbook or a list of them, and checks everything it says: all problems at once (S128),
 * and nothing of a file with a problem is taken (S129).
 */
export function loadPlaybooks(file: string, text: string, registry: Registry): Loaded {
  const source = readSource(file, text);
  if (!('value' in source)) return { ok: false, problems: source };
  const documents: readonly unknown[] = Array.isArray(source.value) ? source.value : [source.value];
  const problems: Problem[] = [];
  const playbooks = documents.flatMap((document, index) => {
    const path: Path = Array.isArray(source.value) ? [index] : [];
    const playbook = createLoader(source, path, registry, problems).load(document);
    return playbook ? [{ playbook, document }] : [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, playbooks };
}

function createLoader(source: SourceFile, base: Path, registry: Registry, problems: Problem[]) {
  const report = (path: Path, message: string): void => {
    problems.push(source.problem([...base, ...path], message));
  };

  function reportIssues(path: Path, error: z.ZodError, known: readonly string[]): void {
    for (const issue of error.issues) {
      const at = [...path, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
      if (issue.code === 'unrecognized_keys') {
        for (const key of issue.keys) report([...at, key], `unknown field "${key}"${suggestion(key, known)}`);
      } else report(at, issue.message);
    }
  }

  function load(document: unknown): Playbook | undefined {
    const before = problems.length;
    const parsed = PlaybookDocument.safeParse(document);
    if (!parsed.success) {
      reportIssues([], parsed.error, [
        ...Object.keys(PlaybookDocument.shape),
        'name',
        'start_actions',
        'finish_actions',
        'marks',
        'timeout',
        'event',
        'to',
        'if',
      ]);
      return undefined;
    }
    const { data } = parsed;
    checkNames(data);
    const stepNames = data.steps.map((step) => step.name);
    const named: NamedAction[] = data.steps.flatMap((step) =>
      [...step.start_actions, ...step.finish_actions].flatMap((action) =>
        typeof action['name'] === 'string' && typeof action['type'] === 'string' ? [{ name: action['name'], type: action['type'] }] : [],
      ),
    );
    const names = namesOf(
      registry,
      data.triggers.flatMap((trigger) => (typeof trigger['name'] === 'string' ? [trigger['name']] : [])),
      named,
    );
    const compile = createConditionCompiler(names);

    const condition = (path: Path, text: string | undefined): Condition | undefined => {
      if (text === undefined) return undefined;
      try {
        return compile(text);
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        report(path, `the condition can’t be used: ${error.message}`);
        return undefined;
      }
    };
    const target = (path: Path, to: string): void => {
      if (!stepNames.includes(to)) report(path, `there is no step "${to}"${suggestion(to, stepNames)}`);
    };
    const rules = (path: Path, on: readonly OnRule[]): readonly Rule[] =>
      on.map((rule, index) => {
        target([...path, index, 'to'], rule.to);
        return { event: rule.event, source: rule.source, condition: condition([...path, index, 'if'], rule.if), to: rule.to };
      });
    const templates = (path: Path, value: unknown): readonly string[] => checkTemplates(path, value, names);

    const context: ActionLoading = { condition, target, templates, named };
    const steps = data.steps.map((step, index): Step => {
      const path: Path = ['steps', index];
      if (step.start_actions.length + step.finish_actions.length === 0) {
        report(path, `step "${step.name}" needs start_actions or finish_actions`);
      }
      if (step.timeout) target([...path, 'timeout', 'to'], step.timeout.to);
      const start = step.start_actions.flatMap((action, at) => loadAction([...path, 'start_actions', at], step.name, action, context));
      const finish = step.finish_actions.flatMap((action, at) => loadAction([...path, 'finish_actions', at], step.name, action, context));
      for (const [at, action] of finish.entries()) {
        if (['transition_to', 'finished_workflow'].includes(action.type))
          report(
            [...path, 'finish_actions', at, 'type'],
            `${action.type} belongs into start_actions: finish actions run when the step is already being left`,
          );
      }
      const on = rules([...path, 'on'], step.on);
      const hasTransitions = start.some((action) => action.transitions.length > 0 || action.type === 'transition_to');
      return {
        name: step.name,
        marks: step.marks,
        start,
        finish,
        timeout: step.timeout ? { afterMs: step.timeout.after, to: step.timeout.to } : undefined,
        on,
        isLast: !hasTransitions && !step.timeout && on.length === 0 && data.on.length === 0,
      };
    });
    const triggers = data.triggers.flatMap((trigger, index) => loadTrigger(['triggers', index], trigger, condition));
    const on = rules(['on'], data.on);
    const [first] = steps;
    if (problems.length > before || !first) return undefined;
    return withBuiltIns({
      name: data.name,
      description: data.description,
      chat: data.chat,
      tracker: data.tracker,
      teamName: data.team_name,
      triggers,
      on,
      steps: new Map(steps.map((step) => [step.name, step])),
      firstStep: first.name,
      actions: new Map(steps.flatMap((step) => [...step.start, ...step.finish]).map((action) => [action.name, action])),
    });
  }

  interface ActionLoading {
    condition(path: Path, text: string | undefined): Condition | undefined;
    target(path: Path, to: string): void;
    templates(path: Path, value: unknown): readonly string[];
    readonly named: readonly NamedAction[];
  }

  function loadAction(path: Path, step: string, document: Readonly<Record<string, unknown>>, loading: ActionLoading): Action[] {
    const parsed = ActionCommon.safeParse(document);
    if (!parsed.success) {
      reportIssues(path, parsed.error, Object.keys(ActionCommon.shape));
      return [];
    }
    const common = parsed.data;
    const definition = registry.actions.get(common.type);
    if (!definition) {
      report(
        [...path, 'type'],
        `unable to load actions: there is no action type "${common.type}"${suggestion(common.type, registry.actions.keys())}`,
      );
      return [];
    }
    const input = Object.fromEntries(Object.entries(document).filter(([key]) => !Object.hasOwn(ActionCommon.shape, key)));
    const uses = new Set(loading.templates(path, input));
    // Templates stand where values will be: what the schema says of a rendered value is checked when it is rendered.
    const problem = definition.input.safeParse(blankTemplates(input, definition.input));
    if (!problem.success) reportIssues(path, problem.error, [...Object.keys(definition.input.shape), ...Object.keys(ActionCommon.shape)]);

    const transitions = readTransitions(input['transitions']);
    for (const [index, transition] of transitions.entries()) loading.target([...path, 'transitions', index, 'to'], transition.to);
    const { to } = input;
    if (common.type === 'transition_to' && typeof to === 'string') loading.target([...path, 'to'], to);
    const onError = common.on_error ?? (common.wait ? 'fail' : 'continue');
    if (typeof onError === 'object') {
      loading.target([...path, 'on_error', 'to'], onError.to);
      if (!common.wait)
        report([...path, 'on_error'], 'on_error: {to: …} needs wait: true, since the run goes on without an action that is not waited for');
    }
    const updates = definition.post === 'update' && typeof input['post'] === 'string' ? input['post'] : undefined;
    if (updates !== undefined && !loading.named.some((action) => action.name === updates && action.type === 'post')) {
      report(
        [...path, 'post'],
        `there is no post action "${updates}"${suggestion(
          updates,
          loading.named.filter((action) => action.type === 'post').map((action) => action.name),
        )}`,
      );
    }
    if (updates !== undefined) uses.add(updates);
    const needed = problem.success ? (definition.needs?.(problem.data) ?? []) : [];
    for (const action of loading.named) if (needed.includes(action.type)) uses.add(action.name);
    uses.delete(common.name);
    return [
      {
        name: common.name,
        type: common.type,
        step,
        condition: loading.condition([...path, 'if'], common.if),
        wait: common.wait,
        onError,
        maxIntervalMs: common.retry?.max_interval ?? DEFAULT_MAX_INTERVAL_MS,
        timeoutMs: Math.min(common.timeout ?? Infinity, common.retry?.for ?? common.timeout ?? DEFAULT_TIMEOUT_MS),
        input,
        uses: [...uses],
        transitions,
        updates,
      },
    ];
  }

  function loadTrigger(
    path: Path,
    document: Readonly<Record<string, unknown>>,
    condition: (path: Path, text: string | undefined) => Condition | undefined,
  ): Trigger[] {
    const Common = z.object({
      name: z.string().regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must start with a letter and hold only letters, digits and underscores'),
      type: z.string(),
      if: z.string().optional(),
      also_ours: z.boolean().default(false),
    });
    const parsed = Common.safeParse(document);
    if (!parsed.success) {
      reportIssues(path, parsed.error, Object.keys(Common.shape));
      return [];
    }
    const definition = registry.triggers.get(parsed.data.type);
    if (!definition) {
      report(
        [...path, 'type'],
        `unable to load triggers: there is no trigger type "${parsed.data.type}"${suggestion(parsed.data.type, registry.triggers.keys())}`,
      );
      return [];
    }
    const options = definition.options.safeParse(
      Object.fromEntries(Object.entries(document).filter(([key]) => !Object.hasOwn(Common.shape, key))),
    );
    if (!options.success) {
      reportIssues(path, options.error, [...Object.keys(definition.options.shape), ...Object.keys(Common.shape)]);
      return [];
    }
    return [
      {
        name: parsed.data.name,
        type: parsed.data.type,
        condition: condition([...path, 'if'], parsed.data.if),
        options: options.data,
        alsoOurs: parsed.data.also_ours,
      },
    ];
  }

  function checkTemplates(path: Path, value: unknown, names: ReturnType<typeof namesOf>): readonly string[] {
    if (Array.isArray(value)) return value.flatMap((member, index) => checkTemplates([...path, index], member, names));
    if (value !== null && typeof value === 'object') {
      return Object.entries(value).flatMap(([key, member]) => checkTemplates([...path, key], member, names));
    }
    if (typeof value !== 'string') return [];
    try {
      return variablesOf(value).flatMap(({ path: variable }) => {
        const wrong = checkPath(variable, names);
        if (wrong)
          report(
            path,
            `the template names {{.${variable.join('.')}}}, but there is no "${wrong.unknown}"${suggestion(wrong.unknown, wrong.known)}`,
          );
        return variable[0] === 'Action' && variable[1] !== undefined ? [variable[1]] : [];
      });
    } catch (error) {
      report(path, `the template can’t be read: ${(error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''}`);
      return [];
    }
  }

  function checkNames(data: PlaybookDocument): void {
    const seen = new Map<string, string>();
    const unique = (kind: string, name: unknown, path: Path): void => {
      if (typeof name !== 'string') return;
      const key = `${kind} ${name}`;
      if (seen.has(key)) report(path, `the ${kind} name "${name}" is used twice; names are unique within a playbook`);
      seen.set(key, name);
    };
    data.triggers.forEach((trigger, index) => unique('trigger', trigger['name'], ['triggers', index, 'name']));
    data.steps.forEach((step, index) => {
      unique('step', step.name, ['steps', index, 'name']);
      step.start_actions.forEach((action, at) => unique('action', action['name'], ['steps', index, 'start_actions', at, 'name']));
      step.finish_actions.forEach((action, at) => unique('action', action['name'], ['steps', index, 'finish_actions', at, 'name']));
    });
  }

  return { load };
}

function suggestion(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
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
  let said: z.core.$ZodType | undefined = schema.shape[field];
  while (said) {
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
