import { describe, expect, it } from '@jest/globals';
import type { IncidentEvent } from '../../src/core/event.ts';
import type { OpenRun, RoutableDelivery, RoutingView } from '../../src/core/store.ts';
import type { ActivePlaybook } from '../../src/engine/playbook-source.ts';
import { decideAll } from '../../src/engine/router.ts';
import { createRecordingLog } from '../support/log.ts';
import { loadOne, makeEvent, playbookText, PUBLIC_URL, registry, RUN_ID } from './make-run.ts';

const STEPS = `  - { name: A, start_actions: [{ name: Hi, type: post, channel_name: x, message: m }] }`;
const named = (name: string, trigger = ''): ActivePlaybook => ({
  versionId: `v-${name}`,
  playbook: loadOne(playbookText(STEPS).replace('name: test', `name: ${name}`).replace('type: pagerduty', `type: pagerduty${trigger}`)),
});
const REFERENCE = 'pager.incident pagerduty:PINC1';
const openRun = (id = RUN_ID, playbook = 'first'): OpenRun => ({ id, playbook, correlationKey: 'pagerduty:PINC1' });
const delivery = (event: unknown, id = 'd1', door = 'event'): RoutableDelivery => ({
  id,
  seq: '1',
  source: 'pagerduty',
  door,
  correlationKey: 'pagerduty:PINC1',
  event,
  occurredAt: undefined,
});
const viewOf = (deliveries: readonly RoutableDelivery[], more: Partial<RoutingView> = {}): RoutingView => ({
  deliveries,
  byReference: new Map(),
  byKey: new Map(),
  byId: new Map(),
  echoes: new Map(),
  ignored: new Map(),
  ...more,
});
const owned = (...runs: readonly OpenRun[]): Partial<RoutingView> => ({
  byReference: new Map([[REFERENCE, runs]]),
  byId: new Map(runs.map((run) => [run.id, run])),
});
const log = createRecordingLog();
function route(active: readonly ActivePlaybook[], view: RoutingView) {
  const playbooks = { active: () => active, byVersion: () => Promise.reject(new Error('unused')), refresh: () => Promise.resolve() };
  return decideAll({ playbooks, registry, log, settings: { incidentsChannel: 'incidents', publicUrl: PUBLIC_URL } }, view);
}
const expectEcho = (eventType: string, actorId = '', runId = RUN_ID): Partial<RoutingView> => ({
  echoes: new Map([
    [REFERENCE, [{ runId, effectKey: 'Ack-2', reference: { kind: 'pager.incident', value: 'pagerduty:PINC1' }, eventType, actorId }]],
  ]),
});

describe('an event of an incident that no open run has', () => {
  it('starts a run of the playbook whose trigger it matches', () => {
    const { runs, decisions } = route([named('first')], viewOf([delivery(makeEvent('triggered'))]));
    expect(runs).toEqual([
      expect.objectContaining({
        playbook: 'first',
        versionId: 'v-first',
        title: 'Disk full',
        correlationKey: 'pagerduty:PINC1',
        trigger: 'Incident',
      }),
    ]);
    expect(runs[0]?.doc).toMatchObject({ state: 'running', step: 'A', visit: 1 });
    expect(decisions).toEqual([{ deliveryId: 'd1', outcome: 'started', reason: 'started first', runIds: [runs[0]?.id] }]);
  });

  it('starts a run of every playbook that it matches', () => {
    const { runs, decisions } = route([named('first'), named('second')], viewOf([delivery(makeEvent('triggered'))]));
    expect(runs.map((run) => run.playbook)).toEqual(['first', 'second']);
    expect(decisions[0]?.runIds).toEqual(runs.map((run) => run.id));
  });

  it('is ignored with a reason when no trigger matches', () => {
    const { runs, decisions } = route([named('first')], viewOf([delivery(makeEvent('acknowledged'))]));
    expect(runs).toEqual([]);
    expect(decisions[0]).toMatchObject({ outcome: 'ignored', reason: expect.stringContaining('no trigger of the 1 playbooks') });
  });

  it('is ignored when the trigger’s condition is not met, or can’t be judged', () => {
    const event = makeEvent('triggered');
    expect(route([named('first', `, if: 'Event.Urgency == "high"'`)], viewOf([delivery(event)])).decisions[0]?.outcome).toBe('ignored');
    expect(route([named('first', `, if: 'Event.Vendor.team == "x"'`)], viewOf([delivery(event)])).decisions[0]?.outcome).toBe('ignored');
    expect(log.entries.at(-1)?.message).toContain('could not be judged');
  });

  it('started by hand starts only the playbook that was named', () => {
    const manual = (name: string): ActivePlaybook => ({
      versionId: name,
      playbook: loadOne(playbookText(STEPS).replace('name: test', `name: ${name}`).replace('type: pagerduty', 'type: manual')),
    });
    const event = makeEvent('triggered', 0, { source: 'manual', references: [], fields: { Vendor: { playbook: 'second' } } });
    expect(route([manual('first'), manual('second')], viewOf([delivery(event)])).runs.map((run) => run.playbook)).toEqual(['second']);
  });
});

