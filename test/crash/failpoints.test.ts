import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { FAILPOINTS } from '../../src/core/failpoint.ts';
import { until } from '../support/until.ts';
import { judge, UNSETTLED } from './judge.ts';
import { LIVES, type Life, type Stage } from './lives.ts';
import { createPeople, type People, type TestIncident } from './people.ts';
import { ALL_MODES, describeModes, openWorld, type World } from './world.ts';

/** The changes at vendors that the shipped playbook makes. */
const CHANGES = [
  'chat.createChannel',
  'chat.setHeader',
  'chat.addMember',
  'chat.post',
  'chat.updatePost',
  'tracker.createIssue',
  'tracker.transitionIssue',
  'pager.setStatus',
];
const HIT_MS = 15_000;

it('plans a death at every failpoint, and around every change at a vendor', () => {
  const planned = LIVES.flatMap((life) => life.stages.flatMap((stage) => stage.dies));
  const names = new Set(planned.map((one) => one.split(':')[0]));
  expect(FAILPOINTS.filter((name) => !names.has(name))).toEqual([]);
  const around = CHANGES.flatMap((change) => ['before-intent', 'after-intent', 'after-call'].map((moment) => `effect.${moment}:${change}`));
  expect(around.filter((one) => !planned.includes(one))).toEqual([]);
});

describeModes('killed at every failpoint (%s)', ALL_MODES, (mode) => {
  let world: World;
  let people: People;
  const incidents: TestIncident[] = [];

  beforeAll(async () => {
    // One that does all, also in scaled mode: whoever is killed, the same process has to go on.
    // pending_post_id is forgotten at once, as by a restarted server: only our own look keeps a post from being made twice.
    world = await openWorld(mode, { roles: ['all'], simulator: { mattermost: { pendingPostTtlMs: 0 } } });
    people = createPeople(world.simulator);
  }, 60_000);

  it.each(LIVES)(
    '$name',
    async (life) => {
      incidents.push(await live(world, people, life));
      await world.untilAllFinished();
      expect(judge(world.simulator, incidents)).toEqual([]);
    },
    120_000,
  );

  it('leaves nothing open, and nothing was done since', async () => {
    const ending = await world.web.stop();
    expect(ending).toMatchObject({ code: 0, signal: null });
    expect((await world.query(UNSETTLED)).map((row) => row['problem'])).toEqual([]);
    expect(judge(world.simulator, incidents)).toEqual([]);
  }, 60_000);

  afterAll(async () => {
    await world.close();
  });
});

async function live(world: World, people: People, life: Life): Promise<TestIncident> {
  const { simulator, web } = world;
  const incident: { present: TestIncident } = { present: { id: '', title: life.name } };
  const needsJira = life.stages.some((stage) => stage.does === 'let Jira come back');
  const jiraIsBack = needsJira ? simulator.addFault({ vendor: 'jira', method: 'POST', path: /\/issue$/, kind: 'refuse' }) : () => undefined;

  for (const stage of life.stages) {
    if (stage.dies.length > 0) await web.kill();
    if (!web.isRunning) await web.start(armed(stage.dies[0]));
    const acted = act(stage);
    for (const [index, failpoint] of stage.dies.entries()) {
      await untilDead(world, failpoint);
      await web.start(armed(stage.dies[index + 1]));
    }
    await acted;
    await until(`"${life.name}" is over with: ${stage.does}`, () => isOver(stage));
  }
  return incident.present;

  async function act({ does }: Stage): Promise<void> {
    const { present } = incident;
    if (does === 'trigger') incident.present = people.trigger(life.name);
    else if (does === 'press Acknowledge') await people.press(present, 'Acknowledge');
    else if (does === 'press Resolve') await people.press(present, 'Resolve');
    else if (does === 'acknowledge in PagerDuty') simulator.pagerduty.acknowledge(present.id);
    else if (does === 'resolve in PagerDuty') simulator.pagerduty.resolve(present.id);
    else jiraIsBack();
  }

  /** Far enough for the next stage: what isn't done yet has to survive the kill that begins it. */
  function isOver({ does }: Stage): boolean {
    const card = people.cardOf(incident.present);
    if (does === 'trigger') return needsJira ? isAnnounced() : card !== undefined;
    if (does === 'let Jira come back') return people.roomOf(incident.present)?.header.includes('OPS-') ?? false;
    if (does.endsWith('Resolve') || does.startsWith('resolve')) return people.statusOf(incident.present) === 'resolved';
    return card?.message.includes('taken by') ?? false;
  }

  /** The last post of the first step. */
  function isAnnounced(): boolean {
    return simulator.mattermost.posts('incidents').some((post) => post.message.includes(life.name));
  }
}

function armed(failpoint: string | undefined): Record<string, string> {
  return failpoint === undefined ? {} : { FAILPOINT: failpoint };
}

async function untilDead(world: World, failpoint: string): Promise<void> {
  const { web } = world;
  let left: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    left = setTimeout(() => {
      reject(new Error(`${failpoint} was not hit within ${HIT_MS} ms; the last effects were ${lastEffects(world)}`));
    }, HIT_MS);
  });
  try {
    const ending = await Promise.race([web.ended(), late]);
    if (ending.signal !== 'SIGKILL') throw new Error(`at ${failpoint} the bridge ended with ${JSON.stringify(ending)}`);
  } finally {
    clearTimeout(left);
  }
}

function lastEffects({ simulator }: World): string {
  return simulator.ledger
    .slice(-12)
    .map((entry) => `${entry.effect} ${entry.marker}`)
    .join(', ');
}
