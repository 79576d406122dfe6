import { expect, it } from '@jest/globals';
import { createRandom } from '../../src/simulator/random.ts';
import type { BridgeProcess } from '../support/bridge-process.ts';
import { until } from '../support/until.ts';
import { judge, UNSETTLED } from './judge.ts';
import { createPeople } from './people.ts';
import { ALL_MODES, crashModes, describeModes, openWorld, type Mode, type World } from './world.ts';

const RUNS = 50;
/** Effects that 50 runs make at the vendors, more or less: the kills are spread over them. */
const EFFECTS = RUNS * 22;
const ROUNDS = crashModes().includes('scaled') ? 30 : 10;
/** Printed, so that a failure can be had again: `CRASH_SEED=… `. The moments are counted in effects, so they come near, not back. */
const SEED = Number(process.env['CRASH_SEED'] ?? Date.now() % 1_000_000);
const PATIENCE_MS = 120_000;

/** What is killed in one round. Whoever kills a store starts it again; a process of ours is started as a supervisor would. */
const STRIKES: Readonly<Record<Mode, readonly ((world: World) => Promise<void>)[]>> = {
  embedded: [(world) => strike(world.bridges)],
  server: [(world) => strike(world.bridges), restartPostgres],
  scaled: [
    ({ web }) => strike([web]),
    ({ workers }) => strike(workers.slice(0, 1)),
    ({ workers }) => strike(workers),
    ({ bridges }) => strike(bridges),
    emptyRedis,
    restartPostgres,
  ],
};
/** While PostgreSQL is away these are said at error level: the sender was refused with a 503. */
const WHILE_DOWN = /could not be stored; the sender is asked to try again/;

describeModes('killed at random (%s)', ALL_MODES, (mode) => {
  it(`finishes ${RUNS} runs, each effect once, killed ${ROUNDS} times (seed ${SEED})`, async () => {
    process.stderr.write(`random kills, ${mode}: CRASH_SEED=${SEED}\n`);
    const random = createRandom(SEED);
    const world = await openWorld(mode, { simulator: { seed: SEED, mattermost: { pendingPostTtlMs: 0 } } });
    const { simulator, bridges } = world;
    try {
      await Promise.all(bridges.map((bridge) => bridge.start()));
      const people = createPeople(simulator, PATIENCE_MS, 100);
      const incidents = Array.from({ length: RUNS }, (_, index) => people.trigger(`storm ${index}.`));
      const handled = Promise.all(incidents.map((incident, index) => people.handle(incident, index % 3 === 2)));
      handled.catch(() => undefined);
      const moments = Array.from({ length: ROUNDS }, () => Math.floor(random() * EFFECTS)).sort((a, b) => a - b);
      for (const [round, moment] of moments.entries()) {
        await until(`${moment} effects happened`, () => simulator.ledger.length >= moment, PATIENCE_MS, 1);
        const strikes = STRIKES[mode];
        await strikes[round % strikes.length]?.(world);
      }
      await handled;
      await world.untilAllFinished(60_000);
      expect(judge(simulator, incidents)).toEqual([]);
      for (const bridge of bridges) expect(await bridge.stop()).toMatchObject({ code: 0 });
      expect((await world.query(UNSETTLED)).map((row) => row['problem'])).toEqual([]);
      expect(judge(simulator, incidents)).toEqual([]);
    } finally {
      await world.close(mode === 'embedded' ? undefined : WHILE_DOWN);
    }
  }, 400_000);
});

async function strike(victims: readonly BridgeProcess[]): Promise<void> {
  await Promise.all(victims.map((bridge) => bridge.kill()));
  await Promise.all(victims.map((bridge) => bridge.start()));
}

async function emptyRedis({ redis }: World): Promise<void> {
  await redis?.kill();
  await redis?.empty();
  await redis?.start();
}

async function restartPostgres({ postgres }: World): Promise<void> {
  await postgres?.crash();
  await postgres?.start();
}
