import { expect, it } from '@jest/globals';
import { describeBridge } from '../support/bridge.ts';

const MINUTE = 60_000;

describeBridge('Mattermost down', (open) => {
  it('opens the issue at once; room and card follow, each once', async () => {
    const b = await open();
    const repaired = b.simulator.addFault({ vendor: 'mattermost', kind: 'refuse' });
    b.trigger('Disk full');
    await b.waitFor('the issue', () => b.count('issue.created') === 1);
    await b.pass(30 * MINUTE);
    expect(b.findRoom('Disk full')).toBeUndefined();
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'running', step: 'Setup', attention: '' });
    repaired();
    await b.pass(6 * MINUTE);
    const room = await b.expectRoom('Disk full');
    await b.expectPost('#incidents', /Disk full/);
    await b.pressButton('alice', room.name, 'Resolve');
    await b.expectState('Disk full', 'finished');
    await b.settle();
    expect(
      ['channel.created', 'channel.header', 'issue.created', 'member.added', 'post.created', 'incident.resolved'].map((effect) =>
        b.count(effect),
      ),
    ).toEqual([1, 1, 1, 3, 5, 1]);
  });

  it('goes on where it was when the chat disappears between two posts', async () => {
    const b = await open();
    b.trigger('Disk full');
    const room = await b.expectRoom('Disk full');
    await b.settle();
    const repaired = b.simulator.addFault({ vendor: 'mattermost', kind: 'status', status: 500, method: 'POST', path: /\/posts$/ });
    b.simulator.pagerduty.resolve(b.simulator.pagerduty.incidents()[0]?.id ?? '');
    await b.waitFor('the card’s end', () => b.findPost(room.name, /resolved by Maya/));
    await b.pass(10 * MINUTE);
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'running', step: 'Resolved' });
    expect(b.simulator.jira.statusOf('OPS-1')).toBe('Done');
    repaired();
    await b.pass(6 * MINUTE);
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'finished' });
    expect([b.count('post.created'), b.count('post.updated')]).toEqual([5, 1]);
  });

  it('pauses a connection whose credentials are refused, says so once, and goes on when they are good again', async () => {
    const b = await open({ allowedErrors: [/^credentials refused: connection paused$/] });
    b.simulator.mattermost.setTokenActive('simulated-mattermost-token', false);
    b.trigger('Disk full');
    await b.waitFor('the issue', () => b.count('issue.created') === 1);
    await b.pass(20 * MINUTE);
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'running', step: 'Setup', attention: '' });
    expect(b.log.entries.filter((entry) => entry.level === 'error').length).toBeLessThanOrEqual(2);
    const refused = b.simulator.requests.filter((request) => request.vendor === 'mattermost').length;
    // One probe each thirty seconds, a fifth sooner at most.
    expect(refused).toBeLessThan(20 * 2.5 + 10);
    b.simulator.mattermost.setTokenActive('simulated-mattermost-token', true);
    await b.pass(6 * MINUTE);
    await b.expectRoom('Disk full');
    await b.settle();
    expect([b.count('channel.created'), b.count('issue.created'), b.count('post.created')]).toEqual([1, 1, 3]);
  });
});
