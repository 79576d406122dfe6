import { describe, expect, it } from '@jest/globals';
import { beginRun, playbookText } from './make-run.ts';

const GO = 'transitions: [{ label: Go, to: B }]';
const TICKET = `{ name: Ticket, type: create_issue, summary: s, wait: false }`;
const post = (name: string, more = ''): string =>
  `{ name: ${name}, type: post, channel_name: x, message: '{{.Action.Ticket.URL}}'${more} }`;
const update = (name: string, more = ''): string =>
  `{ name: ${name}, type: update_post, post: Card, message: '{{.Action.Ticket.URL}}'${more} }`;
const plain = (name: string): string => `{ name: ${name}, type: post, channel_name: x, message: m }`;

/** A card in step A that leads to B with these start actions; the card is out, its ticket missing. */
function cardOut(b: string) {
  const run = beginRun(
    playbookText(`
  - { name: A, start_actions: [${TICKET}, ${post('Card', `, ${GO}`)}] }
  - { name: B, start_actions: [${b}], timeout: { after: 1h, to: A } }
`),
  );
  run.done('Card', undefined, { seen: { Ticket: null } });
  return run;
}
const card = (run: ReturnType<typeof cardOut>) => run.doc().posts.find((one) => one.name === 'Card');

describe('posts', () => {
  it('are known from their result on, with the buttons of their visit', () => {
    const run = cardOut(plain('Bye'));
    expect(card(run)).toMatchObject({
      id: 'post-Card',
      channelId: 'c1',
      textAction: 'Card',
      textVisit: 1,
      buttonsVisit: 1,
      revision: 0,
      drawn: 0,
    });
  });

  it('are drawn again with a late output', () => {
    const run = cardOut(plain('Bye'));
    run.done('Ticket');
    expect(card(run)).toMatchObject({ revision: 1, drawn: 0, buttonsVisit: 1 });
    expect(card(run)?.seen['Ticket']).toMatchObject({ Key: 'OPS-1' });
    run.tell({ kind: 'redrawn', post: 'Card', revision: 1 });
    expect(card(run)).toMatchObject({ revision: 1, drawn: 1 });
  });

  it('are drawn again when the output came while they were on their way', () => {
    const run = beginRun(playbookText(`  - { name: A, start_actions: [${TICKET}, ${post('Card')}], timeout: { after: 1h, to: A } }`));
    run.done('Ticket');
    run.done('Card', undefined, { seen: { Ticket: null } });
    expect(card(run)).toMatchObject({ revision: 1, drawn: 0 });
  });

  it('are drawn again when they were found at the vendor as an earlier attempt had rendered them', () => {
    const run = beginRun(
      playbookText(
        `  - { name: A, start_actions: [${post('Card').replace('{{.Action.Ticket.URL}}', 'm')}], timeout: { after: 1h, to: A } }`,
      ),
    );
    run.done('Card', undefined, { stale: true });
    expect(card(run)).toMatchObject({ revision: 1, drawn: 0 });
  });

  it('lose their buttons when the step that posted them is left', () => {
    const run = cardOut(`${plain('Bye')}, ${update('CardB')}`);
    run.press('Card', 'B');
    expect(card(run)).toMatchObject({ buttonsVisit: 0, revision: 1, drawn: 0 });
  });

  it('lose them in the same patch that brings the new text where no waiting action stands between', () => {
    const run = cardOut(`${TICKET.replace('Ticket', 'Other')}, ${update('CardB')}`);
    run.press('Card', 'B');
    expect(card(run)).toMatchObject({ buttonsVisit: 0, revision: 0, drawn: 0 });
    run.done('CardB', { PostID: 'post-Card', URL: '' }, { seen: { Ticket: null } });
    expect(card(run)).toMatchObject({ textAction: 'CardB', textVisit: 2, buttonsVisit: 0, revision: 0, drawn: 0 });
  });

  it.each([
    ['is skipped for its condition', `, if: 'Event.Urgency == "never"'`, () => undefined],
    ['fails', ', on_error: continue', (run: ReturnType<typeof cardOut>) => void run.fail('CardB')],
    ['is skipped', '', (run: ReturnType<typeof cardOut>) => void run.end('CardB', { kind: 'skipped', reason: 'x' })],
  ])('lose them all the same when the update that should have taken them %s', (_how, more, happen) => {
    const run = cardOut(update('CardB', more));
    run.press('Card', 'B');
    happen(run);
    expect(card(run)).toMatchObject({ buttonsVisit: 0, drawn: 0 });
    expect(card(run)?.revision).toBeGreaterThan(0);
  });

  it('get the buttons of an update, which belong to its visit', () => {
    const run = cardOut(update('CardB', ', transitions: [{ label: Back, to: A }]'));
    run.press('Card', 'B');
    run.done('CardB');
    expect(card(run)).toMatchObject({ textAction: 'CardB', buttonsVisit: 2 });
    expect(run.press('CardB', 'A').signal?.outcome).toBe('moved');
  });

  it('are drawn without buttons when their step was left before they were out', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [${plain('Card').replace(' }', `, wait: false, ${GO} }`)}, { name: Move, type: transition_to, to: B }] }
  - { name: B, start_actions: [${plain('Bye')}], timeout: { after: 1h, to: A } }
`),
    );
    run.done('Card');
    expect(card(run)).toMatchObject({ buttonsVisit: 0, revision: 1, drawn: 0 });
  });

  it('keep their buttons when they come out while the run is parked', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [${plain('Card').replace(' }', `, wait: false, ${GO} }`)}, ${plain('Stuck')}] }
  - { name: B, start_actions: [${plain('Bye')}] }
`),
    );
    run.fail('Stuck');
    run.done('Card');
    expect(run.doc().state).toBe('parked');
    expect(card(run)).toMatchObject({ buttonsVisit: 1, revision: 0 });
    run.operator('skip');
    expect(run.press('Card', 'B').signal?.outcome).toBe('moved');
  });

  it('always show the latest text: an older update that ends after a newer one is drawn over', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [${plain('Card')}, ${update('Old', ', wait: false').replace('{{.Action.Ticket.URL}}', 'm')}, { name: Move, type: transition_to, to: B }] }
  - { name: B, start_actions: [${update('New').replace('{{.Action.Ticket.URL}}', 'm')}], timeout: { after: 1h, to: A } }