describe('an event of an incident that open runs have', () => {
  it('is a signal to every one of them and starts nothing', () => {
    const second = openRun('0b9c1d52-6f0e-4f7c-9d2a-3c5b8a1e4f60', 'second');
    const { runs, signals, decisions } = route([named('first')], viewOf([delivery(makeEvent('triggered'))], owned(openRun(), second)));
    expect(runs).toEqual([]);
    expect(signals.map((one) => one.runId)).toEqual([RUN_ID, second.id]);
    expect(decisions[0]).toMatchObject({ outcome: 'signalled', runIds: [RUN_ID, second.id] });
  });

  it('is found by the correlation key as well, once only', () => {
    const { signals } = route(
      [named('first')],
      viewOf([delivery(makeEvent('resolved'))], { ...owned(openRun()), byKey: new Map([['pagerduty:PINC1', [openRun()]]]) }),
    );
    expect(signals).toHaveLength(1);
  });

  it('also starts a playbook whose trigger says also_ours', () => {
    const { runs, signals, decisions } = route(
      [named('first'), named('second', ', also_ours: true')],
      viewOf([delivery(makeEvent('triggered'))], owned(openRun())),
    );
    expect(runs.map((run) => run.playbook)).toEqual(['second']);
    expect(signals.map((one) => one.runId)).toEqual([RUN_ID]);
    expect(decisions[0]).toMatchObject({ outcome: 'started', runIds: [runs[0]?.id, RUN_ID] });
  });

  it('goes to the run that an earlier delivery of the same batch started', () => {
    const { runs, signals } = route([named('first')], viewOf([delivery(makeEvent('triggered')), delivery(makeEvent('resolved', 9), 'd2')]));
    expect(runs).toHaveLength(1);
    expect(signals).toEqual([expect.objectContaining({ runId: runs[0]?.id, deliveryId: 'd2' })]);
  });
});

describe('an event that came before the one that starts the run', () => {
  const ignored = (...events: readonly IncidentEvent[]): Partial<RoutingView> => ({
    ignored: new Map([['pagerduty:PINC1', events.map((event, index) => ({ ...event, deliveryId: `old${index}` }))]]),
  });

  it('becomes a signal where it was ignored and happened later', () => {
    const view = viewOf([delivery(makeEvent('triggered', 0))], ignored(makeEvent('acknowledged', 5), makeEvent('resolved', -60_000)));
    const { runs, signals } = route([named('first')], view);
    expect(signals).toEqual([{ runId: runs[0]?.id, signal: { kind: 'event', event: makeEvent('acknowledged', 5) }, deliveryId: 'old0' }]);
  });

  it('becomes a signal where both are decided in one batch', () => {
    const view = viewOf([delivery(makeEvent('acknowledged', 5), 'd1'), delivery(makeEvent('triggered', 0), 'd2')]);
    const { runs, signals, decisions } = route([named('first')], view);
    expect(signals).toEqual([{ runId: runs[0]?.id, signal: { kind: 'event', event: makeEvent('acknowledged', 5) }, deliveryId: 'd1' }]);
    expect(decisions.map((one) => [one.deliveryId, one.outcome, one.runIds])).toEqual([
      ['d1', 'signalled', [runs[0]?.id]],
      ['d2', 'started', [runs[0]?.id]],
    ]);
  });

  it('stays ignored in one batch where it happened earlier', () => {
    const view = viewOf([delivery(makeEvent('resolved', -5), 'd1'), delivery(makeEvent('triggered', 0), 'd2')]);
    const { signals, decisions } = route([named('first')], view);
    expect(signals).toEqual([]);
    expect(decisions[0]?.outcome).toBe('ignored');
  });
});

