import { describe, expect, it } from '@jest/globals';
import { nextDue } from '../../src/engine/due.ts';
import { beginRun, playbookText } from './make-run.ts';

const MINUTE = 60_000;
const say = (name: string, more = ''): string => `{ name: ${name}, type: post, channel_name: x, message: m${more} }`;
const CARD = say('Card', ', transitions: [{ label: Take, to: Taken }, { label: Again, to: Open }]');
const LIFE = playbookText(
  `
  - name: Open
    start_actions: [${CARD}]
    finish_actions: [${say('Left')}]
    timeout: { after: 15m, to: Unanswered }
  - { name: Unanswered, start_actions: [${say('Remind')}], on: [{ event: acknowledged, to: Open }] }
  - { name: Taken, marks: acknowledged, start_actions: [${say('SayTaken')}] }
  - { name: Done, marks: resolved, start_actions: [{ name: End, type: finished_workflow }] }
`,
  'on: [{ event: acknowledged, to: Taken }, { event: resolved, to: Done }, { event: unacknowledged, to: Open }]',
);
const settled = () => {
  const run = beginRun(LIFE);
  run.done('Card');
  return run;
};

describe('signals', () => {
  it('wait while a waiting action is in flight, and are taken once it has ended', () => {
    const run = beginRun(LIFE);
    expect(run.event('acknowledged').signal).toBeUndefined();
    expect(run.press('Card', 'Taken').signal).toBeUndefined();
    run.done('Card');
    expect(run.event('acknowledged').signal?.outcome).toBe('moved');
  });

  it('are not held by an action that nobody waits for', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [{ name: Ticket, type: create_issue, summary: s, wait: false }, ${say('Card', ', transitions: [{ label: Go, to: B }]')}] }
  - { name: B, start_actions: [${say('Bye')}] }`),
    );
    run.done('Card');
    expect(run.open()).toEqual(['Ticket']);
    expect(run.press('Card', 'B').signal?.outcome).toBe('moved');
  });

  it('run the finish actions before the start actions of the target', () => {
    const run = settled();
    run.press('Card', 'Taken');
    expect(run.open()).toEqual(['Left']);
    expect(run.doc().step).toBe('Open');
    run.done('Left');
    expect(run.open()).toEqual(['SayTaken']);
    expect(run.marks).toEqual(['acknowledged']);
  });

  it('cause one transition only: the second click is told who was faster', () => {
    const run = settled();
    run.press('Card', 'Taken');
    const late = 'Too late: the incident is already in step Taken: Kathy moved it to Taken.';
    expect(run.press('Card', 'Taken').signal).toEqual({ outcome: 'late', text: late });
    run.done('Left');
    expect(run.press('Card', 'Taken', { visit: 1 }).signal).toEqual({ outcome: 'late', text: late });
    expect(run.doc().visit).toBe(2);
  });

  it('refuse a click that its presser may not make, with the reason', () => {
    const run = settled();
    expect(run.press('Card', 'Taken', { refusal: 'Only members may.' }).signal).toEqual({ outcome: 'refused', text: 'Only members may.' });
    expect(run.doc().visit).toBe(1);
  });

  it('refuse a token that stands under another post', () => {
    const run = settled();
    expect(run.press('Card', 'Taken', { postId: 'post-Other' }).signal?.outcome).toBe('refused');
  });

  it('let a click wait that beats the answer to our own post', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [${say('Card', ', wait: false, transitions: [{ label: Go, to: B }]')}] }
  - { name: B, start_actions: [${say('Bye')}] }`),
    );
    expect(run.doc().stage).toBe('settled');
    expect(run.press('Card', 'B').signal).toBeUndefined();
    run.done('Card');
    expect(run.press('Card', 'B').signal?.outcome).toBe('moved');
  });

  it('let a button lead to its own step, which is another visit', () => {
    const run = settled();
    run.press('Card', 'Open');
    run.done('Left');
    expect(run.doc()).toMatchObject({ step: 'Open', visit: 2 });
    expect(run.open()).toEqual(['Card']);
  });

  it('do not take an event whose target is the present step', () => {
    const run = settled();
    expect(run.event('unacknowledged').signal).toEqual({ outcome: 'noted', text: 'the run is in that step already' });
    expect(run.doc().visit).toBe(1);
  });

  it('prefer the step’s own rule to the playbook’s', () => {
    const run = settled();
    run.pass(15 * MINUTE);
    run.advance();
    run.done('Left');
    run.done('Remind');
    run.event('acknowledged');
    expect(run.doc().step).toBe('Open');
  });

  it('note an event that no rule speaks of', () => {
    expect(settled().event('note_added').signal).toEqual({ outcome: 'noted', text: 'the playbook has no rule for it here' });
  });

  it('match the vendor’s own name of an event, and its source', () => {
    const text = playbookText(
      `  - { name: A, start_actions: [${say('Hi')}] }\n  - { name: B, start_actions: [${say('Bye')}] }`,
      `on: [{ event: acknowledged, source: jira, to: B }, { event: 'pagerduty:incident.delegated', to: B }]`,
    );
    const run = beginRun(text);
    run.done('Hi');
    expect(run.event('acknowledged').signal?.outcome).toBe('noted');
    expect(run.event('reassigned', 5, { vendorType: 'pagerduty:incident.delegated' }).signal?.outcome).toBe('moved');
  });

  it('record a vendor’s event as late that is older than the last one taken', () => {
    const run = settled();
    run.event('acknowledged', 2000);
    run.done('Left');
    run.done('SayTaken');
    expect(run.event('unacknowledged', 1000).signal).toEqual({ outcome: 'late', text: 'something newer was taken before' });
    expect(run.doc().step).toBe('Taken');
  });

  it('do not call an event late because of a newer one that no rule was there for', () => {
    const run = settled();
    run.event('note_added', 5000);
    expect(run.event('resolved', 4000).signal?.outcome).toBe('moved');
  });

  it('take an event of the same millisecond as the one before', () => {
    const run = settled();
    run.event('acknowledged', 2000);
    run.done('Left');
    run.done('SayTaken');
    expect(run.event('resolved', 2000).signal?.outcome).toBe('moved');
  });

  it('judge a rule’s condition by the event that it is about', () => {
    const text = playbookText(
      `  - { name: A, start_actions: [${say('Hi')}] }\n  - { name: B, start_actions: [${say('Bye')}] }`,
      `on: [{ event: priority_changed, if: 'Signal.Severity == "P1"', to: B }]`,
    );
    const run = beginRun(text);
    run.done('Hi');
    expect(run.event('priority_changed', 1, { fields: { Severity: 'P3' } }).signal?.outcome).toBe('noted');
    expect(run.event('priority_changed', 2, { fields: { Severity: 'P1' } }).signal?.outcome).toBe('moved');
  });

  it('take an event that an action raised, after that action', () => {
    const run = settled();
    run.tell({ kind: 'raised', type: 'resolved', source: 'pagerduty', actor: { name: 'PagerDuty', username: '', email: '', id: '' } });
    run.done('Left');
    expect(run.doc()).toMatchObject({ state: 'finishing', step: 'Done' });
    expect(run.timeline).toContainEqual({ kind: 'signal_taken', signal: 'pagerduty resolved', by: 'PagerDuty', to: 'Done' });
  });
});

