import { randomUUID } from 'node:crypto';
import type { IncidentEvent } from '../../src/core/event.ts';
import type { RunDoc } from '../../src/core/run.ts';
import type { ClaimedRun, JournalEntry, NewDelivery, NewRun, RoutingResult, RoutingView } from '../../src/core/store.ts';
import type { Database } from '../../src/store/database.ts';
import { createDeliveryStore } from '../../src/store/deliveries.ts';
import { createPlaybookStore } from '../../src/store/playbooks.ts';
import { createRoutingStore } from '../../src/store/routing.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { databaseKinds, openTestDatabase, type DatabaseKind } from '../support/database.ts';
import { makeEvent } from '../engine/make-run.ts';

/** Embedded always; PostgreSQL too where MODES names a mode that runs on it. */
export function storeKinds(): readonly DatabaseKind[] {
  return /server|scaled/.test(process.env['MODES'] ?? '') ? databaseKinds() : ['embedded'];
}

export const LEASE_MS = 30_000;
export const NOTHING: RoutingResult = { decisions: [], runs: [], signals: [], consumedEchoes: [] };

const DOC: RunDoc = {
  state: 'running',
  step: 'A',
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
  publicUrl: '',
};

/** A database of the test's own with the stores on it, and what is needed to fill it. */
export async function openStore(kind: DatabaseKind) {
  const database = await openTestDatabase(kind);
  const deliveries = createDeliveryStore(database);
  const routing = createRoutingStore(database);
  const runs = createRunStore(database);
  const playbooks = createPlaybookStore(database);
  const versionId = await playbooks.save('test', { name: 'test' });

  async function deliver(event: IncidentEvent | undefined, more: Partial<NewDelivery> = {}): Promise<string> {
    const delivery = makeDelivery(event, more);
    await deliveries.insert(delivery);
    return delivery.id;
  }
  const newRun = (key: string, more: Partial<NewRun> = {}): NewRun => ({
    id: randomUUID(),
    playbook: 'test',
    versionId,
    title: 'Disk full',
    correlationKey: key,
    context: { event: makeEvent('triggered').fields, trigger: 'T', started: makeEvent('triggered'), actor: makeEvent('triggered').actor },
    doc: DOC,
    references: [],
    problemStartedAt: undefined,
    trigger: 'T',
    ...more,
  });

  /** Starts a run as the router does, with a delivery of its own. */
  async function startRun(more: Partial<NewRun> = {}): Promise<ClaimedRun> {
    const key = `key:${randomUUID()}`;
    const id = await deliver(makeEvent('triggered', 0, { key }), { correlationKey: key });
    const run = newRun(key, more);
    const decide = (_view: RoutingView): RoutingResult => ({
      ...NOTHING,
      runs: [run],
      decisions: [{ deliveryId: id, outcome: 'started', reason: '', runIds: [run.id] }],
    });
    const [started] = (await routing.route([id], 'me', LEASE_MS, decide)).started;
    if (!started) throw new Error('no run was started');
    return started;
  }

  /** One value of one row. */
  async function value(text: string, ...values: readonly unknown[]): Promise<unknown> {
    const { rows } = await database.query(text, values);
    return Object.values(rows[0] ?? {})[0];
  }
  /** Moves `bridge.clock()`, as only a test's set-up may. */
  const shiftClock = (seconds: number) =>
    database.query(
      `INSERT INTO bridge.clock_offset (shift) VALUES ($1 * interval '1 s') ON CONFLICT (only_row) DO UPDATE SET shift = clock_offset.shift + excluded.shift`,
      [seconds],
    );
  /** No runs, no deliveries, the real time: for the next test on the same database. */
  const empty = () => database.query('TRUNCATE bridge.runs, bridge.deliveries, bridge.clock_offset CASCADE');
  return { database, deliveries, routing, runs, playbooks, versionId, deliver, newRun, startRun, value, shiftClock, empty };
}
export type TestStore = Awaited<ReturnType<typeof openStore>>;

export function makeDelivery(event: IncidentEvent | undefined, more: Partial<NewDelivery> = {}): NewDelivery {
  const id = randomUUID();
  return {
    id,
    source: 'pagerduty',
    door: 'event',
    deliveryKey: `delivery:${id}`,
    eventKey: undefined,
    headers: {},
    body: Buffer.from('{}'),
    event,
    correlationKey: event?.key,
    occurredAt: event?.occurredAt,
    ...more,
  };
}

/** A write that says nothing but the document. */
export function makeEntry(run: Pick<ClaimedRun, 'id' | 'epoch' | 'doc'>, more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    runId: run.id,
    epoch: run.epoch,
    doc: run.doc,
    dueAt: undefined,
    marks: [],
    effects: [],
    references: [],
    echoes: [],
    droppedEchoes: [],
    timeline: [],
    signals: [],
    ...more,
  };
}

export async function closeStore(store: TestStore | undefined, database?: Database): Promise<void> {
  await (store?.database ?? database)?.close();
}
