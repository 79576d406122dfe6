import { describe, expect, it } from '@jest/globals';
import { readinessOf } from '../../src/engine/readiness.ts';
import { beginRun, playbookText, type TestRun } from './make-run.ts';

const GRACE_MS = 500;
const TICKET = `{ name: Ticket, type: create_issue, summary: s, wait: false }`;
const CARD = `{ name: Card, type: post, channel_name: x, message: '{{.Action.Ticket.URL}}' }`;
const begin = (...actions: readonly string[]): TestRun =>
  beginRun(playbookText(`  - { name: A, start_actions: [${actions.join(', ')}], timeout: { after: 1h, to: A } }`));
const ready = (run: TestRun, action: string) => readinessOf(run.rules, run.doc(), run.invocation(action), run.now(), GRACE_MS);

describe('readiness', () => {
  it('is at once for an action that names no output', () => {
    expect(ready(begin(TICKET), 'Ticket')).toEqual({ kind: 'ready' });
  });

  it('waits for the time of the next attempt', () => {
    const run = begin(TICKET);
    run.retryLater('Ticket', 30_000);
    expect(ready(run, 'Ticket')).toEqual({ kind: 'wait', until: '2026-03-01T10:00:30.000Z' });
    run.pass(30_000);
    expect(ready(run, 'Ticket')).toEqual({ kind: 'ready' });
  });

  it('gives an open output that a post names 500 ms, and then the post goes out without it', () => {
    const run = begin(TICKET, CARD);
    expect(ready(run, 'Card')).toEqual({ kind: 'wait', until: '2026-03-01T10:00:00.500Z' });
    run.pass(499);
    expect(ready(run, 'Card').kind).toBe('wait');
    run.pass(1);
    expect(ready(run, 'Card')).toEqual({ kind: 'ready' });
  });

  it('does not make a post wait for an output that has come', () => {
    const run = begin(TICKET, CARD);
    run.done('Ticket');
    expect(ready(run, 'Card')).toEqual({ kind: 'ready' });
  });

  it('does not make a post wait for an output that will never come', () => {
    const run = begin(TICKET, CARD);
    run.fail('Ticket');
    expect(ready(run, 'Card')).toEqual({ kind: 'ready' });
  });

  it.each([
    ['names it', `{ name: Other, type: create_issue, summary: '{{.Action.Ticket.Key}}', wait: false }`],
    ['needs it without a name', `{ name: Other, type: transition_issue, to: Done, wait: false }`],
  ])('waits for an open output as long as it takes when another action %s', (_how, other) => {
    const run = begin(TICKET, other);
    run.pass(1_800_000);
    expect(ready(run, 'Other')).toEqual({ kind: 'wait', until: undefined });
    run.done('Ticket');
    expect(ready(run, 'Other')).toEqual({ kind: 'ready' });
  });

  it('skips an action whose output failed, with the reason', () => {
    const run = begin(TICKET, `{ name: Move, type: transition_issue, to: Done, wait: false }`);
    run.fail('Ticket');
    expect(ready(run, 'Move')).toEqual({ kind: 'skip', reason: 'needs the output of Ticket, which failed' });
  });

  it('skips what depends on an action that was skipped for such a reason', () => {
    const run = begin(TICKET, `{ name: Move, type: transition_issue, to: Done, wait: false }`);
    run.end('Ticket', { kind: 'skipped', reason: 'needs the output of X, which failed' });
    expect(ready(run, 'Move').kind).toBe('skip');
  });

  it('does not skip what names an action whose own condition was not met', () => {
    const run = begin(
      `{ name: OnCall, type: find_on_call, wait: false, if: 'Event.Urgency == "never"' }`,
      `{ name: Join, type: add_users_channel, channel_name: x, users: ['{{.Action.OnCall.Users}}', kathy], wait: false }`,
    );
    expect(ready(run, 'Join')).toEqual({ kind: 'ready' });
  });

  it('lets an update wait for its post, however long that takes', () => {
    const run = begin(
      `{ name: Card, type: post, channel_name: x, message: m, wait: false }`,
      `{ name: Edit, type: update_post, post: Card, message: m }`,
    );
    run.pass(1_800_000);
    expect(ready(run, 'Edit')).toEqual({ kind: 'wait', until: undefined });
    run.done('Card');
    expect(ready(run, 'Edit')).toEqual({ kind: 'ready' });
  });

  it('lets archive_channel wait until everything is drawn', () => {
    const run = begin(TICKET, CARD, `{ name: Archive, type: archive_channel, channel_name: x }`);
    run.done('Card', undefined, { seen: { Ticket: null } });
    expect(ready(run, 'Archive')).toEqual({ kind: 'ready' });
    run.done('Ticket');
    expect(ready(run, 'Archive')).toEqual({ kind: 'wait', until: undefined });
    run.tell({ kind: 'redrawn', post: 'Card', revision: 1 });
    expect(ready(run, 'Archive')).toEqual({ kind: 'ready' });
  });
});
