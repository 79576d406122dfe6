import { describe, expect, it } from '@jest/globals';
import { until } from '../support/until.ts';
import { judge, UNSETTLED } from './judge.ts';
import { createPeople } from './people.ts';
import { crashModes, openWorld } from './world.ts';

/** Where the first worker stands still: between intent and call, and between call and result. */
const PLACES = ['tracker.createIssue', 'chat.createChannel', 'chat.post', 'chat.addMember', 'chat.setHeader'].flatMap((change) => [
  `effect.after-intent:${change}`,
  `effect.after-call:${change}`,
]);

describe.each(crashModes().filter((mode) => mode === 'scaled'))('a frozen worker (%s)', (mode) => {
  it.each(PLACES)('that stood still at %s is overtaken, and does nothing more when it goes on (T23)', async (place) => {
    const world = await openWorld(mode, { simulator: { mattermost: { pendingPostTtlMs: 0 } } });
    const { simulator, web } = world;
    const [first, second] = world.workers;
    if (!first || !second) throw new Error('two workers are needed');
    try {
      await web.start();
      await first.start({ FAILPOINT: `${place}!freeze` });
      const people = createPeople(simulator);
      const incident = people.trigger(`cold at ${place}`);
      await until('the first worker stands still', () => first.isFrozen);
      await second.start();
      // Its successor takes the run to the end.
      await people.handle(incident);
      await world.untilAllFinished();
      expect(judge(simulator, [incident])).toEqual([]);

      first.send('SIGCONT');
      await until('the frozen worker noticed', () => first.lines.some((line) => line.includes('a run was let go')));
      // Both of them work on.
      const next = people.trigger(`warm after ${place}`);
      await people.handle(next);
      await world.untilAllFinished();
      for (const bridge of world.bridges) expect(await bridge.stop()).toMatchObject({ code: 0 });
      expect(judge(simulator, [incident, next])).toEqual([]);
      expect((await world.query(UNSETTLED)).map((row) => row['problem'])).toEqual([]);
    } finally {
      await world.close();
    }
  }, 60_000);

  it('that is frozen while its call is slow neither loses nor doubles the effect (T23)', async () => {
    // Jira is asked for so long as a slow call may be under way; Mattermost's pending_post_id makes the late post the early one's twin.
    const world = await openWorld(mode, { env: { JIRA_SEARCH_LAG: '6' } });
    const { simulator, web } = world;
    const [first, second] = world.workers;
    if (!first || !second) throw new Error('two workers are needed');
    try {
      await Promise.all([web.start(), first.start()]);
      const people = createPeople(simulator);
      const slow = { kind: 'slow', delayMs: 3000, times: 1, method: 'POST' } as const;
      simulator.addFault({ ...slow, vendor: 'jira', path: /\/issue$/ });
      simulator.addFault({ ...slow, vendor: 'mattermost', path: /\/posts$/ });
      const incident = people.trigger('cold in the middle of a call');
      await until('both calls are under way', () => simulator.requests.filter((request) => request.fault === 'slow').length === 2);
      first.send('SIGSTOP');
      await second.start();
      await until('the issue is there', () => simulator.jira.issues().length > 0);
      first.send('SIGCONT');
      await people.handle(incident);
      await world.untilAllFinished();
      for (const bridge of world.bridges) expect(await bridge.stop()).toMatchObject({ code: 0 });
      expect(judge(simulator, [incident])).toEqual([]);
      expect((await world.query(UNSETTLED)).map((row) => row['problem'])).toEqual([]);
    } finally {
      await world.close();
    }
  }, 60_000);
});
