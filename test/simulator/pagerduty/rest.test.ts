import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from '../../../src/simulator/start.ts';
import { createCaller, type Caller } from '../../support/vendor-caller.ts';

const BOT = 'incident-bridge@example.test';
let simulator: Simulator;
let call: Caller;

beforeEach(async () => {
  simulator = await startSimulator();
  call = createCaller(`${simulator.url}/pagerduty`, {
    authorization: 'Token token=simulated-pagerduty-token',
    accept: 'application/vnd.pagerduty+json;version=2',
    from: BOT,
  });
});
afterEach(() => simulator.close());

const statusBody = (status: string) => ({ incident: { type: 'incident', status } });
const effects = () => simulator.ledger.map(({ effect, subject, by }) => `${effect} ${subject} ${by}`);

describe('credentials', () => {
  it.each([undefined, 'simulated-pagerduty-token', 'Token simulated-pagerduty-token', 'Token token=wrong', 'Basic abc'])(
    'refuses %p',
    async (authorization) => {
      const answer = await call('GET', '/incidents', undefined, { authorization });
      expect(answer).toMatchObject({ status: 401, body: { error: { code: 2006 } } });
    },
  );

  it('accepts the bearer form, and tells the rate limit on every answer', async () => {
    const answer = await call('GET', '/abilities', undefined, { authorization: 'Bearer simulated-pagerduty-token' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ratelimit-limit')).toBe('960');
    expect(Number(answer.headers.get('ratelimit-reset'))).toBeLessThanOrEqual(60);
  });

  it('refuses /users/me to an account key, and knows the user of a user key', async () => {
    expect((await call('GET', '/users/me')).status).toBe(400);
    const me = await call('GET', '/users/me', undefined, { authorization: 'Token token=simulated-pagerduty-user-token' });
    expect(me).toMatchObject({ status: 200, body: { user: { id: 'PUSRBOT', email: BOT } } });
  });

  it('refuses a write without From, or from somebody unknown, and changes nothing', async () => {
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    expect(await call('PUT', '/incidents/Q1', statusBody('acknowledged'), { from: undefined })).toMatchObject({
      status: 400,
      body: { error: { code: 2011 } },
    });
    expect(await call('PUT', '/incidents/Q1', statusBody('acknowledged'), { from: 'nobody@example.test' })).toMatchObject({
      status: 400,
      body: { error: { code: 1008 } },
    });
    expect(simulator.pagerduty.incident('Q1')?.status).toBe('triggered');
  });
});

describe('an incident', () => {
  it('is found by id and by number', async () => {
    const { number } = simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    expect(await call('GET', '/incidents/Q1')).toMatchObject({
      status: 200,
      body: { incident: { id: 'Q1', incident_number: number, status: 'triggered' } },
    });
    expect(await call('GET', `/incidents/${number}`)).toMatchObject({ status: 200, body: { incident: { id: 'Q1' } } });
    expect(await call('GET', '/incidents/Q404')).toMatchObject({ status: 404, body: { error: { code: 2100 } } });
  });

  it('goes from triggered to acknowledged to resolved, in the name of the From user', async () => {
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    const acknowledged = await call('PUT', '/incidents/Q1', statusBody('acknowledged'));
    expect(acknowledged).toMatchObject({
      status: 200,
      body: { incident: { status: 'acknowledged', last_status_change_by: { id: 'PUSRBOT' } } },
    });
    const resolved = await call('PUT', '/incidents/Q1', statusBody('resolved'), { from: 'alice@example.test' });
    expect(resolved).toMatchObject({
      body: { incident: { status: 'resolved', assignments: [], last_status_change_by: { id: 'PUSR002' } } },
    });
    expect(effects()).toEqual([
      'incident.created Q1 maya@example.test',
      `incident.acknowledged Q1 ${BOT}`,
      'incident.resolved Q1 alice@example.test',
    ]);
  });

  it('refuses a second acknowledge and a second resolve', async () => {
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    await call('PUT', '/incidents/Q1', statusBody('acknowledged'));
    const again = await call('PUT', '/incidents/Q1', statusBody('acknowledged'));
    expect(again).toMatchObject({ status: 400, body: { error: { code: 2001, errors: ['Incident Already Acknowledged'] } } });
    await call('PUT', '/incidents/Q1', statusBody('resolved'));
    const resolvedAgain = await call('PUT', '/incidents/Q1', statusBody('resolved'));
    expect(resolvedAgain).toMatchObject({ status: 400, body: { error: { code: 2001, errors: ['Incident Already Resolved'] } } });
    expect(simulator.ledger).toHaveLength(3);
  });

  it('is reopened by an acknowledge that comes too late', async () => {
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    simulator.pagerduty.resolve('Q1', 'alice@example.test');
    expect((await call('PUT', '/incidents/Q1', statusBody('acknowledged'))).status).toBe(200);
    expect(simulator.pagerduty.incident('Q1')?.status).toBe('acknowledged');
    expect(effects().slice(2)).toEqual([`incident.reopened Q1 ${BOT}`, `incident.acknowledged Q1 ${BOT}`]);
  });

  it('wants wrapped bodies, known words, and ignores keys it does not know', async () => {
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    expect(await call('PUT', '/incidents/Q1', { type: 'incident', status: 'resolved' })).toMatchObject({
      status: 400,
      body: { error: { code: 2003 } },
    });
    expect((await call('PUT', '/incidents/Q1', statusBody('closed'))).status).toBe(400);
    expect((await call('PUT', '/incidents/Q1', '{"incident":')).status).toBe(400);
    const ignored = await call('PUT', '/incidents/Q1', { incident: { type: 'incident', stauts: 'resolved', incident_number: 7 } });
    expect(ignored).toMatchObject({ status: 200, body: { incident: { status: 'triggered' } } });
  });

  it('is not created twice with one open incident_key', async () => {
    const draft = {
      incident: { type: 'incident', title: 'Twice', service: { id: 'PSVC010', type: 'service_reference' }, incident_key: 'k1' },
    };
    const first = await call('POST', '/incidents', draft);
    expect(first).toMatchObject({ status: 201, body: { incident: { incident_key: 'k1' } } });
    expect(await call('POST', '/incidents', draft)).toMatchObject({ status: 400, body: { error: { code: 2002 } } });
    for (const { id } of simulator.pagerduty.incidents()) simulator.pagerduty.resolve(id);
    expect((await call('POST', '/incidents', draft)).status).toBe(201);
  });

  it('takes notes, each of them', async () => {
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    for (const content of ['one', 'two']) expect((await call('POST', '/incidents/Q1/notes', { note: { content } })).status).toBe(200);
    expect(await call('GET', '/incidents/Q1/notes')).toMatchObject({
      body: { notes: [{ content: 'one', user: { id: 'PUSRBOT' } }, { content: 'two' }] },
    });
    expect((await call('POST', '/incidents/Q1/notes', { note: { content: '' } })).status).toBe(400);
  });
});

describe('many incidents', () => {
  it('changes all in bulk or none', async () => {
    for (const id of ['Q1', 'Q2']) simulator.pagerduty.trigger({ title: id, id });
    const bulk = (...ids: string[]) => ({ incidents: ids.map((id) => ({ id, type: 'incident_reference', status: 'acknowledged' })) });
    expect((await call('PUT', '/incidents', bulk('Q1', 'Q404'))).status).toBe(404);
    expect(simulator.pagerduty.incident('Q1')?.status).toBe('triggered');
    expect(await call('PUT', '/incidents', bulk('Q1', 'Q2'))).toMatchObject({
      status: 200,
      body: { incidents: [{ status: 'acknowledged' }, { status: 'acknowledged' }] },
    });
    expect((await call('PUT', '/incidents', bulk(...Array.from({ length: 251 }, () => 'Q1')))).status).toBe(413);
    expect((await call('PUT', '/incidents', bulk('Q1', 'Q1'))).status).toBe(400);
  });

  it('lists by status, in pages', async () => {
    for (const id of ['Q1', 'Q2', 'Q3']) simulator.pagerduty.trigger({ title: id, id });
    simulator.pagerduty.resolve('Q2');
    const open = await call('GET', '/incidents?statuses[]=triggered&statuses[]=acknowledged&limit=1&offset=1&total=true');
    expect(open).toMatchObject({ body: { incidents: [{ id: 'Q3' }], limit: 1, offset: 1, more: false, total: 2 } });
    expect((await call('GET', '/incidents?limit=101')).status).toBe(400);
    expect((await call('GET', '/incidents?limit=100&offset=9901')).status).toBe(400);
  });

  it('merges into an open one', async () => {
    for (const id of ['Q1', 'Q2']) simulator.pagerduty.trigger({ title: id, id });
    const merge = { source_incidents: [{ id: 'Q2', type: 'incident_reference' }] };
    expect((await call('PUT', '/incidents/Q1/merge', merge)).status).toBe(200);
    expect(await call('GET', '/incidents/Q2')).toMatchObject({
      body: { incident: { status: 'resolved', resolve_reason: { incident: { id: 'Q1' } } } },
    });
    expect(await call('PUT', '/incidents/Q1/merge', merge)).toMatchObject({ status: 400, body: { error: { code: 1019 } } });
  });
});

describe('who is on call', () => {
  it('names a person once for each schedule, and one for ever with nulls', async () => {
    const answer = await call('GET', '/oncalls?escalation_policy_ids[]=PEPOL01');
    expect(answer.body).toMatchObject({
      oncalls: [
        { escalation_level: 1, user: { id: 'PUSR002', type: 'user_reference' }, schedule: { id: 'PSCHED1' } },
        { escalation_level: 1, user: { id: 'PUSR002' }, schedule: { id: 'PSCHED2' } },
        { escalation_level: 1, user: { id: 'PUSR003' }, schedule: null, start: null, end: null },
        { escalation_level: 2 },
      ],
    });
    expect(JSON.stringify(answer.body)).not.toContain('@example.test');
  });

  it('shows e-mails only with include[]=users, nobody in a gap, and the permanent ones only without a schedule filter', async () => {
    expect(JSON.stringify((await call('GET', '/oncalls?include[]=users')).body)).toContain('alice@example.test');
    expect((await call('GET', '/oncalls?escalation_policy_ids[]=PEPOL02')).body).toMatchObject({ oncalls: [] });
    expect((await call('GET', '/oncalls?schedule_ids[]=PSCHED2')).body).toMatchObject({ oncalls: [{ user: { id: 'PUSR002' } }] });
  });
});

describe('Events API v2', () => {
  const event = (action: string, key: string) => ({
    routing_key: 'R0UT1NGKEY0SIMULATED0CHECKOUT001',
    event_action: action,
    dedup_key: key,
    payload: { summary: 'HTTP critical', source: 'web-07', severity: 'critical' },
  });

  it('takes everything well-formed, and does only what makes sense', async () => {
    expect(await call('POST', '/v2/enqueue', event('resolve', 'unknown'))).toMatchObject({ status: 202, body: { status: 'success' } });
    expect((await call('POST', '/v2/enqueue', { ...event('trigger', 'k'), routing_key: 'X'.repeat(32) })).status).toBe(202);
    expect(simulator.pagerduty.incidents()).toHaveLength(0);
    for (const action of ['trigger', 'trigger', 'acknowledge', 'acknowledge', 'resolve', 'resolve']) {
      expect((await call('POST', '/v2/enqueue', event(action, 'k'))).status).toBe(202);
    }
    expect(simulator.ledger.map(({ effect }) => effect)).toEqual(['incident.created', 'incident.acknowledged', 'incident.resolved']);
  });

  it('refuses what is malformed', async () => {
    expect((await call('POST', '/v2/enqueue', { ...event('trigger', 'k'), payload: {} })).status).toBe(400);
    expect((await call('POST', '/v2/enqueue', '{')).status).toBe(400);
  });
});

describe('switches', () => {
  it('puts 1002 on top when asked to, and enforces a rate limit', async () => {
    const strict = await startSimulator({ pagerduty: { repeatShape: 'code', rateLimit: 2 } });
    const ask = createCaller(`${strict.url}/pagerduty`, { authorization: 'Token token=simulated-pagerduty-token', from: BOT });
    strict.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    strict.pagerduty.acknowledge('Q1');
    expect(await ask('PUT', '/incidents/Q1', statusBody('acknowledged'))).toMatchObject({ status: 400, body: { error: { code: 1002 } } });
    await ask('GET', '/abilities');
    expect(await ask('GET', '/abilities')).toMatchObject({ status: 429, body: { error: { code: 2020 } } });
    await strict.close();
  });
});
