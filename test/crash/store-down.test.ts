import { expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { judge, UNSETTLED } from './judge.ts';
import { createPeople, type People, type TestIncident } from './people.ts';
import { describeModes, openWorld, SHARED_MODES, type World } from './world.ts';

const WAITING = 'does not answer; waiting for it';
/** While PostgreSQL is away these are said at error level: the sender was refused with a 503. */
const WHILE_DOWN = /could not be stored; the sender is asked to try again/;
/** How soon after its store a bridge has to work. */
const BACK_MS = 15_000;

describeModes('without its stores (%s)', SHARED_MODES, (mode) => {
  it('starts when they are down, and works as soon as they are up (T05)', async () => {
    const world = await openWorld(mode);
    const { bridges, postgres, redis } = world;
    try {
      await postgres?.stop();
      await redis?.kill();
      const people = createPeople(world.simulator);
      const incident = people.trigger('before there is a store');
      const started = Promise.all(bridges.map((bridge) => bridge.start()));
      await until('all wait for the database', () => bridges.every((bridge) => bridge.lines.some((line) => line.includes(WAITING))));
      await until('the webhook was refused', () => statuses(world).includes(503));
      await postgres?.start();
      // Redis comes later still.
      await until('the database was found', () => !bridges.some((bridge) => !bridge.isRunning));
      await redis?.start();
      expect(await started).toEqual(bridges.map(() => 'ready'));
      await finish(world, people, [incident]);
      expect(statuses(world).filter((status) => ![200, 202, 503].includes(status))).toEqual([]);
    } finally {
      await world.close();
    }
  }, 90_000);

  it('answers 503 and nothing else while PostgreSQL restarts under load, and goes on by itself (T04)', async () => {
    const world = await openWorld(mode);
    const { bridges, postgres, simulator } = world;
    try {
      await Promise.all(bridges.map((bridge) => bridge.start()));
      const people = createPeople(simulator, 60_000, 50);
      const incidents: TestIncident[] = [];
      const handled: Promise<void>[] = [];
      const load = (name: string) => {
        for (let index = 0; index < 10; index += 1) {
          const incident = people.trigger(`${name} ${index}.`);
          incidents.push(incident);
          const work = people.handle(incident, index % 2 === 1);
          work.catch(() => undefined);
          handled.push(work);
        }
      };
      for (const end of ['crash', 'stop', 'crash'] as const) {
        const before = simulator.ledger.length;
        load(`restart ${incidents.length}`);
        await until('work is under way', () => simulator.ledger.length > before + 60, 30_000, 1);
        await postgres?.[end]();
        const refused = statuses(world).length;
        const late = people.trigger(`while it is down ${incidents.length}.`);
        incidents.push(late);
        handled.push(people.handle(late));
        await until('a webhook was refused meanwhile', () => statuses(world).slice(refused).includes(503));
        await postgres?.start();
        const since = performance.now();
        await until('webhooks are taken again', () => statuses(world).at(-1) === 202, BACK_MS);
        await until('the late incident has its channel', () => people.roomOf(late) !== undefined, BACK_MS);
        process.stderr.write(`${mode}: back ${Math.round(performance.now() - since)} ms after PostgreSQL\n`);
      }
      await Promise.all(handled);
      await finish(world, people, [], incidents);
      expect(statuses(world).filter((status) => ![200, 202, 503].includes(status))).toEqual([]);
    } finally {
      await world.close(WHILE_DOWN);
    }
  }, 180_000);
});

describeModes('without Redis (%s)', ['scaled'], (mode) => {
  it('takes webhooks while Redis is away, and loses nothing when it comes back empty (T06)', async () => {
    const world = await openWorld(mode);
    const { bridges, redis, simulator } = world;
    try {
      await Promise.all(bridges.map((bridge) => bridge.start()));
      const people = createPeople(simulator, 60_000, 50);
      const incidents: TestIncident[] = [];
      const trigger = (name: string): TestIncident => {
        const incident = people.trigger(name);
        incidents.push(incident);
        return incident;
      };
      for (let round = 0; round < 3; round += 1) {
        for (let index = 0; index < 5; index += 1) trigger(`before loss ${round}-${index}.`);
        await redis?.kill();
        const during = trigger(`during loss ${round}.`);
        await until('the webhook was taken without Redis', () => isTaken(world, during));
        await redis?.empty();
        await redis?.start();
        await until('what came meanwhile is worked on', () => people.roomOf(during) !== undefined, BACK_MS);
        for (let index = 0; index < 5; index += 1) trigger(`before flush ${round}-${index}.`);
        await redis?.command('FLUSHALL');
      }
      await finish(world, people, incidents);
      // Ingest never noticed.
      expect(statuses(world).filter((status) => ![200, 202].includes(status))).toEqual([]);
    } finally {
      await world.close();
    }
  }, 180_000);
});

/** Handles what isn't handled yet, and holds everything against the ledger. No process may have been started again. */
async function finish(
  world: World,
  people: People,
  unhandled: readonly TestIncident[],
  all: readonly TestIncident[] = unhandled,
): Promise<void> {
  await Promise.all(unhandled.map((incident) => people.handle(incident)));
  await world.untilAllFinished();
  for (const bridge of world.bridges) expect(await bridge.stop()).toMatchObject({ code: 0 });
  expect(judge(world.simulator, all)).toEqual([]);
  expect((await world.query(UNSETTLED)).map((row) => row['problem'])).toEqual([]);
}

/** What the senders of webhooks were answered, in no order but each sender's. */
function statuses({ simulator }: World): readonly number[] {
  return simulator.ledger.filter((entry) => entry.effect === 'webhook.answered').map((entry) => Number(entry.detail['status']));
}

function isTaken({ simulator }: World, incident: TestIncident): boolean {
  return simulator.pagerduty.sentWebhooks.some((webhook) => webhook.incidentId === incident.id && webhook.outcome === 'delivered');
}
