import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { RunContext, RunDoc } from '../../src/core/run.ts';
import type { ClaimedRun, JournalEntry, RunStore } from '../../src/core/store.ts';
import type { Database } from '../../src/store/database.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { databaseKinds, openTestDatabase } from '../support/database.ts';

const DOC = RunDoc.parse({
  state: 'running',
  step: 'Setup',
  visit: 1,
  stage: 'start',
  cursor: 0,
  causes: {},
  invocations: [],
  outputs: {},
  posts: [],
  raised: [],
  lastOccurred: {},
  hops: 0,
  endState: 'finished',
  attention: '',
  moves: {},
  publicUrl: 'http://localhost',
});
const CONTEXT = RunContext.parse({ event: {}, trigger: 'ByHand', actor: { name: 'somebody' } });

const INSERT = `
INSERT INTO bridge.runs (id, playbook, version_id, number, state, step, title, correlation_key, context, doc, due_at)
VALUES ($1, 'p', 1, (SELECT count(*) + 1 FROM bridge.runs), 'running', 'Setup', 'a run', 'k', $2, $3, bridge.clock())`;
const ROW = `
SELECT r.step, r.owner, (SELECT count(*)::int FROM bridge.effects e WHERE e.run_id = r.id) AS effects,
       (SELECT count(*)::int FROM bridge.timeline t WHERE t.run_id = r.id) AS lines,
       (SELECT count(*)::int FROM bridge.run_references f WHERE f.run_id = r.id) AS refs,
       (SELECT count(*)::int FROM bridge.expected_echoes x WHERE x.run_id = r.id) AS echoes,
       (SELECT outcome FROM bridge.signals s WHERE s.run_id = r.id) AS outcome
FROM bridge.runs r WHERE r.id = $1`;

/** A write with something in every table, under the lease that `run` was claimed with. */
function entryOf(run: ClaimedRun, step: string): JournalEntry {
  return {
    runId: run.id,
    epoch: run.epoch,
    doc: { ...run.doc, step },
    dueAt: undefined,
    marks: ['acknowledged'],
    effects: [{ key: `Card-${step}`, action: 'Card', change: 'chat.post', state: 'intended', input: {} }],
    references: [{ kind: 'chat.channel', value: `mattermost:${step}` }],
    echoes: [
      { effectKey: `Card-${step}`, reference: { kind: 'pager.incident', value: 'pagerduty:Q1' }, eventType: 'acknowledged', actorId: '' },
    ],
    droppedEchoes: [],
    timeline: [{ kind: 'run_ended', state: 'finished', reason: step }],
    signals: run.signals.map(({ seq }) => ({ seq, outcome: step, deliveryId: undefined, text: '' })),
    releaseAt: run.wakeSeq,
  };
}

describe.each(databaseKinds())('writes under a lease that was lost (%s)', (kind) => {
  let database: Database;
  let store: RunStore;

  beforeEach(async () => {
    database = await openTestDatabase(kind);
    store = createRunStore(database);
  });
  afterEach(() => database.close());

  async function insertRun(): Promise<string> {
    const id = randomUUID();
    await database.query(INSERT, [id, JSON.stringify(CONTEXT), JSON.stringify(DOC)]);
    await database.query(`INSERT INTO bridge.signals (run_id, kind, body) VALUES ($1, 'operator', $2)`, [
      id,
      JSON.stringify({ kind: 'operator', operation: 'retry', by: 'somebody' }),
    ]);
    return id;
  }

  async function claim(id: string, owner: string, leaseMs: number): Promise<ClaimedRun> {
    const [run] = await store.claim([id], owner, leaseMs);
    if (!run) throw new Error(`${owner} did not get the run`);
    return run;
  }

  it('are refused whole when another worker has taken the run over', async () => {
    const id = await insertRun();
    const frozen = await claim(id, 'frozen', 0);
    const successor = await claim(id, 'successor', 60_000);
    expect(Number(successor.epoch)).toBe(Number(frozen.epoch) + 1);

    expect(await store.write(entryOf(frozen, 'Late'))).toMatchObject({ held: false, released: false });
    expect(await store.renew([frozen], 60_000)).toEqual(new Set());
    await store.release([frozen]);
    const { rows } = await database.query(ROW, [id]);
    expect(rows).toEqual([{ step: 'Setup', owner: 'successor', effects: 0, lines: 0, refs: 0, echoes: 0, outcome: '' }]);
  });

  it('hurt neither the successor nor the other runs that share the statement', async () => {
    const [lost, other] = [await insertRun(), await insertRun()];
    const frozen = await claim(lost, 'frozen', 0);
    const successor = await claim(lost, 'successor', 60_000);
    const neighbour = await claim(other, 'frozen', 60_000);

    const results = await Promise.all([store.write(entryOf(frozen, 'Late')), store.write(entryOf(neighbour, 'Beside'))]);
    expect(results.map((result) => result.held)).toEqual([false, true]);
    expect(await store.write(entryOf(successor, 'Next'))).toMatchObject({ held: true, released: true });
    const written = { effects: 1, lines: 1, refs: 1, echoes: 1, owner: null };
    expect((await database.query(ROW, [lost])).rows).toEqual([{ ...written, step: 'Next', outcome: 'Next' }]);
    expect((await database.query(ROW, [other])).rows).toEqual([{ ...written, step: 'Beside', outcome: 'Beside' }]);
  });
});
