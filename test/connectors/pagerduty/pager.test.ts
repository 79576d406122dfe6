import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { PermanentError } from '../../../src/core/errors.ts';
import { callContext, failureOf, lookContext, openVendors, type Vendors } from '../open-vendors.ts';

let vendors: Vendors;
let incidentId: string;
beforeEach(async () => {
  vendors = await openVendors();
  incidentId = vendors.simulator.pagerduty.trigger({ title: 'Checkout error rate above 5%' }).id;
});
afterEach(() => vendors.close());

const signal = new AbortController().signal;

function requests(method: string): unknown[] {
  return vendors.simulator.requests.filter((request) => request.vendor === 'pagerduty' && request.method === method);
}

describe('setStatus', () => {
  test('acknowledges, in the name of the service user', async () => {
    const outcome = await vendors.pager.setStatus.call({ incidentId, status: 'acknowledged' }, callContext('a'));
    expect(outcome).toEqual({ status: 'acknowledged', changed: true });
    expect(requests('PUT')).toMatchObject([{ headers: { from: 'incident-bridge@example.test' } }]);
    expect(await vendors.pager.readIncident(incidentId, signal)).toMatchObject({
      status: 'acknowledged',
      actor: { id: 'pagerduty:PUSRBOT' },
    });
  });

  test('acts in the name of the presser', async () => {
    await vendors.pager.setStatus.call({ incidentId, status: 'acknowledged', actAs: 'bob@example.test' }, callContext('a'));
    expect(await vendors.pager.readIncident(incidentId, signal)).toMatchObject({ actor: { name: 'Bob Tanaka' } });
  });

  test('falls back to the service user where the presser has no account', async () => {
    const outcome = await vendors.pager.setStatus.call({ incidentId, status: 'resolved', actAs: 'kathy@example.test' }, callContext('a'));
    expect(outcome).toEqual({ status: 'resolved', changed: true });
    expect(await vendors.pager.readIncident(incidentId, signal)).toMatchObject({ actor: { id: 'pagerduty:PUSRBOT' } });
  });

  test('changes nothing that is so already', async () => {
    await vendors.pager.setStatus.call({ incidentId, status: 'acknowledged' }, callContext('a'));
    const outcome = await vendors.pager.setStatus.call({ incidentId, status: 'acknowledged' }, callContext('a'));
    expect(outcome).toEqual({ status: 'acknowledged', changed: false });
    expect(requests('PUT')).toHaveLength(1);
  });

  test('never reopens: a late acknowledge finds the incident resolved', async () => {
    await vendors.pager.setStatus.call({ incidentId, status: 'resolved' }, callContext('r'));
    const outcome = await vendors.pager.setStatus.call({ incidentId, status: 'acknowledged' }, callContext('a'));
    expect(outcome).toEqual({ status: 'resolved', changed: false });
    expect(requests('PUT')).toHaveLength(1);
    expect(await vendors.pager.setStatus.reconcile({ incidentId, status: 'acknowledged' }, lookContext('a', vendors.clock))).toEqual({
      answer: 'found',
      output: { status: 'resolved', changed: false },
    });
  });

  test('an incident that is not there is a permanent error', async () => {
    expect(await failureOf(vendors.pager.setStatus.call({ incidentId: 'QNONE', status: 'resolved' }, callContext('r')))).toBeInstanceOf(
      PermanentError,
    );
  });

  test('a 400 of a status that is as wished is no error', async () => {
    vendors.simulator.addFault({
      vendor: 'pagerduty',
      method: 'PUT',
      kind: 'status_after',
      status: 400,
      body: { error: { code: 1002, message: 'x' } },
    });
    const outcome = await vendors.pager.setStatus.call({ incidentId, status: 'acknowledged' }, callContext('a'));
    expect(outcome).toEqual({ status: 'acknowledged', changed: false });
  });
});

describe('reads', () => {
  test('finds each person of level 1 once', async () => {
    const people = await vendors.pager.findOnCall('PEPOL01', signal);
    expect(people.map(({ email }) => email)).toEqual(['alice@example.test', 'bob@example.test']);
    expect(await vendors.pager.findOnCall('PEPOL02', signal)).toEqual([]);
  });

  test('finds a user by exactly this address', async () => {
    expect(await vendors.pager.findUserByEmail('Alice@example.test', signal)).toMatchObject({ id: 'PUSR002' });
    expect(await vendors.pager.findUserByEmail('lice@example.test', signal)).toBeUndefined();
  });

  test('reads many incidents and leaves unknown ones out', async () => {
    const other = vendors.simulator.pagerduty.trigger({ title: 'Search is slow' }).id;
    const found = await vendors.pager.readIncidents([incidentId, 'QNONE', other, incidentId], signal);
    expect(found.map(({ id }) => id).sort()).toEqual([incidentId, other].sort());
    expect(await vendors.pager.readIncidents([], signal)).toEqual([]);
  });

  test('a 429 comes back at once, with the wait the vendor asks for', async () => {
    vendors.simulator.addFault({
      vendor: 'pagerduty',
      kind: 'status',
      status: 429,
      headers: { 'ratelimit-reset': '7' },
      body: { error: { code: 2020, message: 'x' } },
    });
    expect(await failureOf(vendors.pager.readIncident(incidentId, signal))).toMatchObject({
      code: 'pagerduty.rate_limited',
      retryAfterMs: 7_000,
    });
    expect(requests('GET')).toHaveLength(1);
  });
});
