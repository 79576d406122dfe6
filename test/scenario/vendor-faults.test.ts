import { expect, it } from '@jest/globals';
import type { Fault } from '../../src/simulator/vendor.ts';
import { describeBridge, type Bridge } from '../support/bridge.ts';

const MINUTE = 60_000;
const TITLE = 'Checkout error rate above 5%';

/** The whole life of one incident, whatever the vendors do meanwhile. */
async function liveThrough(b: Bridge, title: string, passMs: number): Promise<void> {
  const { id } = b.trigger(title);
  await b.pass(passMs);
  const room = await b.expectRoom(title);
  await b.waitFor('the step', async () => (await b.findRun(title))?.step === 'Triggered');
  await b.pressButton('alice', room.name, 'Acknowledge');
  await b.pass(passMs);
  expect(b.simulator.pagerduty.incident(id)?.status).toBe('acknowledged');
  await b.pressButton('alice', room.name, 'Resolve');
  await b.pass(passMs);
  expect(await b.findRun(title)).toMatchObject({ state: 'finished', step: 'Resolved' });
}

/** What `lives` whole incidents leave at the vendors. */
function expectLives(b: Bridge, lives: number): void {
  const counts = Object.fromEntries(Object.keys(ONE_LIFE).map((effect) => [effect, b.count(effect)]));
  expect(counts).toEqual(Object.fromEntries(Object.entries(ONE_LIFE).map(([effect, times]) => [effect, times * lives])));
}
const ONE_LIFE = {
  'channel.created': 1,
  'issue.created': 1,
  'member.added': 3,
  'post.created': 6,
  'incident.acknowledged': 1,
  'incident.resolved': 1,
  'incident.reopened': 0,
  'issue.transitioned': 1,
};

