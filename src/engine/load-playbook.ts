import { EVENT_TYPES } from '../core/event.ts';
import {
  Name,
  OnRule,
  PlaybookDocument,
  StepDocument,
  type Condition,
  type Playbook,
  type Problem,
  type Rule,
  type Step,
} from '../core/playbook.ts';
import { withBuiltIns } from './built-in-steps.ts';
import { checkTemplates } from './check-templates.ts';
import { ConditionError, createConditionCompiler } from './condition.ts';
import { loadAction, type PlaybookChecks } from './load-action.ts';
import { loadTrigger } from './load-trigger.ts';
import { namesOf, type NamedAction } from './names.ts';
import { createProblemReport, isFields, splitFields, suggestion, type ProblemReport } from './problem-report.ts';
import type { Registry } from './registry.ts';
import { readSource, type Path } from './source-file.ts';

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
    const report = createProblemReport(source, Array.isArray(source.value) ? [index] : [], problems);
    const playbook = loadPlaybook(report, registry, document);
    return playbook ? [{ playbook, document }] : [];
  });
  return problems.length > 0 ? { ok: false, problems } : { ok: true, playbooks };
}

/** The document level by level: what is wrong in one place keeps nothing else from being checked. */
const Header = PlaybookDocument.omit({ triggers: true, on: true, steps: true });
const StepHeader = StepDocument.omit({ on: true, start_actions: true, finish_actions: true });
const PLAYBOOK_KEYS = Object.keys(PlaybookDocument.shape);
const STEP_KEYS = [...Object.keys(StepDocument.shape), 'after', 'to'];
const RULE_KEYS = Object.keys(OnRule.shape);

function loadPlaybook(report: ProblemReport, registry: Registry, fields: unknown): Playbook | undefined {
  if (!isFields(fields)) {
    report.add([], 'must be a playbook: a group of fields with name, triggers and steps');
    return undefined;
  }
  const lists = { triggers: fields['triggers'] ?? [], on: fields['on'] ?? [], steps: fields['steps'] ?? [] };
  const header = report.parse(Header, [], omit(fields, Object.keys(lists)), PLAYBOOK_KEYS);
  const triggerDocuments = report.records(['triggers'], lists.triggers);
  const stepDocuments = report.records(['steps'], lists.steps);
  if (isEmpty(lists.triggers)) report.add(['triggers'], 'a playbook needs at least one trigger');
  if (isEmpty(lists.steps)) report.add(['steps'], 'a playbook needs at least one step');

  const actionDocuments = stepDocuments.map(({ path, value }) => ({
    start: report.records([...path, 'start_actions'], value['start_actions'] ?? []),
    finish: report.records([...path, 'finish_actions'], value['finish_actions'] ?? []),
  }));
  const everyAction = actionDocuments.flatMap(({ start, finish }) => [...start, ...finish]);
  checkUnique(report, 'trigger', triggerDocuments);
  checkUnique(report, 'step', stepDocuments);
  checkUnique(report, 'action', everyAction);

  const checks = createChecks(report, registry, {
    steps: namesIn(stepDocuments),
    triggers: namesIn(triggerDocuments),
    actions: everyAction.flatMap(({ value: { name, type } }) => (isName(name) && typeof type === 'string' ? [{ name, type }] : [])),
  });
  const triggers = triggerDocuments.map(({ path, value }) => loadTrigger(checks, path, value));
  const on = loadRules(checks, ['on'], lists.on);
  const steps = stepDocuments.map(({ path, value }, index): Step | undefined => {
    const { own: actionLists, rest } = splitFields(value, StepDocument.pick({ on: true, start_actions: true, finish_actions: true }));
    const step = report.parse(StepHeader, path, rest, STEP_KEYS);
    const name = step?.name ?? '';
    const documents = actionDocuments[index] ?? { start: [], finish: [] };
    if (documents.start.length + documents.finish.length === 0) {
      report.add(path, `step "${name}" needs start_actions or finish_actions`);
    }
    const start = documents.start.map((one) => loadAction(checks, one.path, name, one.value));
    const finish = documents.finish.map((one) => loadAction(checks, one.path, name, one.value));
    for (const [at, action] of finish.entries()) {
      if (action && ['transition_to', 'finished_workflow'].includes(action.type))
        report.add(
          [...path, 'finish_actions', at, 'type'],
          `${action.type} belongs into start_actions: finish actions run when the step is already being left`,
        );
    }
    const own = loadRules(checks, [...path, 'on'], actionLists['on'] ?? []);
    checks.target([...path, 'timeout', 'to'], step?.timeout?.to);
    if (!step) return undefined;
    const started = present(start);
    const leads = started.some((action) => action.transitions.length > 0 || action.type === 'transition_to');
    return {
      name: step.name,
      marks: step.marks,
      start: started,
      finish: present(finish),
      timeout: step.timeout && { afterMs: step.timeout.after, to: step.timeout.to },
      on: own,
      isLast: !leads && !step.timeout && own.length === 0 && on.length === 0,
    };
  });
  const known = present(steps);
  const [first] = known;
  if (!header || !first) return undefined;
  return withBuiltIns({
    name: header.name,
    description: header.description,
    chat: header.chat,
    tracker: header.tracker,
    teamName: header.team_name,
    triggers: present(triggers),
    on,
    steps: new Map(known.map((step) => [step.name, step])),
    firstStep: first.name,
    actions: new Map(known.flatMap((step) => [...step.start, ...step.finish]).map((action) => [action.name, action])),
  });
}

