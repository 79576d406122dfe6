import { expect, it } from '@jest/globals';
import { describeBridge, SECRET } from '../support/bridge.ts';
import { shippedPlaybook } from '../support/bridge-playbooks.ts';
import { startReceiver } from '../support/webhook-receiver.ts';

const MINUTE = 60_000;
const TITLE = 'Disk full';

describeBridge('time and restarts', (open) => {
  it('says that nobody has it after fifteen minutes, once, and still takes both buttons', async () => {
    const b = await open();
    b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.settle();
    await b.pass(14 * MINUTE);
    expect(await b.findRun(TITLE)).toMatchObject({ step: 'Triggered' });
    await b.pass(2 * MINUTE);
    expect(await b.findRun(TITLE)).toMatchObject({ step: 'Unanswered' });
    const card = await b.expectPost(room.name, /nobody has it$/);
    expect(b.labelsOf(card)).toEqual(['Acknowledge', 'Resolve']);
    await b.pass(60 * MINUTE, 5 * MINUTE);
    expect(b.count('post.created', (entry) => /^Still open/.test(String(entry.detail['message'])))).toBe(1);
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.expectPost(room.name, /taken by Alice/);
    await b.pressButton('alice', room.name, 'Resolve');
    await b.expectState(TITLE, 'finished');
  });

  it('stops the time-out when somebody acknowledges', async () => {
    const b = await open();
    b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.pass(60 * MINUTE, 10 * MINUTE);
    expect(await b.findRun(TITLE)).toMatchObject({ step: 'Acknowledged' });
    expect(b.findPost(room.name, /Still open/)).toBeUndefined();
  });

  it('lets a run end by the playbook it began with, though a newer one is in force', async () => {
    const b = await open({ playbooks: shippedPlaybook((text) => text.replace('Acknowledged by', 'Taken in the old way by')) });
    b.trigger('The old one');
    const old = await b.expectRoom('The old one');
    await b.settle();
    await b.stop();
    b.writePlaybooks(shippedPlaybook((text) => text.replace('Acknowledged by', 'Taken in the new way by')));
    await b.start();
    b.trigger('The new one');
    const fresh = await b.expectRoom('The new one');
    await b.pressButton('alice', old.name, 'Acknowledge');
    await b.pressButton('alice', fresh.name, 'Acknowledge');
    await b.expectPost(old.name, /Taken in the old way by Alice/);
    await b.expectPost(fresh.name, /Taken in the new way by Alice/);
  });

  it('gives open cards new buttons when PUBLIC_URL has changed, and leaves ended ones alone', async () => {
    const b = await open();
    const ended = b.trigger('The ended one');
    const endedRoom = await b.expectRoom('The ended one');
    b.simulator.pagerduty.resolve(ended.id);
    await b.expectState('The ended one', 'finished');
    b.trigger('The open one');
    const room = await b.expectRoom('The open one');
    await b.settle();
    const before = b.simulator.requests.length;
    await b.stop();
    const moved = b.url.replace('127.0.0.1', 'localhost');
    await b.start({ PUBLIC_URL: moved });
    await b.waitFor('the card’s new buttons', () => b.simulator.requests.slice(before).some(({ path }) => path.endsWith('/patch')));
    await b.settle();
    const drawn = b.simulator.requests.slice(before).filter(({ method, path }) => method === 'PUT' && path.endsWith('/patch'));
    expect(drawn).toHaveLength(1);
    expect(drawn[0]?.path).toContain(b.cardIn(room.name, 'Acknowledge')?.id ?? 'no card');
    expect(JSON.stringify(drawn[0]?.body)).toContain(`${moved}/hooks/mattermost/actions`);
    expect(b.simulator.mattermost.posts(endedRoom.name).flatMap(b.labelsOf)).toEqual([]);
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.expectPost(room.name, /Acknowledged by Alice/);
    expect(b.simulator.mattermost.callbacks.at(-1)?.url).toBe(`${moved}/hooks/mattermost/actions`);
  });

  it('finds at its start what PagerDuty’s lost webhooks would have told', async () => {
    const b = await open();
    const [resolved, acknowledged, same] = ['Resolved meanwhile', 'Acknowledged meanwhile', 'Still the same'].map((title) =>
      b.trigger(title),
    );
    const rooms = await Promise.all([b.expectRoom('Resolved'), b.expectRoom('Acknowledged'), b.expectRoom('Still the same')]);
    await b.settle();
    await b.stop();
    const receiver = await startReceiver();
    b.simulator.pagerduty.setWebhookTarget(receiver.url, [SECRET]);
    b.simulator.pagerduty.resolve(resolved?.id ?? '', 'carol@example.test');
    b.simulator.pagerduty.acknowledge(acknowledged?.id ?? '', 'carol@example.test');
    await b.simulator.pagerduty.idle();
    await receiver.close();
    await b.start();
    await b.expectState('Resolved meanwhile', 'finished');
    await b.expectPost(rooms[1].name, /Acknowledged by Carol Reyes/);
    await b.settle();
    expect(b.simulator.pagerduty.incident(same?.id ?? '')?.status).toBe('triggered');
    expect(await b.findRun('Still the same')).toMatchObject({ step: 'Triggered' });
    const found = (await b.deliveries()).filter((one) => one.door === 'comparison');
    expect(found.map((one) => one.outcome)).toEqual(['signalled', 'signalled']);
    // The next start finds nothing new.
    await b.stop();
    await b.start();
    await b.settle();
    expect((await b.deliveries()).filter((one) => one.door === 'comparison')).toHaveLength(2);
    expect(b.simulator.requests.filter(({ vendor, method }) => vendor === 'pagerduty' && method === 'PUT')).toEqual([]);
  });

  it('compares every few minutes too', async () => {
    const b = await open({ settings: { ENGINE_COMPARE_MS: '300000' } });
    const { id } = b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.settle();
    const receiver = await startReceiver();
    b.simulator.pagerduty.setWebhookTarget(receiver.url, [SECRET]);
    b.simulator.pagerduty.acknowledge(id, 'carol@example.test');
    await b.simulator.pagerduty.idle();
    await receiver.close();
    await b.clock.advance(5 * MINUTE);
    await b.expectPost(room.name, /Acknowledged by Carol Reyes/);
  });
});