describe('transitions', () => {
  it('start the step’s time-out when its waiting start actions have settled', () => {
    const run = beginRun(LIFE);
    run.pass(20 * MINUTE);
    run.advance();
    expect(run.doc().step).toBe('Open');
    run.done('Card');
    expect(nextDue(run.rules, run.doc())).toBe('2026-03-01T10:35:00.000Z');
    run.pass(15 * MINUTE);
    run.advance();
    run.done('Left');
    expect(run.timeline.at(-1)).toEqual({ kind: 'step_entered', step: 'Unanswered', by: 'timeout', cause: 'timeout' });
  });

  it('cancel the step’s time-out when it is left', () => {
    const run = settled();
    run.press('Card', 'Taken');
    expect(nextDue(run.rules, run.doc())).toBeUndefined();
    run.pass(60 * MINUTE);
    run.done('Left');
    run.done('SayTaken');
    run.advance();
    expect(run.doc()).toMatchObject({ step: 'Taken', visit: 2 });
  });

  it('leave out what stands behind a transition_to, and keep the cause’s person', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [{ name: Go, type: transition_to, to: B }, ${say('Never')}], finish_actions: [${say('Left')}] }
  - { name: B, start_actions: [${say('Bye')}] }`),
    );
    run.done('Left');
    expect(run.doc()).toMatchObject({ step: 'B', visit: 2 });
    expect(run.doc().invocations.some((one) => one.action === 'Never')).toBe(false);
    expect(run.timeline.at(-1)).toEqual({ kind: 'step_entered', step: 'B', by: 'Ada', cause: 'transition' });
  });

  it('park a run whose transition_to actions lead round in a circle', () => {
    const circle = beginRun(
      playbookText(`
  - { name: A, start_actions: [{ name: G1, type: transition_to, to: B }] }
  - { name: B, start_actions: [{ name: G2, type: transition_to, to: A }] }`),
    );
    expect(circle.doc().state).toBe('parked');
    expect(circle.doc().attention).toContain('lead round in a circle');
    expect(circle.doc().visit).toBeLessThan(110);
  });

  it('park a run that goes round through events of its own raising', () => {
    const run = beginRun(
      playbookText(
        `  - { name: A, start_actions: [${say('Ack')}] }\n  - { name: B, start_actions: [{ name: Back, type: transition_to, to: A }] }`,
        'on: [{ event: resolved, to: B }]',
      ),
    );
    for (let round = 0; round < 80 && run.doc().state === 'running'; round += 1) {
      run.tell({ kind: 'raised', type: 'resolved', source: 'pagerduty', actor: { name: 'PagerDuty', username: '', email: '', id: '' } });
      run.done('Ack');
    }
    expect(run.doc().state).toBe('parked');
  });

  it('do not grow the document of a run that goes round for weeks', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [${say('Hi')}], timeout: { after: 1h, to: B } }
  - { name: B, start_actions: [${say('Ho')}], timeout: { after: 1h, to: A } }`),
    );
    for (let round = 0; round < 200; round += 1) {
      run.done(run.open()[0] ?? '');
      run.pass(60 * MINUTE);
      run.advance();
    }
    expect(run.doc()).toMatchObject({ state: 'running', visit: 201 });
    expect(Object.keys(run.doc().causes).length).toBeLessThan(6);
    expect(run.doc().invocations.length).toBeLessThan(4);
  });
});