interface KnownNames {
  readonly steps: readonly string[];
  readonly triggers: readonly string[];
  readonly actions: readonly NamedAction[];
}

function createChecks(report: ProblemReport, registry: Registry, known: KnownNames): PlaybookChecks {
  const names = namesOf(registry, known.triggers, known.actions);
  const compile = createConditionCompiler(names);
  return {
    report,
    registry,
    actions: known.actions,
    condition(path, text): Condition | undefined {
      if (typeof text !== 'string') return undefined;
      try {
        return compile(text);
      } catch (error) {
        if (!(error instanceof ConditionError)) throw error;
        report.add(path, `the condition can’t be used: ${error.message}`);
        return undefined;
      }
    },
    target(path, to) {
      if (typeof to === 'string' && !known.steps.includes(to)) report.add(path, `there is no step "${to}"${suggestion(to, known.steps)}`);
    },
    templates: (path, value) => checkTemplates(report, path, value, names),
  };
}

function loadRules(checks: PlaybookChecks, path: Path, list: unknown): readonly Rule[] {
  const { report } = checks;
  const rules = report.records(path, list).map(({ path: at, value }): Rule | undefined => {
    const rule = report.parse(OnRule, at, value, RULE_KEYS);
    const condition = checks.condition([...at, 'if'], value['if']);
    checks.target([...at, 'to'], value['to']);
    if (rule && !rule.event.includes(':') && !EVENT_TYPES.some((type) => type === rule.event)) {
      report.add([...at, 'event'], `there is no event "${rule.event}"${suggestion(rule.event, EVENT_TYPES)}`);
    }
    return rule && { event: rule.event, source: rule.source, condition, to: rule.to };
  });
  return present(rules);
}

function checkUnique(report: ProblemReport, kind: string, documents: ReturnType<ProblemReport['records']>): void {
  const seen = new Set<unknown>();
  for (const { path, value } of documents) {
    const { name } = value;
    if (typeof name !== 'string') continue;
    if (seen.has(name)) report.add([...path, 'name'], `the ${kind} name "${name}" is used twice; names are unique within a playbook`);
    seen.add(name);
  }
}

function namesIn(documents: ReturnType<ProblemReport['records']>): readonly string[] {
  return documents.flatMap(({ value: { name } }) => (isName(name) ? [name] : []));
}

/** A wrong one is reported where it stands; nothing can be called by it. */
function isName(name: unknown): name is string {
  return Name.safeParse(name).success;
}

function present<T>(members: readonly (T | undefined)[]): readonly T[] {
  return members.filter((member) => member !== undefined);
}

function omit(fields: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !keys.includes(key)));
}

function isEmpty(list: unknown): boolean {
  return Array.isArray(list) && list.length === 0;
}