`),
    );
    run.done('Card');
    run.done('New');
    run.done('Old');
    expect(card(run)).toMatchObject({ textAction: 'New', revision: 1, drawn: 0 });
  });

  it('are tried again when a redraw fails, and given up when the vendor says that they are gone', () => {
    const run = cardOut(plain('Bye'));
    run.done('Ticket');
    run.tell({ kind: 'redraw_failed', post: 'Card', dueAt: '2026-03-01T10:00:09.000Z', error: 'busy' });
    expect(card(run)).toMatchObject({ attempts: 1, dueAt: '2026-03-01T10:00:09.000Z', revision: 1, drawn: 0 });
    run.tell({ kind: 'redraw_failed', post: 'Card', dueAt: undefined, error: 'gone' });
    expect(card(run)).toMatchObject({ drawn: 1, revision: 1, buttonsVisit: 0 });
    expect(run.timeline.at(-1)).toMatchObject({ kind: 'action_failed', action: 'Card', error: 'gone' });
  });

  it('are wanted at once when something new is to be drawn, whatever an earlier failure had them wait for', () => {
    const run = cardOut(plain('Bye'));
    run.done('Ticket');
    run.tell({ kind: 'redraw_failed', post: 'Card', dueAt: '2026-03-01T11:00:00.000Z', error: 'busy' });
    run.press('Card', 'B');
    expect(card(run)).toMatchObject({ revision: 2, attempts: 0 });
    expect(card(run)).not.toHaveProperty('dueAt');
  });

  it('hold the end of the run until they are drawn', () => {
    const run = beginRun(
      playbookText(`
  - { name: A, start_actions: [${plain('Card').replace(' }', `, ${GO} }`)}] }
  - { name: B, start_actions: [{ name: End, type: finished_workflow }] }
`),
    );
    run.done('Card');
    run.press('Card', 'B');
    expect(run.doc().state).toBe('finishing');
    run.tell({ kind: 'redrawn', post: 'Card', revision: 1 });
    expect(run.doc().state).toBe('finished');
  });
});
