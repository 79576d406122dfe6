import { expect, it } from '@jest/globals';
import { describeBridge, SECRET, type Bridge } from '../support/bridge.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const TITLE = 'Checkout error rate above 5%';

const writesToPagerDuty = (b: Bridge) => b.simulator.requests.filter(({ vendor, method }) => vendor === 'pagerduty' && method !== 'GET');

/** PagerDuty's webhooks while `work` goes on, kept from the bridge. */
async function withheld(b: Bridge, work: () => void | Promise<void>): Promise<readonly string[]> {
  const receiver = await startReceiver();
  b.simulator.pagerduty.setWebhookTarget(receiver.url, [SECRET]);
  await work();
  await b.simulator.pagerduty.idle();
  b.simulator.pagerduty.setWebhookTarget(`${b.url}/hooks/pagerduty`, [SECRET]);
  await receiver.close();
  return receiver.received.map((one) => one.body);
}

describeBridge('from the other side', (open) => {
  it('follows an acknowledgement and a resolution made in PagerDuty, without a call back', async () => {
    const b = await open();
    const { pagerduty, jira } = b.simulator;
    const { id } = b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    pagerduty.acknowledge(id, 'carol@example.test');
    const card = await b.expectPost(room.name, /taken by Carol Reyes/);
    expect(b.labelsOf(card)).toEqual(['Resolve']);
    await b.expectPost(room.name, /^:eyes: Acknowledged by Carol Reyes\.$/);
    pagerduty.resolve(id, 'carol@example.test');
    const run = await b.expectState(TITLE, 'finished');
    await b.settle();
    expect(run.acknowledgedBy).toBe('Carol Reyes');
    expect(jira.statusOf('OPS-1')).toBe('Done');
    expect(b.simulator.mattermost.posts(room.name).flatMap(b.labelsOf)).toEqual([]);
    expect(writesToPagerDuty(b)).toEqual([]);
    expect((await b.deliveries()).map((one) => one.outcome)).toEqual(['started', 'signalled', 'signalled']);
  });

  it('goes straight to the end when PagerDuty resolves what nobody acknowledged', async () => {
    const b = await open();
    const { id } = b.trigger(TITLE);
    await b.expectRoom(TITLE);
    b.simulator.pagerduty.resolve(id);
    const run = await b.expectState(TITLE, 'finished');
    await b.settle();
    expect(run.acknowledgedAt).toBeUndefined();
    expect(b.simulator.jira.statusOf('OPS-1')).toBe('Done');
    expect(writesToPagerDuty(b)).toEqual([]);
  });

  it('takes up an acknowledgement that arrived before the incident itself', async () => {
    const b = await open();
    const [triggered, acknowledged] = await withheld(b, () => {
      const { id } = b.trigger(TITLE);
      b.simulator.pagerduty.acknowledge(id);
    });
    expect(await b.sendWebhook(acknowledged ?? '')).toMatchObject({ status: 202 });
    await b.settle();
    expect((await b.deliveries()).map((one) => one.outcome)).toEqual(['ignored']);
    expect(await b.sendWebhook(triggered ?? '')).toMatchObject({ status: 202 });
    await b.expectStep(TITLE, 'Acknowledged');
    await b.settle();
    const room = b.findRoom(TITLE);
    const card = await b.expectPost(room?.name ?? '', /taken by Maya Okafor/);
    expect(b.labelsOf(card)).toEqual(['Resolve']);
    expect(writesToPagerDuty(b)).toEqual([]);
    expect(b.count('channel.created')).toBe(1);
  });

  it('gives the buttons back when the acknowledgement runs out', async () => {
    const b = await open();
    const { id } = b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.expectPost(room.name, /taken by Alice/);
    await b.settle();
    b.simulator.pagerduty.unacknowledge(id);
    const card = await b.expectPost(room.name, /nobody has it/);
    await b.expectPost(room.name, /^Still open\. On call: Alice Lindqvist, Bob Tanaka$/);
    expect(b.labelsOf(card)).toEqual(['Acknowledge', 'Resolve']);
    await b.settle();
    await b.pressButton('bob', room.name, 'Acknowledge');
    await b.expectPost(room.name, /taken by Bob/);
    await b.settle();
    expect(b.simulator.pagerduty.incident(id)?.status).toBe('acknowledged');
    expect(b.count('incident.acknowledged')).toBe(2);
  });

  it('leaves a run ended when its incident is reopened, and says why', async () => {
    const b = await open();
    const { id } = b.trigger(TITLE);
    await b.expectRoom(TITLE);
    b.simulator.pagerduty.resolve(id);
    await b.expectState(TITLE, 'finished');
    await b.settle();
    const before = b.simulator.requests.length;
    b.simulator.pagerduty.reopen(id);
    await b.settle();
    expect((await b.deliveries()).at(-1)).toMatchObject({
      outcome: 'ignored',
      reason: expect.stringMatching(/no open run .* no trigger/),
    });
    expect(b.simulator.requests).toHaveLength(before);
    expect(await b.listRuns()).toHaveLength(1);
  });

  it('says where a merged incident went on, ends its run and leaves its issue alone', async () => {
    const b = await open();
    const kept = b.trigger('The one that stays');
    const merged = b.trigger('The one that goes');
    await b.expectRoom('The one that stays');
    const room = await b.expectRoom('The one that goes');
    await b.settle();
    b.simulator.pagerduty.merge(kept.id, [merged.id]);
    const said = await b.expectPost(room.name, /was merged into/);
    expect(said.message).toContain(`/pagerduty/incidents/${kept.id}`);
    await b.expectState('The one that goes', 'finished');
    await b.settle();
    expect(b.simulator.mattermost.posts(room.name).flatMap(b.labelsOf)).toEqual([]);
    expect(b.count('issue.transitioned')).toBe(0);
    expect(writesToPagerDuty(b)).toEqual([]);
    expect(await b.findRun('The one that stays')).toMatchObject({ state: 'running', step: 'Triggered' });
  });

  it('never reopens: a click on Acknowledge after an unseen resolution resolves the run instead', async () => {
    const b = await open();
    const { id } = b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.settle();
    const unseen = await withheld(b, () => b.simulator.pagerduty.resolve(id, 'carol@example.test'));
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.expectState(TITLE, 'finished');
    expect(await b.sendWebhook(unseen[0] ?? '')).toMatchObject({ status: 202 });
    await b.settle();
    expect(b.simulator.pagerduty.incident(id)?.status).toBe('resolved');
    expect(writesToPagerDuty(b)).toEqual([]);
    expect(b.count('incident.reopened')).toBe(0);
    expect(b.simulator.jira.statusOf('OPS-1')).toBe('Done');
    expect(b.count('issue.transitioned')).toBe(1);
  });

  it('does not take an older event for a newer one when they arrive in the wrong order', async () => {
    const b = await open();
    const { id } = b.trigger(TITLE);
    await b.expectRoom(TITLE);
    await b.settle();
    const [acknowledged, unacknowledged] = await withheld(b, async () => {
      b.simulator.pagerduty.acknowledge(id);
      await b.clock.advance(1000);
      b.simulator.pagerduty.unacknowledge(id);
    });
    await b.sendWebhook(unacknowledged ?? '');
    await b.expectStep(TITLE, 'Unanswered');
    await b.sendWebhook(acknowledged ?? '');
    await b.settle();
    expect(await b.findRun(TITLE)).toMatchObject({ step: 'Unanswered' });
    const story = await b.story(TITLE);
    expect(story.timeline.map((line) => line.data)).toContainEqual(
      expect.objectContaining({ kind: 'signal_noted', signal: 'pagerduty acknowledged', reason: expect.stringMatching(/^late/) }),
    );
  });
});
