import { actions } from '../../src/actions/index.ts';
import type { IncidentEvent } from '../../src/core/event.ts';
import { EventFields } from '../../src/core/event.ts';
import type { Playbook } from '../../src/core/playbook.ts';
import type { Invocation, Output, RunDoc } from '../../src/core/run.ts';
import type { TimelineEntry } from '../../src/core/timeline.ts';
import { loadPlaybooks } from '../../src/engine/load-playbook.ts';
import { createRegistry } from '../../src/engine/registry.ts';
import type { RunFacts } from '../../src/engine/scope.ts';
import { firstDoc } from '../../src/engine/first-doc.ts';
import type { Input, Outcome, Rules, Transitioned } from '../../src/engine/run-input.ts';
import { transition } from '../../src/engine/transition.ts';
import { triggers } from '../../src/triggers/index.ts';

export const registry = createRegistry(actions, triggers);
export const RUN_ID = '7d9b1c52-6f0e-4f7c-9d2a-3c5b8a1e4f60';
export const PUBLIC_URL = 'https://bridge.example';
const START = Date.parse('2026-03-01T10:00:00.000Z');

/** The one playbook of a text; a problem in it fails the test. */
export function loadOne(text: string): Playbook {
  const loaded = loadPlaybooks('test.yaml', text, registry);
  if (!loaded.ok) throw new Error(loaded.problems.map((one) => `${one.line}:${one.column} ${one.field}: ${one.message}`).join('\n'));
  const [first] = loaded.playbooks;
  if (!first) throw new Error('no playbook');
  return first.playbook;
}

export interface EventChange extends Partial<Omit<IncidentEvent, 'fields'>> {
  readonly fields?: Partial<EventFields>;
}

/** What PagerDuty says of the test's incident, `afterMs` after it began. */
export function makeEvent(type: string, afterMs = 0, { fields, ...change }: EventChange = {}): IncidentEvent {
  return {
    source: 'pagerduty',
    type,
    vendorType: `pagerduty:incident.${type}`,
    occurredAt: new Date(START + afterMs).toISOString(),
    key: 'pagerduty:PINC1',
    references: [{ kind: 'pager.incident', value: 'pagerduty:PINC1' }],
    actor: { name: 'Ada', username: 'ada', email: 'ada@example.test', id: 'pagerduty:PUSER1' },
    fields: EventFields.parse({ Source: 'pagerduty', Title: 'Disk full', URL: 'https://pd.example/incidents/PINC1', ...fields }),
    ...change,
  };
}

export function makeFacts(playbook: Playbook, started: IncidentEvent = makeEvent('triggered')): RunFacts {
  return {
    id: RUN_ID,
    number: 7,
    startedAt: new Date(START).toISOString(),
    playbook,
    context: {
      event: started.fields,
      trigger: playbook.triggers[0]?.name ?? '',
      started,
      actor: started.actor,
    },
    settings: { incidentsChannel: 'incidents', publicUrl: PUBLIC_URL },
  };
}

/** A run that a test drives by hand: every state it has been in is frozen, so that a transition that changes its input throws. */
export interface TestRun {
  readonly rules: Rules;
  doc(): RunDoc;
  now(): string;
  pass(ms: number): void;
  tell(input: Input): Transitioned;
  advance(): Transitioned;
  done(action: string, output?: Output, more?: { seen?: Record<string, Output | null>; stale?: boolean }): Transitioned;
  end(action: string, outcome: Outcome): Transitioned;
  fail(action: string, code?: string): Transitioned;
  retryLater(action: string, inMs: number): Transitioned;
  press(action: string, to: string, change?: { visit?: number; postId?: string; refusal?: string }): Transitioned;
  event(type: string, afterMs?: number, change?: EventChange): Transitioned;
  operator(operation: 'retry' | 'skip' | 'cancel', action?: string): Transitioned;
  /** Names of what is open. */
  open(): readonly string[];
  invocation(action: string): Invocation;
  readonly timeline: TimelineEntry[];
  kinds(): readonly string[];
  readonly marks: string[];
}

export function beginRun(text: string | Playbook, started?: IncidentEvent): TestRun {
  const facts = makeFacts(typeof text === 'string' ? loadOne(text) : text, started);
  const rules: Rules = { facts, registry };
  const timeline: TimelineEntry[] = [];
  const marks: string[] = [];
  let doc = deepFreeze(firstDoc(rules, PUBLIC_URL));
  let at = START;

  const now = (): string => new Date(at).toISOString();
  function tell(input: Input): Transitioned {
    const result = transition(rules, doc, deepFreeze(input), now());
    doc = deepFreeze(result.doc);
    timeline.push(...result.timeline);
    marks.push(...result.marks);
    return result;
  }
  const invocation = (action: string): Invocation => {
    const found = doc.invocations.findLast((one) => one.action === action);
    if (!found) throw new Error(`${action} was not begun`);
    return found;
  };
  const end = (action: string, outcome: Outcome): Transitioned =>
    tell({
      kind: 'ended',
      action,
      visit: (doc.invocations.find((one) => one.action === action && one.state === 'open') ?? invocation(action)).visit,
      outcome,
    });

  const run: TestRun = {
    rules,
    timeline,
    marks,
    doc: () => doc,
    now,
    pass: (ms) => void (at += ms),
    tell,
    advance: () => tell({ kind: 'advance' }),
    done: (action, output = outputOf(rules, action), { seen = {}, stale = false } = {}) =>
      end(action, { kind: 'done', output, seen, reconciled: false, stale }),
    end,
    fail: (action, code = 'test.no') => end(action, { kind: 'failed', error: 'it said no', code }),
    retryLater: (action, inMs) =>
      end(action, { kind: 'retry', error: 'busy', code: 'test.busy', dueAt: new Date(at + inMs).toISOString(), counts: true }),
    press: (action, to, { visit = doc.visit, postId = 'post-Card', refusal } = {}) =>
      tell({
        kind: 'click',
        click: { kind: 'click', action, visit, to, label: to, personId: 'u1', username: 'kathy', channelId: 'c1', postId },
        actor: { name: 'Kathy', username: 'kathy', email: 'kathy@example.test', id: 'mattermost:u1' },
        refusal,
      }),
    event: (type, afterMs = at - START + 1, change) => tell({ kind: 'event', event: makeEvent(type, afterMs, change) }),
    operator: (operation, action) => tell({ kind: 'operator', operator: { kind: 'operator', operation, action, by: 'admin' } }),
    open: () => doc.invocations.filter((one) => one.state === 'open').map((one) => one.action),
    invocation,
    kinds: () => timeline.map((entry) => entry.kind),
  };
  run.advance();
  return run;
}

function outputOf(rules: Rules, action: string): Output {
  const type = rules.facts.playbook.actions.get(action)?.type;
  if (type === 'post') return { PostID: `post-${action}`, URL: `https://chat.example/${action}`, ChannelID: 'c1', ChannelName: 'inc-7' };
  if (type === 'create_channel') return { ChannelID: 'c1', ChannelName: 'inc-7', DisplayName: 'INC 7', URL: 'https://chat.example/inc-7' };
  if (type === 'create_issue') return { Key: 'OPS-1', ID: '1001', URL: 'https://jira.example/OPS-1' };
  return {};
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}

/** A playbook with one trigger and these steps. */
export function playbookText(steps: string, head = ''): string {
  return `name: test\ntriggers: [{ name: Incident, type: pagerduty }]\n${head}\nsteps:\n${steps}`;
}