/** Each changing call that the playbook makes, as a fault finds it. */
const CALLS: readonly (readonly [string, Pick<Fault, 'vendor' | 'method' | 'path'>])[] = [
  ['creating the channel', { vendor: 'mattermost', method: 'POST', path: /\/channels$/ }],
  ['adding a member', { vendor: 'mattermost', method: 'POST', path: /\/channels\/\w+\/members$/ }],
  ['a post', { vendor: 'mattermost', method: 'POST', path: /\/posts$/ }],
  ['redrawing a post', { vendor: 'mattermost', method: 'PUT', path: /\/posts\/\w+\/patch$/ }],
  ['setting the header', { vendor: 'mattermost', method: 'PUT', path: /\/channels\/\w+\/patch$/ }],
  ['creating the issue', { vendor: 'jira', method: 'POST', path: /\/issue$/ }],
  ['moving the issue', { vendor: 'jira', method: 'POST', path: /\/transitions$/ }],
  ['changing the incident', { vendor: 'pagerduty', method: 'PUT', path: /^\/incidents\// }],
];

describeBridge('vendors’ faults', (open) => {
  it.each(CALLS)('does not repeat %s when the answer is lost after the effect', async (_name, call) => {
    const b = await open({ simulator: { jira: { searchLagMs: 10_000 } } });
    b.simulator.addFault({ ...call, kind: 'drop_after', times: 1 });
    await liveThrough(b, TITLE, 4 * MINUTE);
    expect(b.simulator.requests.filter((request) => request.fault === 'drop_after')).toHaveLength(1);
    expectLives(b, 1);
    const { timeline } = await b.story(TITLE);
    expect(timeline.map((line) => line.kind)).not.toContain('action_failed');
  });

  it('repeats each call that was refused with a 500 or a cut connection until it is done, once', async () => {
    const b = await open();
    for (const [, call] of CALLS) {
      b.simulator.addFault({ ...call, kind: 'status', status: 500, times: 2 });
      b.simulator.addFault({ ...call, kind: 'refuse', times: 1 });
    }
    await liveThrough(b, TITLE, 4 * MINUTE);
    expectLives(b, 1);
  });

  it('never calls again before Retry-After is over', async () => {
    const b = await open();
    const waits = { '120': 120, '45': 45, '7': 7 };
    for (const seconds of Object.keys(waits)) {
      for (const [, call] of CALLS) {
        b.simulator.addFault({ ...call, kind: 'status', status: 429, headers: { 'Retry-After': seconds }, times: 1 });
      }
    }
    await liveThrough(b, TITLE, 12 * MINUTE);
    expectLives(b, 1);
    // Of the issue alone, because its call has no twin: the next one of its kind is the next attempt.
    const attempts = b.simulator.requests.filter(
      ({ vendor, method, path }) => vendor === 'jira' && method === 'POST' && path.endsWith('/issue'),
    );
    const gaps = attempts.slice(1).map((next, index) => Date.parse(next.at) - Date.parse(attempts[index]?.answeredAt ?? ''));
    expect(attempts.map((one) => one.status)).toEqual([429, 429, 429, 201]);
    gaps.forEach((gap, index) => expect(gap).toBeGreaterThanOrEqual((Object.values(waits).sort((x, y) => x - y)[index] ?? 0) * 1000 - 1));
  });

  it('does not let a slow Jira hold up rooms and cards, of this run or others', async () => {
    const b = await open();
    b.simulator.addFault({ vendor: 'jira', kind: 'slow', delayMs: 1500 });
    const titles = ['One', 'Two', 'Three', 'Four', 'Five', 'Six'].map((word) => `Incident ${word}!`);
    for (const title of titles) b.trigger(title);
    await Promise.all(titles.map((title) => b.expectRoom(title)));
    await b.waitFor('all announcements', () => b.count('post.created') === 18);
    await b.settle();
    const effects = b.simulator.ledger.map((entry) => entry.effect);
    expect(effects.lastIndexOf('channel.created')).toBeLessThan(effects.indexOf('issue.created'));
    expect(b.count('issue.created')).toBe(6);
    for (const title of titles) {
      const room = b.findRoom(title);
      expect((await b.expectPost(room?.name ?? '', /^PagerDuty http/)).message).toMatch(/Jira http\S+\/browse\/OPS-\d /);
    }
  });

  it('loses and doubles nothing over ten incidents while a third of all answers are lost', async () => {
    const b = await open({ simulator: { seed: 7, jira: { searchLagMs: 10_000 } } });
    for (const vendor of ['mattermost', 'jira', 'pagerduty'] as const) {
      b.simulator.addFault({ vendor, kind: 'drop_after', probability: 0.3 });
    }
    const incidents = Array.from({ length: 10 }, (_, index) => b.trigger(`Incident ${String.fromCodePoint(65 + index)}!`));
    await b.pass(10 * MINUTE);
    for (const { id } of incidents) b.simulator.pagerduty.acknowledge(id);
    await b.pass(10 * MINUTE);
    for (const { id } of incidents) b.simulator.pagerduty.resolve(id);
    await b.pass(20 * MINUTE);
    expect((await b.listRuns()).map((run) => run.state)).toEqual(Array.from({ length: 10 }, () => 'finished'));
    // "Still open" may come in between where the time-out of 15 minutes was faster than the acknowledgement.
    const reminders = b.count('post.created', (entry) => /^Still open/.test(String(entry.detail['message'])));
    expect(b.count('post.created') - reminders).toBe(60);
    expect([b.count('channel.created'), b.count('issue.created'), b.count('member.added'), b.count('issue.transitioned')]).toEqual([
      10, 10, 30, 10,
    ]);
    expect(b.simulator.jira.issues().every((issue) => b.simulator.jira.statusOf(issue.key) === 'Done')).toBe(true);
    const markers = b.simulator.ledger.filter((entry) => entry.effect === 'post.created').map((entry) => entry.marker);
    expect(new Set(markers).size).toBe(markers.length);
  });
});
