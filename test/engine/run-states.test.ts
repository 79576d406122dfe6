import { describe, expect, it } from '@jest/globals';
import { nextDue } from '../../src/engine/due.ts';
import { beginRun, playbookText } from './make-run.ts';

const CARD = `{ name: Card, type: post, channel_name: x, message: m, transitions: [{ label: Go, to: B }] }`;
const TWO_STEPS = playbookText(`
  - { name: A, start_actions: [${CARD}] }
  - { name: B, start_actions: [{ name: Late, type: create_issue, summary: s, wait: false }, { name: End, type: finished_workflow }] }
`);
const FAILING = playbookText(
  `
  - name: A
    start_actions:
      - { name: Channel, type: create_channel, channel_name: inc, channel_displayname: Inc }
      - ${CARD}
  - { name: B, start_actions: [{ name: End, type: finished_workflow }] }
`,
  'on: [{ event: resolved, to: B }]',
);

describe('the states of a run', () => {
  it('begins running in its first step and says so once', () => {
    const run = beginRun(TWO_STEPS);
    run.advance();
    expect(run.doc()).toMatchObject({ state: 'running', step: 'A', visit: 1 });
    expect(run.timeline).toEqual([{ kind: 'step_entered', step: 'A', by: 'Ada', cause: 'start' }]);
  });

  it('is finishing while a non-waiting effect is open, and finished when the last one has ended', () => {
    const run = beginRun(TWO_STEPS);
    run.done('Card');
    run.press('Card', 'B');
    expect(run.doc().state).toBe('finishing');
    run.done('Late');
    expect(run.doc().state).toBe('finishing');
    run.tell({ kind: 'redrawn', post: 'Card', revision: 1 });
    expect(run.doc().state).toBe('finished');
    expect(run.timeline.at(-1)).toEqual({ kind: 'run_ended', state: 'finished', reason: 'B' });
  });

  it('removes the buttons when it finishes', () => {
    const run = beginRun(TWO_STEPS);
    run.done('Card');
    expect(run.doc().posts[0]).toMatchObject({ buttonsVisit: 1, revision: 0, drawn: 0 });
    run.press('Card', 'B');
    expect(run.doc().posts[0]).toMatchObject({ buttonsVisit: 0, revision: 1, drawn: 0 });
  });

  it('only records signals while it is finishing', () => {
    const run = beginRun(TWO_STEPS);
    run.done('Card');
    run.press('Card', 'B');
    expect(run.press('Card', 'B', { visit: 1 }).signal).toEqual({
      outcome: 'late',
      text: 'Too late: this incident is already closed: Kathy moved it to B.',
    });
    expect(run.event('resolved').signal).toEqual({ outcome: 'noted', text: 'the run is closed' });
    expect(run.doc()).toMatchObject({ state: 'finishing', step: 'B', visit: 2 });
  });

  it('is finished when its step as written leads nowhere', () => {
    const run = beginRun(playbookText(`  - { name: A, start_actions: [{ name: Say, type: post, channel_name: x, message: m }] }`));
    run.done('Say');
    expect(run.doc().state).toBe('finished');
  });

  it.each([
    ['a timeout', `timeout: { after: 1h, to: A }, `, ''],
    ['an on of its own', `on: [{ event: resolved, to: A }], `, ''],
    ['an on of the playbook', '', 'on: [{ event: resolved, to: A }]'],
  ])('stays open in a step that has %s', (_what, member, head) => {
    const run = beginRun(
      playbookText(`  - { name: A, ${member}start_actions: [{ name: Say, type: post, channel_name: x, message: m }] }`, head),
    );
    run.done('Say');
    expect(run.doc()).toMatchObject({ state: 'running', stage: 'settled' });
  });

  it('parks when a waiting action fails, and says which one', () => {
    const run = beginRun(FAILING);
    run.fail('Channel');
    expect(run.doc()).toMatchObject({ state: 'parked', attention: 'it said no' });
    expect(run.timeline.at(-1)).toEqual({ kind: 'parked', reason: 'it said no', action: 'Channel' });
    expect(nextDue(run.rules, run.doc())).toBeUndefined();
  });

  it('keeps clicks and events for after Retry while it is parked', () => {
    const run = beginRun(FAILING);
    run.fail('Channel');
    expect(run.press('Card', 'B').signal).toBeUndefined();
    expect(run.event('acknowledged').signal).toBeUndefined();
    expect(run.kinds()).toEqual(['step_entered', 'action_failed', 'parked']);
  });

  it('goes on after Retry with the same action, its attempts counted anew', () => {
    const run = beginRun(FAILING);
    run.retryLater('Channel', 1000);
    run.pass(1000);
    run.fail('Channel');
    expect(run.operator('retry').signal?.outcome).toBe('moved');
    expect(run.doc().state).toBe('running');
    expect(run.invocation('Channel')).toMatchObject({ state: 'open', attempts: 0 });
    expect(run.invocation('Channel')).not.toHaveProperty('error');
    run.done('Channel');
    expect(run.open()).toEqual(['Card']);
  });

  it('goes on without the action after Skip', () => {
    const run = beginRun(FAILING);
    run.fail('Channel');
    run.operator('skip', 'Channel');
    expect(run.doc().state).toBe('running');
    expect(run.open()).toEqual(['Card']);
  });

  it('stays parked when another action than the failed one is retried', () => {
    const run = beginRun(FAILING);
    run.fail('Channel');
    expect(run.operator('retry', 'Card').signal).toEqual({ outcome: 'noted', text: 'nothing has failed here' });
    expect(run.doc().state).toBe('parked');
  });

  it('goes on when what stopped it is retried, whatever else has failed before', () => {
    const run = beginRun(
      playbookText(`  - name: A
    start_actions:
      - { name: Optional, type: post, channel_name: x, message: m, on_error: continue }
      - ${CARD}
  - { name: B, start_actions: [{ name: End, type: finished_workflow }] }`),
    );
    run.fail('Optional');
    run.fail('Card');
    run.operator('retry', 'Card');
    expect(run.doc().state).toBe('running');
    expect(run.open()).toEqual(['Card']);
  });

  it('does not wait a second time for what it went on without', () => {
    const run = beginRun(
      playbookText(`  - name: A
    start_actions:
      - { name: Optional, type: post, channel_name: x, message: m, on_error: continue }
      - ${CARD}
  - { name: B, start_actions: [{ name: End, type: finished_workflow }] }`),
    );
    run.fail('Optional');
    run.fail('Card');
    run.operator('retry');
    expect(run.doc().invocations.map(({ action, state, wait }) => [action, state, wait])).toEqual([
      ['Optional', 'open', false],
      ['Card', 'open', true],
    ]);
  });

  it('leaves parked by on resolved', () => {
    const run = beginRun(FAILING);
    run.fail('Channel');
    expect(run.event('resolved').signal?.outcome).toBe('moved');
    expect(run.doc()).toMatchObject({ state: 'finished', step: 'B' });
    expect(run.invocation('Channel').state).toBe('skipped');
  });

  it('keeps resolved waiting where the parked step is its target already', () => {
    const run = beginRun(
      playbookText(
        `  - { name: A, start_actions: [{ name: Say, type: post, channel_name: x, message: m }] }`,
        'on: [{ event: resolved, to: A }]',
      ),
    );
    run.fail('Say');
    expect(run.event('resolved').signal).toBeUndefined();
    expect(run.doc().state).toBe('parked');
  });

  it('does not give up background retries when resolved frees it', () => {
    const text = playbookText(
      `
  - name: A
    start_actions:
      - { name: Ticket, type: create_issue, summary: s, wait: false }
      - { name: Channel, type: create_channel, channel_name: inc, channel_displayname: Inc }
      - { name: Stay, type: post, channel_name: x, message: m, transitions: [{ label: Go, to: B }] }
  - { name: B, start_actions: [{ name: Bye, type: post, channel_name: x, message: m, transitions: [{ label: Go, to: A }] }] }
`,
      'on: [{ event: resolved, to: B }]',
    );
    const run = beginRun(text);
    run.retryLater('Ticket', 60_000);
    run.fail('Channel');
    run.event('resolved');
    expect(run.doc()).toMatchObject({ state: 'running', step: 'B' });
    expect(run.open()).toEqual(['Ticket', 'Bye']);
  });

  it('ends as cancelled, with everything open skipped and the buttons removed', () => {
    const run = beginRun(FAILING);
    run.done('Channel');
    run.done('Card');
    run.operator('cancel');
    expect(run.doc()).toMatchObject({ state: 'finishing', endState: 'cancelled' });
    run.tell({ kind: 'redrawn', post: 'Card', revision: 1 });
    expect(run.doc().state).toBe('cancelled');
  });

  it('skips what is open when it is cancelled', () => {
    const run = beginRun(FAILING);
    run.operator('cancel');
    expect(run.doc().state).toBe('cancelled');
    expect(run.invocation('Channel').state).toBe('skipped');
  });

  it.each(['retry', 'skip', 'cancel'] as const)('is not changed by %s after its end', (operation) => {
    const run = beginRun(FAILING);
    run.operator('cancel');
    const before = run.doc();
    expect(run.operator(operation).signal).toEqual({ outcome: 'noted', text: 'the run has ended' });
    expect(run.doc()).toEqual(before);
  });

  it('is not changed by a result that comes after its end', () => {
    const run = beginRun(FAILING);
    run.operator('cancel');
    const before = run.doc();
    run.done('Channel');
    expect(run.doc()).toEqual(before);
  });
});
