import fc from 'fast-check';
import type { EventType } from '../../src/core/event.ts';
import { EVENT_TYPES } from '../../src/core/event.ts';
import type { RunDoc } from '../../src/core/run.ts';
import type { Input, Outcome } from '../../src/engine/run-input.ts';
import { makeEvent } from './make-run.ts';

const STEPS = ['A', 'B', 'C', 'D'];
const step = fc.constantFrom(...STEPS);
const condition = fc.constantFrom('Event.Urgency == "high"', 'Event.Title != ""', 'Event.Vendor.region == "eu"', 'Instance.Number == 7');

type ActionShape = Record<string, unknown>;

const buttons = fc.array(
  step.map((to) => ({ label: `To ${to}`, to })),
  { maxLength: 3 },
);
const body: fc.Arbitrary<ActionShape> = fc.oneof(
  {
    arbitrary: fc.record({ type: fc.constant('post'), channel_name: fc.constant('x'), message: fc.constant('m'), transitions: buttons }),
    weight: 4,
  },
  {
    arbitrary: fc.record({ type: fc.constant('update_post'), post: fc.constant('Card'), message: fc.constant('m'), transitions: buttons }),
    weight: 3,
  },
  { arbitrary: fc.record({ type: fc.constant('create_issue'), summary: fc.constant('{{.Event.Title}}') }), weight: 2 },
  { arbitrary: fc.record({ type: fc.constant('acknowledge_incident') }), weight: 1 },
  {
    arbitrary: fc.record({ type: fc.constant('set_channel_header'), channel_name: fc.constant('x'), header: fc.constant('h') }),
    weight: 1,
  },
  { arbitrary: fc.record({ type: fc.constant('transition_to'), to: step }), weight: 1 },
  { arbitrary: fc.record({ type: fc.constant('finished_workflow') }), weight: 1 },
);
const common: fc.Arbitrary<ActionShape> = fc.oneof(
  fc.record({ wait: fc.constant(false), on_error: fc.constantFrom('fail', 'continue') }, { requiredKeys: ['wait'] }),
  fc.record(
    {
      on_error: fc.oneof(
        fc.constantFrom('fail', 'continue'),
        step.map((to) => ({ to })),
      ),
      if: condition,
    },
    { requiredKeys: [] },
  ),
);
const action = fc.tuple(body, common).map(([fields, more]): ActionShape => ({ ...more, ...fields }));
const rule = fc.record({ event: fc.constantFrom(...EVENT_TYPES), to: step, if: condition }, { requiredKeys: ['event', 'to'] });

/** A playbook that loads, as a document: four steps with whatever leads where. */
export const playbookDocument = fc
  .record({
    on: fc.array(rule, { maxLength: 3 }),
    steps: fc.tuple(
      ...STEPS.map((name) =>
        fc.record({
          name: fc.constant(name),
          start: fc.array(action, { minLength: 1, maxLength: 4 }),
          finish: fc.array(action, { maxLength: 2 }),
          on: fc.array(rule, { maxLength: 2 }),
          timeout: fc.option(step.map((to) => ({ after: '10m', to }))),
          marks: fc.option(fc.constantFrom('acknowledged', 'resolved')),
        }),
      ),
    ),
  })
  .map(({ on, steps }) => {
    let count = 0;
    const named = (actions: readonly ActionShape[]) => actions.map((one) => ({ ...one, name: `N${(count += 1)}` }));
    const card = { name: 'Card', type: 'post', channel_name: 'x', message: 'm', wait: true };
    return {
      name: 'generated',
      triggers: [{ name: 'Incident', type: 'pagerduty' }],
      on,
      steps: steps.map(({ name, start, finish, on: own, timeout, marks }, index) => ({
        name,
        on: own,
        ...(timeout ? { timeout } : {}),
        ...(marks ? { marks } : {}),
        start_actions: [...(index === 0 ? [card] : []), ...named(start)],
        finish_actions: named(finish.filter((one) => one['type'] !== 'transition_to' && one['type'] !== 'finished_workflow')),
      })),
    };
  });

/** What happens next, told without knowing the run: `pick` chooses among what the run's document offers. */
export interface Happening {
  readonly kind:
    | 'advance'
    | 'end'
    | 'stray'
    | 'superseded'
    | 'raised'
    | 'redrawn'
    | 'redraw_failed'
    | 'address_changed'
    | 'click'
    | 'event'
    | 'operator'
    | 'pass';
  readonly pick: number;
  readonly outcome: Outcome['kind'];
  readonly event: EventType;
  readonly afterMs: number;
  readonly to: string;
  readonly flag: boolean;
}

