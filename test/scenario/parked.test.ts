import { expect, it } from '@jest/globals';
import { describeBridge, type Bridge } from '../support/bridge.ts';

const MINUTE = 60_000;
const TITLE = 'Disk full';

/** The issue is waited for, so a refusal of it stops the run. */
const CAREFUL = `
name: careful
chat: mattermost
tracker: jira
triggers:
  - { name: Incident, type: pagerduty, events: [triggered] }
on:
  - { event: acknowledged, to: Known }
  - { event: resolved, to: Over }
steps:
  - name: Begin
    start_actions:
      - name: Card
        type: post
        channel_name: incidents
        message: 'Card of {{.Event.Title}}'
        transitions: [{ label: Close, to: Over }]
      - { name: Ticket, type: create_issue, summary: '{{.Event.Title}}' }
      - { name: Said, type: post, channel_name: incidents, message: 'Issue {{.Action.Ticket.Key}}' }
  - name: Known
    start_actions:
      - { name: SayKnown, type: post, channel_name: incidents, message: 'Somebody knows' }
  - name: Over
    start_actions:
      - { name: Bye, type: post, channel_name: incidents, message: 'Over, by {{.Actor.Name}}' }
      - { name: End, type: finished_workflow }
`;

const refused = { vendor: 'jira', method: 'POST', path: /\/issue$/, kind: 'status', status: 400 } as const;

/** A run that stands still because Jira refused its issue, and the way to make Jira take it. */
async function park(b: Bridge): Promise<{ repaired: () => void; runId: string; incidentId: string }> {
  const repaired = b.simulator.addFault({ ...refused, body: { errorMessages: [], errors: { summary: 'is not to Jira’s taste' } } });
  const { id: incidentId } = b.trigger(TITLE);
  const run = await b.expectState(TITLE, 'parked');
  await b.settle();
  expect(run.attention).toMatch(/Jira/);
  return { repaired, runId: run.id, incidentId };
}

describeBridge('a run that needs a person', (open) => {
  it('stands still when a waiting action fails, keeps what comes, and goes on by Retry', async () => {
    const b = await open({ playbooks: CAREFUL });
    const { repaired, runId, incidentId } = await park(b);
    const click = await b.pressButton('alice', 'incidents', 'Close');
    expect(click.ephemeral).toMatch(/needs attention.*Your click is kept/);
    await b.pass(30 * MINUTE);
    expect(await b.findRun(TITLE)).toMatchObject({ state: 'parked', step: 'Begin' });
    repaired();
    expect(await b.operate(runId, 'retry')).toMatchObject({ status: 202 });
    // The kept click is taken as soon as the step has settled.
    await b.expectState(TITLE, 'finished');
    await b.settle();
    await b.expectPost('#incidents', /^Issue OPS-1$/);
    await b.expectPost('#incidents', /^Over, by Alice Lindqvist$/);
    expect([b.count('issue.created'), b.count('post.created')]).toEqual([1, 3]);
    expect(b.simulator.pagerduty.incident(incidentId)?.status).toBe('triggered');
    expect((await b.story(TITLE)).timeline.map((line) => line.data)).toContainEqual(
      expect.objectContaining({ kind: 'operator', operation: 'retry', by: 'admin' }),
    );
  });

  it('parks again when Retry fails again', async () => {
    const b = await open({ playbooks: CAREFUL });
    const { repaired, runId } = await park(b);
    expect(await b.operate(runId, 'retry', 'Ticket')).toMatchObject({ status: 202 });
    await b.waitFor(
      'the second refusal',
      () => b.simulator.requests.filter(({ status, vendor }) => vendor === 'jira' && status === 400).length === 2,
    );
    await b.settle();
    expect(await b.findRun(TITLE)).toMatchObject({ state: 'parked' });
    repaired();
    await b.operate(runId, 'retry');
    await b.expectPost('#incidents', /^Issue OPS-1$/);
  });

  it('goes on without the failed action by Skip', async () => {
    const b = await open({ playbooks: CAREFUL });
    const { runId } = await park(b);
    expect(await b.operate(runId, 'skip')).toMatchObject({ status: 202 });
    await b.expectPost('#incidents', /^Issue -?$/);
    await b.settle();
    expect(await b.findRun(TITLE)).toMatchObject({ state: 'running', step: 'Begin', attention: '' });
    await b.pressButton('alice', 'incidents', 'Close');
    await b.expectState(TITLE, 'finished');
    expect(b.count('issue.created')).toBe(0);
  });

  it('ends by Cancel: no more buttons, nothing more done, and a second Cancel says so', async () => {
    const b = await open({ playbooks: CAREFUL });
    const { runId } = await park(b);
    expect(await b.operate(runId, 'cancel')).toMatchObject({ status: 202 });
    await b.expectState(TITLE, 'cancelled');
    await b.settle();
    expect(b.simulator.mattermost.posts('incidents').flatMap(b.labelsOf)).toEqual([]);
    expect([b.count('post.created'), b.count('issue.created')]).toEqual([1, 0]);
    expect(await b.operate(runId, 'cancel')).toMatchObject({ status: 409, body: { code: 'run.not_accepted' } });
    expect(await b.operate(runId, 'retry')).toMatchObject({ status: 409 });
  });

  it('is freed by the resolution of its incident, and only by that', async () => {
    const b = await open({ playbooks: CAREFUL });
    const { incidentId } = await park(b);
    b.simulator.pagerduty.acknowledge(incidentId);
    await b.settle();
    expect(await b.findRun(TITLE)).toMatchObject({ state: 'parked', step: 'Begin' });
    b.simulator.pagerduty.resolve(incidentId);
    await b.expectState(TITLE, 'finished');
    await b.expectPost('#incidents', /^Over, by Maya Okafor$/);
    await b.settle();
    expect(b.count('issue.created')).toBe(0);
  });

  it('is asked for only after hours of retries, when the time given to the action is over', async () => {
    const b = await open({
      playbooks: CAREFUL.replace("summary: '{{.Event.Title}}' }", "summary: '{{.Event.Title}}', retry: { for: 2h } }"),
    });
    b.simulator.addFault({ vendor: 'jira', kind: 'refuse' });
    b.trigger(TITLE);
    await b.expectPost('#incidents', /Card of/);
    await b.pass(110 * MINUTE, 100_000);
    expect(await b.findRun(TITLE)).toMatchObject({ state: 'running', attention: '' });
    await b.pass(20 * MINUTE, 100_000);
    expect(await b.findRun(TITLE)).toMatchObject({ state: 'parked', attention: expect.stringMatching(/^gave up after 120 minutes/) });
    const told = (await b.story(TITLE)).timeline.filter((line) => line.kind === 'action_retrying');
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThan(15);
  });

  it('goes to the step that the playbook names for a failure', async () => {
    const b = await open({
      playbooks: CAREFUL.replace("summary: '{{.Event.Title}}' }", "summary: '{{.Event.Title}}', on_error: { to: Over } }"),
    });
    b.simulator.addFault(refused);
    b.trigger(TITLE);
    await b.expectState(TITLE, 'finished');
    await b.expectPost('#incidents', /^Over, by Ticket$/);
    expect(b.simulator.mattermost.posts('incidents').flatMap(b.labelsOf)).toEqual([]);
  });
});
