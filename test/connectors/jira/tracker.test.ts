import { afterEach, describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../src/core/errors.ts';
import type { IssueInput } from '../../../src/core/ports.ts';
import { callContext, failureOf, lookContext, openVendors, type Vendors, type VendorsOptions } from '../open-vendors.ts';

let vendors: Vendors;
afterEach(() => vendors.close());

async function open(options?: VendorsOptions): Promise<void> {
  vendors = await openVendors(options);
}

const signal = new AbortController().signal;
const marker = 'ib-0199aaaa-Ticket-1';

function issue(change: Partial<IssueInput> = {}): IssueInput {
  return { summary: 'Checkout error rate above 5%', description: 'https://pd.example.test/incidents/Q1', labels: ['incident'], ...change };
}

describe('createIssue', () => {
  test('opens one issue with the marker as label and property, in one call', async () => {
    await open();
    const made = await vendors.tracker.createIssue.call(issue({ priority: 'High' }), callContext(marker));
    expect(made).toEqual({ id: expect.any(String), key: 'OPS-1', url: `${vendors.simulator.url}/jira/browse/OPS-1` });
    expect(vendors.simulator.ledger).toMatchObject([{ effect: 'issue.created', marker }]);
    const [request, ...others] = vendors.simulator.requests;
    expect(others).toEqual([]);
    expect(request?.body).toMatchObject({
      fields: { labels: ['incident', marker], issuetype: { name: 'Task' } },
      properties: [{ key: 'incident-bridge', value: { marker } }],
    });
  });

  test('makes summary and labels fit', async () => {
    await open();
    await vendors.tracker.createIssue.call(
      issue({ summary: `two\nlines ${'ä'.repeat(300)}`, labels: ['two words', ' ', 'two words'] }),
      callContext(marker),
    );
    expect(vendors.simulator.requests[0]?.body).toMatchObject({
      fields: { labels: ['two-words', marker], summary: expect.stringMatching(/^two lines ä{244}…$/) },
    });
  });

  test('leaves out an optional field that the screen lacks, once', async () => {
    await open();
    vendors.simulator.addFault({
      vendor: 'jira',
      method: 'POST',
      kind: 'status',
      status: 400,
      times: 1,
      body: { errorMessages: [], errors: { priority: "Field 'priority' cannot be set." } },
    });
    const made = await vendors.tracker.createIssue.call(issue({ priority: 'High' }), callContext(marker));
    expect(made.key).toBe('OPS-1');
    expect(vendors.log.level('warn')).toHaveLength(1);
  });

  test('a missing label field is an error: without the marker an issue could not be found again', async () => {
    await open();
    vendors.simulator.addFault({
      vendor: 'jira',
      method: 'POST',
      kind: 'status',
      status: 400,
      body: { errorMessages: [], errors: { labels: 'no' } },
    });
    expect(await failureOf(vendors.tracker.createIssue.call(issue(), callContext(marker)))).toBeInstanceOf(PermanentError);
    expect(vendors.simulator.requests).toHaveLength(1);
  });

  test('an empty search is believed only after the lag: looks at 5, 15, 45 and 120 s', async () => {
    await open({ searchLagSeconds: 120 });
    const intendedAt = vendors.clock.now();
    const look = () => vendors.tracker.createIssue.reconcile(issue(), lookContext(marker, vendors.clock, intendedAt));
    expect(await look()).toEqual({ answer: 'unknown', retryAfterMs: 5_000 });
    vendors.clock.advance(5_000);
    expect(await look()).toEqual({ answer: 'unknown', retryAfterMs: 10_000 });
    vendors.clock.advance(10_000);
    expect(await look()).toEqual({ answer: 'unknown', retryAfterMs: 30_000 });
    vendors.clock.advance(30_000);
    expect(await look()).toEqual({ answer: 'unknown', retryAfterMs: 75_000 });
    vendors.clock.advance(75_000);
    expect(await look()).toEqual({ answer: 'absent' });
  });

  test('a later attempt of unknown outcome starts the lag anew', async () => {
    await open({ searchLagSeconds: 120 });
    const intendedAt = vendors.clock.now();
    vendors.clock.advance(600_000);
    vendors.simulator.jira.setSearchLag(3_000);
    vendors.simulator.addFault({ vendor: 'jira', method: 'POST', path: /issue$/, kind: 'drop_after', times: 1 });
    expect(await failureOf(vendors.tracker.createIssue.call(issue(), callContext(marker)))).toMatchObject({ kind: 'in_doubt' });
    const look = () => vendors.tracker.createIssue.reconcile(issue(), lookContext(marker, vendors.clock, intendedAt));
    expect(await look()).toEqual({ answer: 'unknown', retryAfterMs: 5_000 });
    vendors.clock.advance(5_000);
    expect(await look()).toMatchObject({ answer: 'found', output: { key: 'OPS-1' } });
  });

  test('of two issues the first counts, and a person is told', async () => {
    await open();
    const first = await vendors.tracker.createIssue.call(issue(), callContext(marker));
    await vendors.tracker.createIssue.call(issue(), callContext(marker));
    expect(await vendors.tracker.createIssue.reconcile(issue(), lookContext(marker, vendors.clock))).toEqual({
      answer: 'found',
      output: first,
    });
    expect(vendors.log.level('error')).toHaveLength(1);
  });

  test('a marker cannot break out of the search', async () => {
    await open();
    await vendors.tracker.createIssue.call(issue(), callContext(marker));
    const wide = 'x" OR project = "OPS';
    expect(await vendors.tracker.createIssue.reconcile(issue(), lookContext(wide, vendors.clock))).toEqual({ answer: 'absent' });
  });
});

describe('transitionIssue', () => {
  test('moves by status name, whatever the case, to the first that can be reached', async () => {
    await open();
    const { id } = await vendors.tracker.createIssue.call(issue(), callContext(marker));
    const input = { issueId: id, to: ['Closed', 'done'] };
    expect(await vendors.tracker.transitionIssue.reconcile(input, lookContext('t', vendors.clock))).toEqual({ answer: 'absent' });
    expect(await vendors.tracker.transitionIssue.call(input, callContext('t'))).toEqual({ status: 'Done', changed: true });
    expect(await vendors.tracker.transitionIssue.call(input, callContext('t'))).toEqual({ status: 'Done', changed: false });
    expect(await vendors.tracker.transitionIssue.reconcile(input, lookContext('t', vendors.clock))).toEqual({
      answer: 'found',
      output: { status: 'Done', changed: true },
    });
    expect(await vendors.tracker.readStatus(id, signal)).toEqual({ status: 'Done', done: true });
  });

  test('walks through a status between', async () => {
    await open();
    const { id, key } = await vendors.tracker.createIssue.call(issue({ project: 'HOPS' }), callContext(marker));
    expect(await vendors.tracker.transitionIssue.call({ issueId: id, to: ['Done'] }, callContext('t'))).toEqual({
      status: 'Done',
      changed: true,
    });
    expect(vendors.simulator.jira.statusOf(key)).toBe('Done');
  });

  test('the word done means the category, and a demanded resolution is sent', async () => {
    await open();
    const { id, key } = await vendors.tracker.createIssue.call(issue({ project: 'ODD' }), callContext(marker));
    expect(await vendors.tracker.transitionIssue.call({ issueId: id, to: ['done'] }, callContext('t'))).toEqual({
      status: 'Erledigt',
      changed: true,
    });
    expect(vendors.simulator.jira.statusOf(key)).toBe('Erledigt');
  });

  test('takes a transition by its own name', async () => {
    await open();
    const { id } = await vendors.tracker.createIssue.call(issue({ project: 'ODD' }), callContext(marker));
    expect(await vendors.tracker.transitionIssue.call({ issueId: id, to: ['beginnen'] }, callContext('t'))).toEqual({
      status: 'In Arbeit',
      changed: true,
    });
  });

  test('says where the issue could go when the wish cannot be reached', async () => {
    await open();
    const { id } = await vendors.tracker.createIssue.call(issue(), callContext(marker));
    expect(await failureOf(vendors.tracker.transitionIssue.call({ issueId: id, to: ['Closed'] }, callContext('t')))).toMatchObject({
      code: 'jira.no_transition',
      message: expect.stringContaining('Closed'),
    });
  });

  test('an issue that is gone is undefined to read, and permanent to move', async () => {
    await open();
    expect(await vendors.tracker.readStatus('999999', signal)).toBeUndefined();
    expect(await failureOf(vendors.tracker.transitionIssue.call({ issueId: '999999', to: ['Done'] }, callContext('t')))).toMatchObject({
      status: 404,
    });
    expect(await failureOf(vendors.tracker.readStatus('../x', signal))).toMatchObject({ code: 'jira.bad_key' });
  });
});