export const happening: fc.Arbitrary<Happening> = fc.record({
  kind: fc.oneof(
    { arbitrary: fc.constant('end' as const), weight: 8 },
    { arbitrary: fc.constantFrom('click' as const, 'event' as const, 'redrawn' as const, 'pass' as const), weight: 4 },
    {
      arbitrary: fc.constantFrom(
        'advance' as const,
        'stray' as const,
        'superseded' as const,
        'raised' as const,
        'redraw_failed' as const,
        'address_changed' as const,
        'operator' as const,
      ),
      weight: 2,
    },
  ),
  pick: fc.nat(20),
  outcome: fc.oneof(
    { arbitrary: fc.constant('done' as const), weight: 6 },
    { arbitrary: fc.constantFrom('failed' as const, 'skipped' as const, 'retry' as const, 'bug' as const), weight: 3 },
  ),
  event: fc.constantFrom(...EVENT_TYPES),
  afterMs: fc.integer({ min: -1000, max: 10_000_000 }),
  to: step,
  flag: fc.boolean(),
});

/** The happening as an input for the run as it stands; `pass` is none. */
export function toInput(what: Happening, doc: RunDoc, now: string): Input | undefined {
  const at = <T>(list: readonly T[]): T | undefined => list[what.pick % Math.max(1, list.length)];
  const later = new Date(Date.parse(now) + Math.abs(what.afterMs)).toISOString();
  const open = at(doc.invocations.filter((one) => one.state === 'open'));
  const any = at(doc.invocations);
  const post = at(doc.posts);
  const actor = { name: 'Ada', username: '', email: '', id: '' };
  switch (what.kind) {
    case 'pass':
      return undefined;
    case 'advance':
      return { kind: 'advance' };
    case 'end':
      return {
        kind: 'ended',
        action: open?.action ?? 'None',
        visit: open?.visit ?? 1,
        outcome: toOutcome(what, open?.action ?? '', later),
      };
    case 'stray':
      return {
        kind: 'ended',
        action: any?.action ?? 'None',
        visit: (any?.visit ?? 1) - (what.flag ? 1 : 0),
        outcome: toOutcome(what, any?.action ?? '', later),
      };
    case 'superseded':
      return { kind: 'superseded', action: open?.action ?? 'None', visit: open?.visit ?? 1, underWay: what.flag };
    case 'raised':
      return { kind: 'raised', type: what.event, source: 'pagerduty', actor };
    case 'redrawn':
      return { kind: 'redrawn', post: post?.name ?? 'None', revision: post?.revision ?? 1 };
    case 'address_changed':
      return { kind: 'address_changed', publicUrl: 'https://other.example.test' };
    case 'redraw_failed':
      return { kind: 'redraw_failed', post: post?.name ?? 'None', dueAt: what.flag ? later : undefined, error: 'no' };
    case 'click': {
      const visit = what.flag ? (post?.buttonsVisit ?? doc.visit) : doc.visit - (what.pick % 3);
      const click = { kind: 'click' as const, action: post?.textAction ?? 'Card', visit, to: what.to, label: 'x' };
      return {
        kind: 'click',
        click: { ...click, personId: 'u', username: 'u', channelId: 'c', postId: post?.id ?? 'p' },
        actor,
        refusal: what.pick === 7 ? 'no' : undefined,
      };
    }
    case 'event':
      return { kind: 'event', event: makeEvent(what.event, what.afterMs) };
    case 'operator': {
      const operation = (['retry', 'skip', 'cancel'] as const)[what.pick % (what.flag ? 3 : 2)] ?? 'retry';
      return { kind: 'operator', operator: { kind: 'operator', operation, action: what.pick > 10 ? any?.action : undefined, by: 'admin' } };
    }
  }
}

function toOutcome(what: Happening, action: string, later: string): Outcome {
  switch (what.outcome) {
    case 'done':
      return {
        kind: 'done',
        output: { PostID: `post-${action}`, URL: '', ChannelID: 'c', ChannelName: 'x' },
        seen: what.flag ? { Card: null } : {},
        reconciled: what.flag,
        stale: what.pick === 3,
      };
    case 'failed':
      return { kind: 'failed', error: 'no', code: 'test.no' };
    case 'skipped':
      return { kind: 'skipped', reason: 'no' };
    case 'retry':
      return { kind: 'retry', error: 'busy', code: 'test.busy', dueAt: later, counts: what.flag };
    case 'bug':
      return { kind: 'bug', error: 'oops', dueAt: later };
  }
}
