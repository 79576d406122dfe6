import { expect, it } from '@jest/globals';
import { describeBridge, type Bridge } from '../support/bridge.ts';
import { shippedPlaybook } from '../support/bridge-playbooks.ts';

const TITLE = 'Checkout error rate above 5%';

/** Everything that the whole job leaves at the vendors, each thing once. */
function expectWholeJobOnce(b: Bridge): void {
  const counts = Object.fromEntries(JOB_EFFECTS.map((effect) => [effect, b.count(effect)]));
  expect(counts).toEqual({
    'channel.created': 1,
    'channel.header': 1,
    'issue.created': 1,
    'member.added': 3,
    // Card, links and announcement; "acknowledged"; "closed" in the room and "resolved" in #incidents.
    'post.created': 6,
    'post.updated': 2,
    'incident.acknowledged': 1,
    'incident.resolved': 1,
    'issue.transitioned': 1,
    'incident.reopened': 0,
  });
}
const JOB_EFFECTS = [
  'channel.created',
  'channel.header',
  'issue.created',
  'member.added',
  'post.created',
  'post.updated',
  'incident.acknowledged',
  'incident.resolved',
  'issue.transitioned',
  'incident.reopened',
];

describeBridge('the main job', (open) => {
  it('leads from a PagerDuty incident to a war room, an issue and two buttons that work, each thing exactly once', async () => {
    const b = await open();
    const { mattermost, pagerduty, jira } = b.simulator;
    // Keeps the run open until its last echo has come: afterwards that would be an event without a run.
    b.simulator.addFault({ vendor: 'jira', path: /\/transitions$/, kind: 'slow', delayMs: 300 });
    const incident = b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    const announcement = await b.expectPost('#incidents', /Checkout error rate/);
    await b.settle();

    const pagerUrl = `${b.simulator.url}/pagerduty/incidents/${incident.id}`;
    const issueUrl = `${b.simulator.url}/jira/browse/OPS-1`;
    const { id } = await b.expectState(TITLE, 'running');
    expect(mattermost.channel('inc-1')).toMatchObject({
      displayName: `INC 1: ${TITLE}`,
      team: 'ops',
      header: `[PagerDuty](${pagerUrl}) | [Jira](${issueUrl}) | [Timeline](${b.url}/runs/${id})`,
      purpose: expect.stringMatching(new RegExp(`^${TITLE} ib-${id}-WarRoom-1$`)),
    });
    expect([...mattermost.members(room.name)].sort()).toEqual(['alice', 'bob', 'incident-bridge', 'kathy']);
    const [issue, ...others] = jira.issues();
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ summary: TITLE, labels: [`ib-${id}-Ticket-1`] });
    expect(announcement.message).toBe(`:rotating_light: ${TITLE}: ~inc-1 · ${pagerUrl} · ${issueUrl}`);
    const links = await b.expectPost('inc-1', /^PagerDuty http/);
    expect(links.message).toBe(`PagerDuty ${pagerUrl} · Jira ${issueUrl} · on call: Alice Lindqvist, Bob Tanaka`);
    const card = await b.expectPost('inc-1', /\*\*Checkout/);
    expect(b.labelsOf(card)).toEqual(['Acknowledge', 'Resolve']);
    expect(card.attachments.flatMap((section) => section.actions).every((action) => /^[A-Za-z0-9]+$/.test(action.id))).toBe(true);

    expect(await b.pressButton('alice', 'inc-1', 'Acknowledge')).not.toHaveProperty('ephemeral');
    await b.expectPost('inc-1', /^:eyes: Acknowledged by Alice Lindqvist\.$/);
    await b.settle();
    expect(pagerduty.incident(incident.id)?.status).toBe('acknowledged');
    expect(b.count('incident.acknowledged', (entry) => entry.by === 'alice@example.test')).toBe(1);
    const taken = await b.expectPost('inc-1', /taken by Alice Lindqvist$/);
    expect(taken.id).toBe(card.id);
    expect(b.labelsOf(taken)).toEqual(['Resolve']);

    expect(await b.pressButton('bob', 'inc-1', 'Resolve')).not.toHaveProperty('ephemeral');
    const ended = await b.expectState(TITLE, 'finished');
    await b.settle();
    expect(ended).toMatchObject({ number: 1, step: 'Resolved', attention: '' });
    expect(ended.acknowledgedAt).toBeDefined();
    expect(ended.resolvedAt).toBeDefined();
    expect(pagerduty.incident(incident.id)?.status).toBe('resolved');
    expect(b.count('incident.resolved', (entry) => entry.by === 'bob@example.test')).toBe(1);
    expect(jira.statusOf('OPS-1')).toBe('Done');
    const done = await b.expectPost('inc-1', /\*\*, resolved by Bob Tanaka$/);
    expect(done.id).toBe(card.id);
    expect(b.labelsOf(done)).toEqual([]);
    await b.expectPost('inc-1', /^:white_check_mark: Closed in PagerDuty and Jira by Bob Tanaka\.$/);
    await b.expectPost('#incidents', /^:white_check_mark: Resolved: Checkout error rate above 5% \(~inc-1\)$/);
    expect(mattermost.channel('inc-1')?.isArchived).toBe(false);

    expectWholeJobOnce(b);
    const outcomes = (await b.deliveries()).map(({ door, outcome }) => `${door} ${outcome}`);
    expect(outcomes.sort()).toEqual(['button signalled', 'button signalled', 'event echo', 'event echo', 'event started']);
  });

  it('does each thing once although PagerDuty sends each webhook three times', async () => {
    const b = await open({ simulator: { pagerduty: { duplicateDeliveries: 3 } } });
    b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.expectPost(room.name, /Acknowledged by Alice/);
    await b.pressButton('alice', room.name, 'Resolve');
    await b.expectState(TITLE, 'finished');
    await b.settle();
    expectWholeJobOnce(b);
    expect(
      b.simulator.pagerduty.sentWebhooks
        .flatMap((one) => one.attempts)
        .map((one) => one.status)
        .sort(),
    ).toEqual([200, 200, 200, 200, 200, 200, 202, 202, 202]);
  });

  it('archives the room at the end where the playbook says so, after the card has lost its buttons', async () => {
    const archive = "      - { name: Archive, type: archive_channel, channel_name: '{{.Action.WarRoom.ChannelName}}' }\n";
    const b = await open({ playbooks: shippedPlaybook((text) => text.replace('      - { name: End,', `${archive}      - { name: End,`)) });
    b.trigger(TITLE);
    const room = await b.expectRoom(TITLE);
    await b.pressButton('alice', room.name, 'Resolve');
    await b.expectState(TITLE, 'finished');
    await b.settle();
    expect(b.simulator.mattermost.channel(room.name)?.isArchived).toBe(true);
    expect(b.count('channel.archived')).toBe(1);
    expect(b.simulator.mattermost.posts(room.name).flatMap(b.labelsOf)).toEqual([]);
    await b.expectPost(room.name, /Closed in PagerDuty and Jira/);
  });

  it.each([
    ['issue, channel, people', ['ISSUE', 'CHANNEL', 'PEOPLE'], ['issue.created', 'channel.created', 'member.added']],
    ['channel, people, issue', ['CHANNEL', 'PEOPLE', 'ISSUE'], ['channel.created', 'member.added', 'issue.created']],
  ])('follows the playbook’s order: %s', async (_name, order, effects) => {
    const b = await open({ playbooks: orderedPlaybook(order) });
    b.trigger(TITLE);
    await b.expectState(TITLE, 'finished');
    const seen = b.simulator.ledger.map((entry) => entry.effect).filter((effect) => effects.includes(effect));
    expect(seen).toEqual(effects);
  });

  it('starts a run by hand, without an incident at PagerDuty, and ends it with its buttons', async () => {
    const b = await open();
    await b.app.runPlaybook('pagerduty_incident', 'maya');
    const title = 'pagerduty_incident, started by maya';
    const room = await b.waitFor('the room', () => b.findRoom(title.slice(0, 30)));
    b.simulator.mattermost.join('alice', room.name);
    await b.pressButton('alice', room.name, 'Acknowledge');
    await b.expectPost(room.name, /Acknowledged by Alice/);
    await b.pressButton('alice', room.name, 'Resolve');
    await b.expectState(title, 'finished');
    await b.settle();
    expect(b.simulator.jira.statusOf('OPS-1')).toBe('Done');
    expect(b.simulator.requests.filter((request) => request.vendor === 'pagerduty')).toEqual([]);
    expect(await b.deliveries()).toEqual([
      expect.objectContaining({ source: 'manual', door: 'manual', outcome: 'started' }),
      expect.objectContaining({ door: 'button', outcome: 'signalled' }),
      expect.objectContaining({ door: 'button', outcome: 'signalled' }),
    ]);
  });

  it('numbers the runs one after another and keeps incidents apart', async () => {
    const b = await open();
    const titles = ['Disk full', 'Queue too long', 'Login fails'];
    const incidents = titles.map((title) => b.trigger(title));
    const rooms = await Promise.all(titles.map((title) => b.expectRoom(title)));
    await b.settle();
    expect(rooms.map((room) => room.name).sort()).toEqual(['inc-1', 'inc-2', 'inc-3']);
    await b.pressButton('alice', rooms[1]!.name, 'Acknowledge');
    await b.settle();
    expect(incidents.map((one) => b.simulator.pagerduty.incident(one.id)?.status)).toEqual(['triggered', 'acknowledged', 'triggered']);
    expect((await b.listRuns()).map((run) => [run.title, run.step]).sort()).toEqual([
      ['Disk full', 'Triggered'],
      ['Login fails', 'Triggered'],
      ['Queue too long', 'Acknowledged'],
    ]);
  });
});

function orderedPlaybook(order: readonly string[]): string {
  const actions: Readonly<Record<string, string>> = {
    ISSUE: "{ name: Ticket, type: create_issue, summary: '{{.Event.Title}}' }",
    CHANNEL: "{ name: Room, type: create_channel, channel_name: 'inc-{{.Instance.Number}}', channel_displayname: '{{.Event.Title}}' }",
    PEOPLE: "{ name: Join, type: add_users_channel, channel_name: 'inc-{{.Instance.Number}}', users: [kathy] }",
  };
  return `
name: ordered
chat: mattermost
tracker: jira
triggers:
  - { name: Incident, type: pagerduty, events: [triggered] }
steps:
  - name: Only
    start_actions:
${order.map((one) => `      - ${actions[one] ?? ''}`).join('\n')}
      - { name: End, type: finished_workflow }
`;
}