describe('a merged incident', () => {
  it('is said in the channel and ends the run where the playbook says nothing of it', () => {
    const run = beginRun(
      playbookText(
        `  - { name: A, start_actions: [{ name: Channel, type: create_channel, channel_name: inc, channel_displayname: I }, ${say('Hi')}] }\n  - { name: Z, start_actions: [{ name: End, type: finished_workflow }] }`,
        'on: [{ event: resolved, to: Z }]',
      ),
    );
    run.done('Channel');
    run.done('Hi');
    run.event('merged', 5, { fields: { MergedInto: { URL: 'https://pd.example/incidents/OTHER' } } });
    expect(run.doc()).toMatchObject({ state: 'finishing', step: '_Merged' });
    expect(run.open()).toEqual(['_SayMerged']);
    run.done('_SayMerged');
    expect(run.doc().state).toBe('finished');
  });

  it('is not resolved: on resolved does not match it', () => {
    const run = beginRun(
      playbookText(
        `  - { name: A, start_actions: [${say('Hi')}] }\n  - { name: Z, start_actions: [{ name: End, type: finished_workflow }] }\n  - { name: M, start_actions: [${say('Merged')}] }`,
        'on: [{ event: resolved, to: Z }, { event: merged, to: M }]',
      ),
    );
    run.done('Hi');
    run.event('merged', 5);
    expect(run.doc().step).toBe('M');
  });
});
