import { describe, expect, it } from '@jest/globals';
import type { PagerIncident } from '../../src/core/ports.ts';
import { IncidentEvent } from '../../src/core/event.ts';
import type { NewDelivery } from '../../src/core/store.ts';
import { comparePager, type ComparedRun } from '../../src/engine/compare-pager.ts';
import { createFakePager, pagerIncident } from './make-ports.ts';
import { beginRun, playbookText, type TestRun } from './make-run.ts';

const say = (name: string): string => `{ name: ${name}, type: post, channel_name: x, message: m }`;
const LIFE = playbookText(
  `
  - { name: Open, start_actions: [${say('Hi')}] }
  - { name: Taken, marks: acknowledged, start_actions: [{ name: Ack, type: acknowledge_incident, wait: false }, ${say('Mine')}] }
`,
  'on: [{ event: acknowledged, to: Taken }, { event: resolved, to: Open }]',
);
const taken = (): TestRun => {
  const run = beginRun(LIFE);
  run.done('Hi');
  run.event('acknowledged');
  run.done('Mine');
  return run;
};

async function compare(run: TestRun, incident: Partial<PagerIncident>, more: Partial<ComparedRun> = {}) {
  const { pager, asked } = createFakePager([pagerIncident(incident)]);
  const delivered: NewDelivery[] = [];
  const compared: ComparedRun = {
    versionId: '1',
    incident: 'pagerduty:PINC1',
    correlationKey: 'pagerduty:PINC1',
    acknowledged: run.marks.includes('acknowledged'),
    resolved: run.marks.includes('resolved'),
    doc: run.doc(),
    ...more,
  };
  const playbook = run.rules.facts.playbook;
  const options = {
    source: 'pagerduty',
    pager,
    playbooks: { byVersion: () => Promise.resolve(playbook), active: () => [], refresh: () => Promise.resolve() },
    listRuns: () => Promise.resolve([compared]),
    deliver: (delivery: NewDelivery) => Promise.resolve(void delivered.push(delivery)),
    now: () => new Date('2026-03-01T12:00:00Z'),
  };
  const count = await comparePager(options, new AbortController().signal);
  expect(count).toBe(delivered.length);
  return { types: delivered.map((one) => IncidentEvent.parse(one.event).type), delivered, asked };
}

describe('the comparison with the pager', () => {
  it('makes a signal of what was missed', async () => {
    expect((await compare(beginRun(LIFE), { status: 'acknowledged' })).types).toEqual(['acknowledged']);
    expect((await compare(beginRun(LIFE), { status: 'resolved' })).types).toEqual(['resolved']);
    const run = taken();
    run.done('Ack');
    expect((await compare(run, { status: 'triggered' })).types).toEqual(['unacknowledged']);
  });

  it('says nothing where both agree', async () => {
    expect((await compare(beginRun(LIFE), { status: 'triggered' })).types).toEqual([]);
    const run = taken();
    run.done('Ack');
    expect((await compare(run, { status: 'acknowledged' })).types).toEqual([]);
    expect((await compare(run, { status: 'resolved' }, { resolved: true })).types).toEqual([]);
  });

  it('does not take a wish of ours that is still open for a change at the pager', async () => {
    const run = taken();
    expect(run.open()).toEqual(['Ack']);
    expect((await compare(run, { status: 'triggered' })).types).toEqual([]);
  });

  it('carries who changed it and when', async () => {
    const actor = { name: 'Bob', username: '', email: 'bob@example.test', id: 'pagerduty:PUSER2' };
    const { delivered } = await compare(beginRun(LIFE), { status: 'resolved', statusChangedAt: '2026-03-01T11:30:00+01:00', actor });
    expect(IncidentEvent.parse(delivered[0]?.event)).toMatchObject({
      actor,
      occurredAt: '2026-03-01T10:30:00.999Z',
      references: [{ value: 'pagerduty:PINC1' }],
    });
    expect(delivered[0]).toMatchObject({ door: 'comparison', source: 'pagerduty', correlationKey: 'pagerduty:PINC1' });
  });

  it('names itself where the pager does not say who or when', async () => {
    const { delivered } = await compare(beginRun(LIFE), { status: 'resolved', statusChangedAt: '' });
    expect(IncidentEvent.parse(delivered[0]?.event)).toMatchObject({
      actor: { name: 'PagerDuty' },
      occurredAt: '2026-03-01T12:00:00.000Z',
    });
  });

  it('finds the same delivery again as long as nothing changes, and another one after the next change', async () => {
    const key = async (incident: Partial<PagerIncident>) => (await compare(beginRun(LIFE), incident)).delivered[0]?.deliveryKey;
    const first = await key({ status: 'resolved' });
    expect(await key({ status: 'resolved' })).toBe(first);
    expect(await key({ status: 'resolved', statusChangedAt: '2026-03-01T11:00:00Z' })).not.toBe(first);
    expect(await key({ status: 'acknowledged' })).not.toBe(first);
  });

  it('asks nothing where no run has an incident there, and leaves alone what the pager does not know', async () => {
    expect((await compare(beginRun(LIFE), {}, { incident: 'other:PINC1' })).asked).toEqual([]);
    expect((await compare(beginRun(LIFE), { id: 'PELSE', status: 'resolved' })).types).toEqual([]);
  });
});
