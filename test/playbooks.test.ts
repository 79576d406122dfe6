import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadPlaybooks } from '../src/engine/load-playbook.ts';
import { beginRun, loadOne, makeEvent, registry, type TestRun } from './engine/make-run.ts';

const FOLDER = join(import.meta.dirname, '..', 'playbooks');
const files = readdirSync(FOLDER).filter((name) => /\.(ya?ml|json)$/.test(name));
const read = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

describe.each(files)('the shipped playbook %s', (name) => {
  it('loads without a problem', () => {
    expect(loadPlaybooks(name, read(name), registry)).toMatchObject({ ok: true });
  });

  it('loads again from the document that is stored of it', () => {
    const loaded = loadPlaybooks(name, read(name), registry);
    if (!loaded.ok) throw new Error('not loaded');
    for (const { document } of loaded.playbooks)
      expect(loadPlaybooks(name, JSON.stringify(document), registry)).toMatchObject({ ok: true });
  });
});

/** Ends whatever is open, as healthy vendors do, and draws what is to be drawn. */
function finishWork(run: TestRun): void {
  for (let rounds = 0; rounds < 100; rounds += 1) {
    const [open] = run.open();
    const post = run.doc().posts.find((one) => one.revision > one.drawn);
    if (open !== undefined) run.done(open);
    else if (post) run.tell({ kind: 'redrawn', post: post.name, revision: post.revision });
    else return;
  }
  throw new Error('the run does not come to rest');
}

describe('pagerduty-incident.yaml', () => {
  const playbook = loadOne(read('pagerduty-incident.yaml'));
  const begin = (): TestRun => {
    const run = beginRun(playbook, makeEvent('triggered', 0, { fields: { Urgency: 'high' } }));
    finishWork(run);
    return run;
  };
  const press = (run: TestRun, action: string, to: string): unknown => {
    const signal = run.press(action, to).signal;
    finishWork(run);
    return signal?.outcome;
  };

  it('opens, is acknowledged and resolved by its buttons, and ends without buttons', () => {
    const run = begin();
    expect(run.doc()).toMatchObject({ state: 'running', step: 'Triggered', stage: 'settled' });
    expect(press(run, 'Card', 'Acknowledged')).toBe('moved');
    expect(run.doc().step).toBe('Acknowledged');
    expect(press(run, 'CardAck', 'Resolved')).toBe('moved');
    expect(run.doc().state).toBe('finished');
    expect(run.marks).toEqual(['acknowledged', 'resolved']);
    expect(run.doc().posts.every((one) => one.buttonsVisit === 0)).toBe(true);
  });

  it('goes the same way when PagerDuty tells it', () => {
    const run = begin();
    for (const type of ['acknowledged', 'unacknowledged', 'acknowledged', 'resolved']) {
      run.pass(1000);
      expect(run.event(type).signal?.outcome).toBe('moved');
      finishWork(run);
    }
    expect(run.doc().state).toBe('finished');
  });

  it('asks again after 15 minutes without an answer, with buttons that work', () => {
    const run = begin();
    run.pass(15 * 60_000);
    run.advance();
    finishWork(run);
    expect(run.doc().step).toBe('Unanswered');
    expect(press(run, 'CardOpen', 'Resolved')).toBe('moved');
    expect(run.doc().state).toBe('finished');
  });

  it('opens its channel and card while Jira and PagerDuty are down, and fills in what comes later', () => {
    const run = beginRun(playbook, makeEvent('triggered', 0, { fields: { Urgency: 'high' } }));
    for (const action of ['Ticket', 'OnCall']) run.retryLater(action, 60_000);
    run.done('WarRoom');
    run.done('Card');
    run.done('Links', undefined, { seen: { Ticket: null, OnCall: null } });
    run.done('Announce', undefined, { seen: { Ticket: null } });
    expect(run.doc()).toMatchObject({ state: 'running', step: 'Triggered', stage: 'settled' });
    run.done('Ticket');
    expect(
      run
        .doc()
        .posts.filter((one) => one.revision > one.drawn)
        .map((one) => one.name),
    ).toEqual(['Links', 'Announce']);
  });

  it('waits for urgent incidents only, and can be started by hand', () => {
    const [incident, byHand] = playbook.triggers;
    expect([incident?.type, incident?.condition !== undefined, byHand?.type]).toEqual(['pagerduty', true, 'manual']);
  });

  it('says where the work goes on when the incident is merged', () => {
    const run = begin();
    run.event('merged', 5000, { fields: { MergedInto: { URL: 'https://pd.example/incidents/OTHER' } } });
    expect(run.open()).toEqual(['_SayMerged']);
    finishWork(run);
    expect(run.doc()).toMatchObject({ state: 'finished', step: '_Merged' });
  });
});
