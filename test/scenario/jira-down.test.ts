import { expect, it } from '@jest/globals';
import { describeBridge, type Bridge } from '../support/bridge.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const requestsTo = (b: Bridge, vendor: string) => b.simulator.requests.filter((request) => request.vendor === vendor).length;

describeBridge('Jira down', (open) => {
  it('holds nothing up for an hour, and everything is there once when Jira is back', async () => {
    const b = await open();
    const { pagerduty, mattermost, jira } = b.simulator;
    const repaired = b.simulator.addFault({ vendor: 'jira', kind: 'refuse' });

    const first = b.trigger('Disk full');
    const room = await b.expectRoom('Disk full');
    await b.settle();
    const at = (effect: string) => Date.parse(b.simulator.ledger.find((entry) => entry.effect === effect)?.at ?? '');
    expect(at('post.created') - at('incident.created')).toBeLessThan(1000);
    const links = await b.expectPost(room.name, /^PagerDuty http/);
    expect(links.message).toMatch(/ · Jira - · on call: Alice Lindqvist, Bob Tanaka$/);
    expect((await b.expectPost('#incidents', /Disk full/)).message).toMatch(/ · -$/);
    expect(mattermost.channel(room.name)?.header).toMatch(/ \| \[Jira\]\(-\) \| /);

    // Both buttons work meanwhile; another incident comes in.
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.expectPost(room.name, /Acknowledged by Alice/);
    await b.pass(30 * MINUTE);
    expect(pagerduty.incident(first.id)?.status).toBe('acknowledged');
    b.trigger('Queue too long');
    const second = await b.expectRoom('Queue too long');
    await b.pressButton('bob', room.name, 'Resolve');
    await b.expectPost(room.name, /Closed in PagerDuty and Jira by Bob/);
    await b.settle();
    expect(pagerduty.incident(first.id)?.status).toBe('resolved');
    expect(mattermost.posts(room.name).flatMap(b.labelsOf)).toEqual([]);
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'finishing', step: 'Resolved' });
    await b.pass(30 * MINUTE);
    // Two probes a minute at most, and what was tried before the circuit opened.
    expect(requestsTo(b, 'jira')).toBeLessThan((2 * HOUR) / MINUTE + 20);

    repaired();
    await b.pass(6 * MINUTE);
    expect(await b.findRun('Disk full')).toMatchObject({ state: 'finished' });
    expect(await b.findRun('Queue too long')).toMatchObject({ state: 'running', step: 'Unanswered', attention: '' });
    expect(
      jira
        .issues()
        .map((issue) => issue.summary)
        .sort(),
    ).toEqual(['Disk full', 'Queue too long']);
    const issueOf = (title: string) => jira.issues().find((issue) => issue.summary === title)?.key ?? '';
    expect([jira.statusOf(issueOf('Disk full')), jira.statusOf(issueOf('Queue too long'))]).toEqual(['Done', 'To Do']);

    // The links have arrived everywhere.
    for (const [title, name] of [
      ['Disk full', room.name],
      ['Queue too long', second.name],
    ] as const) {
      const url = `${b.simulator.url}/jira/browse/${issueOf(title)}`;
      expect((await b.expectPost(name, /^PagerDuty http/)).message).toContain(`Jira ${url} ·`);
      expect((await b.expectPost('#incidents', new RegExp(`rotating_light: ${title}`))).message).toMatch(new RegExp(`${url}$`));
      expect(mattermost.channel(name)?.header).toContain(`[Jira](${url})`);
    }
    expect(countsOf(b)).toEqual({
      'channel.created': 2,
      'channel.header': 4,
      'issue.created': 2,
      'issue.transitioned': 1,
      'member.added': 6,
      // Card, links, announcement each; "still open" after 15 minutes; acknowledged, closed, resolved.
      'post.created': 10,
      'incident.acknowledged': 1,
      'incident.resolved': 1,
    });
  });
});

function countsOf(b: Bridge): Record<string, number> {
  const effects = [
    'channel.created',
    'channel.header',
    'issue.created',
    'issue.transitioned',
    'member.added',
    'post.created',
    'incident.acknowledged',
    'incident.resolved',
  ];
  return Object.fromEntries(effects.map((effect) => [effect, b.count(effect)]));
}
