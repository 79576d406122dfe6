import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { judge, UNSETTLED } from './judge.ts';
import { createPeople, type People, type TestIncident } from './people.ts';
import { describeModes, openWorld, SHARED_MODES, type World } from './world.ts';

/** Where the first worker stands still: between intent and call, and between call and result. */
const PLACES = ['tracker.createIssue', 'chat.createChannel', 'chat.post', 'chat.addMember'].flatMap((change) => [
  `effect.after-intent:${change}`,
  `effect.after-call:${change}`,
]);

// Two workers on one store: nothing like it in embedded mode, where the data directory belongs to one process.
describeModes('a frozen worker (%s)', SHARED_MODES, (mode) => {
  let world: World;
  let people: People;
  const incidents: TestIncident[] = [];

  beforeAll(async () => {
    // A search of Jira is believed only after the longest call that may still be under way.
    world = await openWorld(mode, { roles: ['web', 'worker', 'worker'], env: { JIRA_SEARCH_LAG: '5' } });
    people = createPeople(world.simulator);
    await world.web.start();
  }, 60_000);

  it.each(PLACES)(
    'that stood still at %s is overtaken, and does nothing more when it goes on (T23)',
    async (place) => {
      const [first, second] = workersOf(world);
      await first.start({ FAILPOINT: `${place}!freeze` });
      const incident = people.trigger(`cold at ${place}`);
      incidents.push(incident);
      await until('the first worker stands still', () => first.isFrozen, 30_000);
      await second.start();
      // Its successor takes the run to the end.
      await people.handle(incident);
      await world.untilAllFinished();
      const said = first.lines.length;
      first.send('SIGCONT');
      await until('the frozen worker noticed', () => first.lines.slice(said).some((line) => line.includes('a run was let go')));
      await stopBoth();
      expect(judge(world.simulator, incidents)).toEqual([]);
    },
    90_000,
  );

  it('that is frozen while its calls are slow neither loses nor doubles an effect (T23)', async () => {
    const { simulator } = world;
    const [first, second] = workersOf(world);
    await first.start();
    const slow = { kind: 'slow', delayMs: 3000, times: 1, method: 'POST' } as const;
    simulator.addFault({ ...slow, vendor: 'jira', path: /\/issue$/ });
    simulator.addFault({ ...slow, vendor: 'mattermost', path: /\/posts$/ });
    const incident = people.trigger('cold in the middle of a call');
    incidents.push(incident);
    await until('both calls are under way', () => simulator.requests.filter((request) => request.fault === 'slow').length === 2);
    first.send('SIGSTOP');
    await second.start();
    // The calls of the frozen one happen while its successor looks for them.
    await until('the issue is there', () => simulator.jira.issues().some((issue) => issue.summary === incident.title));
    first.send('SIGCONT');
    await people.handle(incident);
    await world.untilAllFinished();
    await stopBoth();
    expect(judge(simulator, incidents)).toEqual([]);
  }, 90_000);

  it('leaves nothing open', async () => {
    expect((await world.query(UNSETTLED)).map((row) => row['problem'])).toEqual([]);
  });

  afterAll(async () => {
    await world.close();
  });

  async function stopBoth(): Promise<void> {
    for (const worker of workersOf(world)) expect(await worker.stop()).toMatchObject({ code: 0 });
  }
});

function workersOf({ workers: [first, second] }: World) {
  if (!first || !second) throw new Error('two workers are needed');
  return [first, second] as const;
}
