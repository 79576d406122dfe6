import { describe, expect, it } from '@jest/globals';
import { nextDue } from '../../src/engine/due.ts';
import { beginRun, playbookText } from './make-run.ts';

const HOUR = 3_600_000;
const say = (name: string, more = ''): string => `{ name: ${name}, type: post, channel_name: x, message: m${more} }`;
const toB = `transitions: [{ label: Go, to: B }]`;

/** Step A with these actions and a card that leads to B. */
function stepA(actions: string, b = `[${say('Bye')}]`): string {
  return playbookText(`
  - name: A
    start_actions: [${actions}, ${say('Stay', `, ${toB}`)}]
  - { name: B, start_actions: ${b} }
`);
}

describe('actions', () => {
  it('runs waiting actions one after another, in the order of the list', () => {
    const run = beginRun(stepA(`${say('One')}, ${say('Two')}`));
    expect(run.open()).toEqual(['One']);
    run.done('One');
    expect(run.open()).toEqual(['Two']);
    run.done('Two');
    expect(run.open()).toEqual(['Stay']);
  });

  it('starts an action that is not waited for in its place, and leaves it to itself', () => {
    const run = beginRun(stepA(`${say('One', ', wait: false')}, ${say('Two')}`));
    expect(run.open()).toEqual(['One', 'Two']);
    run.done('Two');
    run.done('Stay');
    expect(run.doc().stage).toBe('settled');
    expect(run.open()).toEqual(['One']);
  });

  it('skips an action whose condition is not met and goes on', () => {
    const run = beginRun(stepA(say('One', `, if: 'Event.Urgency == "high"'`)));
    expect(run.invocation('One').state).toBe('skipped');
    expect(run.open()).toEqual(['Stay']);
    expect(run.timeline).toContainEqual({ kind: 'action_skipped', action: 'One', type: 'post', reason: 'its condition is not met' });
  });

  it('takes a condition that can’t be judged for not met, and says so', () => {
    const run = beginRun(stepA(say('One', `, if: 'Event.Vendor.region == "eu"'`)));
    expect(run.invocation('One').state).toBe('skipped');
    expect(run.timeline).toContainEqual(expect.objectContaining({ kind: 'signal_noted', signal: 'if' }));
  });

  it('compares whole numbers in conditions', () => {
    const run = beginRun(stepA(`${say('One', `, if: 'Instance.Number == 7'`)}, ${say('Two', `, if: 'Instance.Number > 7'`)}`));
    expect(run.open()).toEqual(['One']);
  });

  it('parks on a failed waiting action by default, and goes on after a failed one that is not waited for', () => {
    const waiting = beginRun(stepA(say('One')));
    waiting.fail('One');
    expect(waiting.doc().state).toBe('parked');
    const beside = beginRun(stepA(say('One', ', wait: false')));
    beside.fail('One');
    expect(beside.doc().state).toBe('running');
  });

  it('goes on after a failed action with on_error: continue', () => {
    const run = beginRun(stepA(say('One', ', on_error: continue')));
    run.fail('One');
    expect(run.open()).toEqual(['Stay']);
  });

  it('leaves for the step of on_error, and the actions behind the failed one do not run', () => {
    const run = beginRun(stepA(say('One', ', on_error: { to: B }')));
    run.fail('One');
    expect(run.doc()).toMatchObject({ step: 'B', visit: 2 });
    expect(run.open()).toEqual(['Bye']);
    expect(run.timeline).toContainEqual({ kind: 'step_entered', step: 'B', by: 'One', cause: 'error' });
  });

  it('changes the target when a finish action fails on its way out, and runs the finish actions once', () => {
    const text = playbookText(`
  - name: A
    start_actions: [${say('Stay', `, ${toB}`)}]
    finish_actions: [${say('F1')}, ${say('F2', ', on_error: { to: C }')}, ${say('F3')}]
  - { name: B, start_actions: [${say('Bye')}] }
  - { name: C, start_actions: [${say('Sorry')}] }
`);
    const run = beginRun(text);
    run.done('Stay');
    run.press('Stay', 'B', { postId: 'post-Stay' });
    run.done('F1');
    run.fail('F2');
    expect(run.open()).toEqual(['F3']);
    run.done('F3');
    expect(run.doc()).toMatchObject({ step: 'C', visit: 2 });
  });

  it('keeps a failing action for the next attempt until all of its time is used up', () => {
    const run = beginRun(stepA(say('One', ', timeout: 1h')));
    run.retryLater('One', 30_000);
    expect(run.invocation('One')).toMatchObject({ state: 'open', attempts: 1, code: 'test.busy' });
    expect(nextDue(run.rules, run.doc())).toBe('2026-03-01T10:00:30.000Z');
    run.pass(HOUR);
    run.retryLater('One', 1);
    expect(run.doc()).toMatchObject({ state: 'parked' });
    expect(run.doc().attention).toContain('gave up after 60 minutes: busy');
  });

  it('gives an action 24 hours where it says nothing of it', () => {
    const run = beginRun(stepA(say('One')));
    run.pass(24 * HOUR - 1000);
    run.retryLater('One', 1000);
    expect(run.doc().state).toBe('running');
    run.pass(1000);
    run.retryLater('One', 1);
    expect(run.doc().state).toBe('parked');
  });

  it('does not count a try that was not sent', () => {
    const run = beginRun(stepA(say('One')));
    run.end('One', { kind: 'retry', error: 'open', code: 'circuit', dueAt: '2026-03-01T10:00:30.000Z', counts: false });
    expect(run.invocation('One').attempts).toBe(0);
  });

  it('tells of the first failures and then of ever fewer', () => {
    const run = beginRun(stepA(say('One')));
    for (let tries = 0; tries < 64; tries += 1) run.retryLater('One', 1000);
    expect(run.kinds().filter((kind) => kind === 'action_retrying')).toHaveLength(7);
  });

  it('parks on the fifth fault of the bridge', () => {
    const run = beginRun(stepA(say('One')));
    for (let tries = 1; tries <= 4; tries += 1) run.end('One', { kind: 'bug', error: 'oops', dueAt: run.now() });
    expect(run.doc().state).toBe('running');
    run.end('One', { kind: 'bug', error: 'oops', dueAt: run.now() });
    expect(run.doc()).toMatchObject({ state: 'parked' });
    expect(run.invocation('One')).toMatchObject({ state: 'failed', code: 'bug', bugs: 5 });
  });

  it('skips an older open wish that a newer one overtakes', () => {
    const run = beginRun(stepA(say('One', ', wait: false')));
    run.tell({ kind: 'superseded', action: 'One', visit: 1, underWay: false });
    expect(run.invocation('One').state).toBe('skipped');
    expect(run.timeline.at(-1)).toMatchObject({ kind: 'action_skipped', action: 'One', reason: 'superseded' });
  });

  it('lets an overtaken wish that is under way end, and does not try it again', () => {
    const run = beginRun(stepA(`${say('One', ', wait: false')}, ${say('Two', ', wait: false')}`));
    for (const action of ['One', 'Two']) run.tell({ kind: 'superseded', action, visit: 1, underWay: true });
    run.retryLater('One', 1000);
    run.done('Two');
    expect(run.invocation('One').state).toBe('skipped');
    expect(run.invocation('Two').state).toBe('done');
  });

  it('keeps an action of an earlier visit open beside the same action of the present one', () => {
    const run = beginRun(
      playbookText(`
  - name: A
    start_actions: [{ name: Ticket, type: create_issue, summary: s, wait: false }, ${say('Stay', ', transitions: [{ label: Again, to: A }]')}]
`),
    );
    run.done('Stay');
    run.press('Stay', 'A', { postId: 'post-Stay' });
    expect(
      run
        .doc()
        .invocations.filter((one) => one.action === 'Ticket')
        .map((one) => one.visit),
    ).toEqual([1, 2]);
    run.tell({ kind: 'ended', action: 'Ticket', visit: 1, outcome: { kind: 'skipped', reason: 'x' } });
    expect(run.doc().invocations.find((one) => one.action === 'Ticket' && one.visit === 2)?.state).toBe('open');
  });

  it('does a header again when an output arrives that it showed as "-"', () => {
    const run = beginRun(
      stepA(
        `{ name: Ticket, type: create_issue, summary: s, wait: false }, { name: Header, type: set_channel_header, channel_name: x, header: '{{.Action.Ticket.URL}}' }`,
      ),
    );
    run.done('Header', {}, { seen: { Ticket: null } });
    expect(run.open()).toEqual(['Ticket', 'Stay']);
    run.done('Ticket');
    expect(run.invocation('Header')).toMatchObject({ state: 'open', wait: false, round: 1 });
  });

  it('does a header again that was found at the vendor as an earlier attempt had rendered it', () => {
    const run = beginRun(stepA(`{ name: Header, type: set_channel_header, channel_name: x, header: h }`));
    run.done('Header', {}, { stale: true });
    expect(run.invocation('Header')).toMatchObject({ state: 'open', wait: false, round: 1 });
  });
});
