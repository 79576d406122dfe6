import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../src/simulator/start.ts';
import type { Fault } from '../../src/simulator/vendor.ts';
import { createCaller, type Caller } from '../support/vendor-caller.ts';

let simulator: Simulator;
let call: Caller;

beforeEach(async () => {
  simulator = await startSimulator();
  simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
  call = createCaller(`${simulator.url}/pagerduty`, {
    authorization: 'Token token=simulated-pagerduty-token',
    from: 'incident-bridge@example.test',
  });
});
afterEach(() => simulator.close());

const acknowledge = () => call('PUT', '/incidents/Q1', { incident: { type: 'incident', status: 'acknowledged' } });
const status = () => simulator.pagerduty.incident('Q1')?.status;
const fault = (rest: Pick<Fault, 'kind'> & Partial<Fault>) =>
  simulator.addFault({ vendor: 'pagerduty', method: 'PUT', path: /^\/incidents\//, times: 1, ...rest });

describe('instead of the effect', () => {
  it('refuse cuts the connection', async () => {
    fault({ kind: 'refuse' });
    await expect(acknowledge()).rejects.toThrow();
    expect(status()).toBe('triggered');
    expect(simulator.requests.at(-1)).toMatchObject({ method: 'PUT', path: '/incidents/Q1', status: 0, fault: 'refuse' });
  });

  it('status answers with headers and a body', async () => {
    fault({ kind: 'status', status: 429, headers: { 'retry-after': '7' }, body: { error: { code: 2020 } } });
    const answer = await acknowledge();
    expect(answer).toMatchObject({ status: 429, body: { error: { code: 2020 } } });
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(status()).toBe('triggered');
  });

  it('garbage answers 200 with HTML', async () => {
    fault({ kind: 'garbage' });
    const answer = await acknowledge();
    expect(answer).toMatchObject({ status: 200, body: expect.stringContaining('<html>') });
    expect(answer.headers.get('content-type')).toContain('text/html');
    expect(status()).toBe('triggered');
  });

  it('hang says nothing until the caller gives up', async () => {
    fault({ kind: 'hang' });
    const hanging = fetch(`${simulator.url}/pagerduty/incidents/Q1`, { method: 'PUT', signal: AbortSignal.timeout(50) });
    await expect(hanging).rejects.toThrow();
    expect(status()).toBe('triggered');
  });
});

describe('after the effect', () => {
  it('drop_after loses the answer', async () => {
    fault({ kind: 'drop_after' });
    await expect(acknowledge()).rejects.toThrow();
    expect(status()).toBe('acknowledged');
    expect(simulator.requests.at(-1)).toMatchObject({ status: 0, fault: 'drop_after' });
  });

  it('status_after lies', async () => {
    fault({ kind: 'status_after', status: 502, body: '<html>Bad Gateway</html>' });
    expect(await acknowledge()).toMatchObject({ status: 502, body: '<html>Bad Gateway</html>' });
    expect(status()).toBe('acknowledged');
    expect(simulator.requests.at(-1)).toMatchObject({ status: 502, answer: '<html>Bad Gateway</html>' });
  });

  it('drop_after works for answers without a body too', async () => {
    simulator.addFault({ vendor: 'jira', kind: 'drop_after', path: /properties/ });
    const authorization = `Basic ${Buffer.from('bridge@example.test:simulated-jira-token').toString('base64')}`;
    const jira = createCaller(`${simulator.url}/jira/rest/api/2`, { authorization });
    await jira('POST', '/issue', { fields: { project: { key: 'OPS' }, issuetype: { name: 'Task' }, summary: 'x' } });
    await expect(jira('PUT', '/issue/OPS-1/properties/p', { a: 1 })).rejects.toThrow();
    expect(simulator.jira.issue('OPS-1')?.properties.get('p')).toEqual({ a: 1 });
  });

  it('slow does it late, even when the caller has gone', async () => {
    fault({ kind: 'slow', delayMs: 60 });
    const done = new Promise<void>((resolve) => {
      simulator.subscribe(() => status() === 'acknowledged' && resolve());
    });
    const gone = fetch(`${simulator.url}/pagerduty/incidents/Q1`, {
      method: 'PUT',
      headers: { authorization: 'Token token=simulated-pagerduty-token', from: 'incident-bridge@example.test' },
      body: JSON.stringify({ incident: { type: 'incident', status: 'acknowledged' } }),
      signal: AbortSignal.timeout(20),
    });
    await expect(gone).rejects.toThrow();
    await done;
  });
});

describe('which calls it hits', () => {
  it('counts down, in the order of the faults, and is taken out by its own function', async () => {
    fault({ kind: 'status', status: 500, times: 2 });
    const remove = fault({ kind: 'status', status: 503, times: 100 });
    expect((await acknowledge()).status).toBe(500);
    expect((await acknowledge()).status).toBe(500);
    expect((await acknowledge()).status).toBe(503);
    expect((await call('GET', '/incidents/Q1')).status).toBe(200);
    remove();
    expect((await acknowledge()).status).toBe(200);
  });

  it('draws by the seed: the same seed, the same calls', async () => {
    const draw = async () => {
      const one = await startSimulator({ seed: 7 });
      one.addFault({ vendor: 'pagerduty', kind: 'status', status: 500, probability: 0.5 });
      const ask = createCaller(`${one.url}/pagerduty`, { authorization: 'Token token=simulated-pagerduty-token' });
      const seen: number[] = [];
      for (let count = 0; count < 20; count += 1) seen.push((await ask('GET', '/abilities')).status);
      await one.close();
      return seen;
    };
    const first = await draw();
    expect(new Set(first)).toEqual(new Set([200, 500]));
    expect(await draw()).toEqual(first);
  });
});