describe('the echo of our own call', () => {
  it('is known as ours when its run has just ended, and starts nothing', () => {
    const onResolved = named('first', ', events: [triggered, resolved]');
    const { decisions, runs, consumedEchoes } = route(
      [onResolved],
      viewOf([delivery(makeEvent('resolved')), delivery(makeEvent('resolved'), 'd2')], expectEcho('resolved')),
    );
    expect(decisions[0]).toMatchObject({ outcome: 'echo', runIds: [RUN_ID] });
    expect(consumedEchoes).toEqual([{ runId: RUN_ID, effectKey: 'Ack-2' }]);
    // One call has one echo: the next such event is somebody else's.
    expect(decisions[1]).toMatchObject({ outcome: 'started' });
    expect(runs).toHaveLength(1);
  });

  it('is consumed and signals nobody', () => {
    const { signals, consumedEchoes, decisions } = route(
      [],
      viewOf([delivery(makeEvent('acknowledged'))], { ...owned(openRun()), ...expectEcho('acknowledged') }),
    );
    expect(signals).toEqual([]);
    expect(consumedEchoes).toEqual([{ runId: RUN_ID, effectKey: 'Ack-2' }]);
    expect(decisions[0]).toMatchObject({ outcome: 'echo', runIds: [RUN_ID] });
  });

  it.each([
    ['another state', 'resolved', 'pagerduty:PUSER1'],
    ['another person', 'acknowledged', 'pagerduty:PUSER9'],
  ])('is not what is about %s', (_what, eventType, actorId) => {
    const { signals, consumedEchoes } = route(
      [],
      viewOf([delivery(makeEvent('acknowledged'))], { ...owned(openRun()), ...expectEcho(eventType, actorId) }),
    );
    expect(consumedEchoes).toEqual([]);
    expect(signals).toHaveLength(1);
  });

  it('is consumed once: a second such event is somebody else’s', () => {
    const view = viewOf([delivery(makeEvent('acknowledged')), delivery(makeEvent('acknowledged', 5), 'd2')], {
      ...owned(openRun()),
      ...expectEcho('acknowledged'),
    });
    const { signals, decisions } = route([], view);
    expect(decisions.map((one) => one.outcome)).toEqual(['echo', 'signalled']);
    expect(signals.map((one) => one.deliveryId)).toEqual(['d2']);
  });

  it('of one run is news for another one', () => {
    const second = openRun('0b9c1d52-6f0e-4f7c-9d2a-3c5b8a1e4f60', 'second');
    const { signals, decisions } = route(
      [],
      viewOf([delivery(makeEvent('acknowledged'))], { ...owned(openRun(), second), ...expectEcho('acknowledged') }),
    );
    expect(signals.map((one) => one.runId)).toEqual([second.id]);
    expect(decisions[0]?.outcome).toBe('signalled');
  });
});

describe('a click', () => {
  const click = {
    kind: 'click',
    action: 'Card',
    visit: 1,
    to: 'B',
    label: 'Go',
    personId: 'u',
    username: 'kathy',
    channelId: 'c',
    postId: 'p',
  };

  it('is a signal to the run of its token', () => {
    const { signals, decisions } = route([], viewOf([delivery({ runId: RUN_ID, click }, 'd1', 'button')], owned(openRun())));
    expect(signals).toEqual([{ runId: RUN_ID, signal: click, deliveryId: 'd1' }]);
    expect(decisions[0]).toMatchObject({ outcome: 'signalled', reason: 'button Go' });
  });

  it('on a run that has ended is answered at once', () => {
    const { signals, decisions } = route([], viewOf([delivery({ runId: RUN_ID, click }, 'd1', 'button')]));
    expect(signals).toEqual([]);
    expect(decisions[0]).toMatchObject({ outcome: 'ignored', answer: 'Too late: this incident is already closed.' });
  });
});

describe('what can’t be read', () => {
  it.each([
    ['an event', 'event', { type: 'triggered' }],
    ['a click', 'button', { runId: 'x' }],
    ['nothing', 'event', null],
  ])('is put aside: %s', (_what, door, body) => {
    const { decisions } = route([named('first')], viewOf([delivery(body, 'd1', door), delivery(makeEvent('triggered'), 'd2')]));
    expect(decisions.map((one) => one.outcome)).toEqual(['dead', 'started']);
  });
});
