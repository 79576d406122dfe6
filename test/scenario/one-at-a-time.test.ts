import { expect, it } from '@jest/globals';
import type { RecordedRequest } from '../../src/simulator/simulator.ts';
import { describeBridge, SECRET } from '../support/bridge.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const TITLE = 'Disk full';

/** Pairs of calls on the same thing that were under way at the same moment. */
function overlapsOf(requests: readonly RecordedRequest[], thingOf: (request: RecordedRequest) => string | undefined): string[] {
  const found: string[] = [];
  const under = new Map<string, RecordedRequest>();
  for (const request of requests) {
    const thing = thingOf(request);
    if (thing === undefined) continue;
    const before = under.get(thing);
    if (before && (before.answeredAt === null || before.answeredAt > request.at))
      found.push(`${thing}: ${before.path} and ${request.path}`);
    under.set(thing, request);
  }
  return found;
}

describeBridge('one at a time', (open) => {
  it('makes one change at a time on one incident, one card and one issue, though a hundred events come at once', async () => {
    const b = await open();
    const { pagerduty } = b.simulator;
    const { id } = b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.settle();
    const receiver = await startReceiver();
    pagerduty.setWebhookTarget(receiver.url, [SECRET]);
    for (let round = 0; round < 33; round += 1) {
      pagerduty.acknowledge(id);
      await b.clock.advance(1000);
      pagerduty.addNote(id, `Note ${String(round)}`);
      await b.clock.advance(1000);
      pagerduty.unacknowledge(id);
      await b.clock.advance(1000);
    }
    pagerduty.acknowledge(id);
    await b.clock.advance(1000);
    await pagerduty.idle();
    await receiver.close();
    expect(receiver.received).toHaveLength(100);

    for (const vendor of ['mattermost', 'pagerduty', 'jira'] as const) b.simulator.addFault({ vendor, kind: 'slow', delayMs: 15 });
    const answers = await Promise.all(receiver.received.map((one) => b.sendWebhook(one.body)));
    expect(answers.every((answer) => answer.status === 202)).toBe(true);
    await b.waitFor('all of them to be decided', async () => (await b.deliveries()).every((one) => one.outcome !== 'waiting'));
    await b.settle();
    pagerduty.setWebhookTarget(`${b.url}/hooks/pagerduty`, [SECRET]);
    await b.pressButton('alice', room.name, 'Resolve');
    await b.expectState(TITLE, 'finished');
    await b.settle();

    const changes = b.simulator.requests.filter((request) => request.method !== 'GET');
    expect(overlapsOf(changes, ({ vendor, path }) => (vendor === 'pagerduty' ? /^\/incidents\/\w+/.exec(path)?.[0] : undefined))).toEqual(
      [],
    );
    expect(overlapsOf(changes, ({ path }) => /\/posts\/\w+\/patch$/.exec(path)?.[0])).toEqual([]);
    expect(overlapsOf(changes, ({ vendor, path }) => (vendor === 'jira' ? /\/issue\/[\w-]+/.exec(path)?.[0] : undefined))).toEqual([]);
    // The room's posts are waited for: never two of one run at once.
    expect(overlapsOf(changes, ({ vendor, path }) => (vendor === 'mattermost' && path.endsWith('/posts') ? 'post' : undefined))).toEqual(
      [],
    );
    expect(pagerduty.incident(id)?.status).toBe('resolved');
    expect(b.count('incident.reopened')).toBe(0);
    const card = await b.expectPost(room.name, /resolved by Alice/);
    expect(b.labelsOf(card)).toEqual([]);
    const entered = (await b.story(TITLE)).timeline.filter((line) => line.kind === 'step_entered');
    expect(entered.at(-1)?.data).toMatchObject({ step: 'Resolved', cause: 'click' });
  });
});
