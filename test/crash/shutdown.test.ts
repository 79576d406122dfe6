import { expect, it } from '@jest/globals';
import { createRandom } from '../../src/simulator/random.ts';
import { until } from '../support/until.ts';
import { judge, UNSETTLED } from './judge.ts';
import { createPeople, type TestIncident } from './people.ts';
import { ALL_MODES, describeModes, openWorld, type World } from './world.ts';

const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
const MOMENTS = 5;
const RUNS_A_ROUND = 8;
const STOP_MS = 20_000;

const HELD = `SELECT title || ' is held by ' || owner AS problem FROM bridge.runs WHERE owner IS NOT NULL`;
const STORED = `SELECT delivery_key AS key FROM bridge.deliveries WHERE door = 'event'`;

describeModes('asked to stop (%s)', ALL_MODES, (mode) => {
  it(`ends cleanly at ${MOMENTS} random moments under load: what it took it answered, and no lease is left (T19)`, async () => {
    process.stderr.write(`shutdown, ${mode}: CRASH_SEED=${SEED}\n`);
    const random = createRandom(SEED);
    const world = await openWorld(mode, { simulator: { mattermost: { pendingPostTtlMs: 0 } } });
    const { simulator, bridges } = world;
    try {
      const people = createPeople(simulator, 60_000, 50);
      const incidents: TestIncident[] = [];
      const handled: Promise<void>[] = [];
      for (let round = 0; round < MOMENTS; round += 1) {
        await Promise.all(bridges.map((bridge) => bridge.start()));
        const before = simulator.ledger.length;
        for (let index = 0; index < RUNS_A_ROUND; index += 1) {
          const incident = people.trigger(`evening ${round}-${index}.`);
          incidents.push(incident);
          const work = people.handle(incident, index % 2 === 1);
          work.catch(() => undefined);
          handled.push(work);
        }
        const moment = before + Math.floor(random() * RUNS_A_ROUND * 20);
        await until(`${moment} effects happened`, () => simulator.ledger.length >= moment, 30_000, 1);
        const endings = await Promise.all(bridges.map((bridge) => bridge.stop()));
        for (const { code, ms } of endings) {
          expect(code).toBe(0);
          expect(ms).toBeLessThan(STOP_MS);
        }
        expect((await world.query(HELD)).map((row) => row['problem'])).toEqual([]);
        expect(await unanswered(world)).toEqual([]);
      }
      await Promise.all(bridges.map((bridge) => bridge.start()));
      await Promise.all(handled);
      await world.untilAllFinished();
      await Promise.all(bridges.map((bridge) => bridge.stop()));
      expect(judge(simulator, incidents)).toEqual([]);
      expect((await world.query(UNSETTLED)).map((row) => row['problem'])).toEqual([]);
      // A run that was let go needs nobody to find out that its owner is gone, and no effect of it is in doubt.
      expect(bridges.flatMap((bridge) => bridge.lines.filter((line) => line.includes('was found done')))).toEqual([]);
    } finally {
      await world.close();
    }
  }, 180_000);
});

/** Webhooks that were stored and whose sender was not told so. */
async function unanswered({ simulator, query }: World): Promise<readonly string[]> {
  const answered = new Set(
    simulator.pagerduty.sentWebhooks
      .filter((webhook) => webhook.attempts.some(({ status }) => status >= 200 && status < 300))
      .map((webhook) => webhook.webhookId),
  );
  return (await query(STORED)).map((row) => String(row['key'])).filter((key) => !answered.has(key));
}
