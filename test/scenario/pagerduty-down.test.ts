import { expect, it } from '@jest/globals';
import { describeBridge } from '../support/bridge.ts';

const MINUTE = 60_000;

describeBridge('PagerDuty’s REST API down', (open) => {
  it('holds nothing up for an hour; people and statuses follow, the last wish alone', async () => {
    const b = await open();
    const { pagerduty, mattermost } = b.simulator;
    const repaired = b.simulator.addFault({ vendor: 'pagerduty', kind: 'status', status: 503 });

    const resolved = b.trigger('Disk full');
    const acknowledged = b.trigger('Queue too long');
    const rooms = await b.waitFor('both rooms with cards', () => {
      const found = ['Disk full', 'Queue too long'].map((title) => b.findRoom(title));
      const [one, two] = found;
      return one && two && b.cardIn(one.name, 'Resolve') && b.cardIn(two.name, 'Resolve') ? ([one, two] as const) : undefined;
    });
    await b.expectPost(rooms[0].name, /on call: -$/);
    // Those on call are not known yet, so somebody joins by themselves.
    for (const room of rooms) mattermost.join('alice', room.name);
    await b.pressButton('alice', rooms[0].name, 'Acknowledge');
    await b.expectPost(rooms[0].name, /taken by Alice/);
    await b.pressButton('alice', rooms[1].name, 'Acknowledge');
    await b.pass(20 * MINUTE);
    await b.pressButton('alice', rooms[0].name, 'Resolve');
    await b.expectPost(rooms[0].name, /resolved by Alice/);
    await b.pass(40 * MINUTE);
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'finishing' });
    expect(b.simulator.jira.statusOf('OPS-1')).toBeDefined();
    expect([resolved, acknowledged].map(({ id }) => pagerduty.incident(id)?.status)).toEqual(['triggered', 'triggered']);

    repaired();
    await b.pass(6 * MINUTE);
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'finished' });
    expect(await b.findRun('Queue too long')).toMatchObject({ state: 'running', step: 'Acknowledged', attention: '' });
    // The acknowledgement of the first was overtaken by its resolution.
    const writes = b.simulator.requests.filter(
      ({ vendor, method, status }) => vendor === 'pagerduty' && method === 'PUT' && status === 200,
    );
    expect(writes.map(({ path, body }) => ({ path, body })).sort((one, other) => one.path.localeCompare(other.path))).toEqual(
      [
        { path: `/incidents/${resolved.id}`, body: { incident: { type: 'incident', status: 'resolved' } } },
        { path: `/incidents/${acknowledged.id}`, body: { incident: { type: 'incident', status: 'acknowledged' } } },
      ].sort((one, other) => one.path.localeCompare(other.path)),
    );
    expect(b.count('incident.acknowledged', (entry) => entry.by === 'alice@example.test')).toBe(1);
    expect(b.count('incident.resolved', (entry) => entry.by === 'alice@example.test')).toBe(1);
    const { timeline } = await b.story('Disk full');
    expect(timeline.map((line) => line.data)).toContainEqual(
      expect.objectContaining({ kind: 'action_skipped', action: 'Ack', reason: 'superseded' }),
    );
    for (const room of rooms) {
      expect([...mattermost.members(room.name)].sort()).toEqual(['alice', 'bob', 'incident-bridge', 'kathy']);
      expect((await b.expectPost(room.name, /^PagerDuty http/)).message).toMatch(/on call: Alice Lindqvist, Bob Tanaka$/);
    }
    expect([b.count('channel.created'), b.count('issue.created'), b.count('issue.transitioned')]).toEqual([2, 2, 1]);
  });
});
