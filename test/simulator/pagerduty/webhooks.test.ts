import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../../src/simulator/start.ts';
import { startReceiver, type Receiver } from '../../support/webhook-receiver.ts';
import { readEach, readPath, readTextAt } from '../../support/read-path.ts';
import { createCaller } from '../../support/vendor-caller.ts';

let receiver: Receiver;
let simulator: Simulator;

const start = async (pagerduty: SimulatorOptions['pagerduty'] = {}) => {
  simulator = await startSimulator({
    bridgeUrl: receiver.url,
    pagerdutyWebhookSecrets: ['old secret', 'new secret'],
    pagerduty: { retryDelaysMs: [5], ...pagerduty },
  });
  return createCaller(`${simulator.url}/pagerduty`, {
    authorization: 'Token token=simulated-pagerduty-token',
    from: 'incident-bridge@example.test',
  });
};

beforeEach(async () => {
  receiver = await startReceiver();
});
afterEach(async () => {
  await simulator.close();
  await receiver.close();
});

const eventAt = (position: number) => readPath(JSON.parse(receiver.received[position]?.body ?? 'null'), 'event');
const each = (...path: readonly string[]) => receiver.received.map(({ body }) => readPath(JSON.parse(body), 'event', ...path));
const types = () => each('event_type');

describe('a delivery', () => {
  it('is signed over its raw bytes with every secret', async () => {
    await start();
    simulator.pagerduty.trigger({ title: 'Größe überschritten' });
    await simulator.pagerduty.idle();
    const [delivery] = receiver.received;
    expect(delivery?.path).toBe('/hooks/pagerduty');
    const sign = (secret: string) =>
      `v1=${createHmac('sha256', secret)
        .update(delivery?.body ?? '')
        .digest('hex')}`;
    expect(delivery?.headers).toMatchObject({
      'x-pagerduty-signature': `${sign('old secret')},${sign('new secret')}`,
      'user-agent': 'PagerDuty-Webhook/V3.0',
      'content-type': 'application/json',
      'x-webhook-subscription': 'PHOOK01',
    });
    expect(delivery?.headers['x-webhook-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has the keys of a captured one, in their order', async () => {
    await start();
    simulator.pagerduty.trigger({ title: 'Disk full' });
    await simulator.pagerduty.idle();
    const event = eventAt(0);
    const keysOf = (...path: readonly string[]) => Object.keys(readPath(event, ...path) ?? {});
    expect(keysOf()).toEqual(['id', 'event_type', 'resource_type', 'occurred_at', 'agent', 'client', 'data']);
    expect(keysOf('agent')).toEqual(['html_url', 'id', 'self', 'summary', 'type']);
    expect(keysOf('data')).toEqual(CAPTURED_KEYS);
    expect(readPath(event, 'data', 'created_at')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  });

  it('echoes each REST write in the name of its From user, in order', async () => {
    const call = await start();
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    await call('PUT', '/incidents/Q1', { incident: { type: 'incident', status: 'acknowledged', priority: 'P1' } });
    await call('POST', '/incidents/Q1/notes', { note: { content: 'hello' } });
    await call('PUT', '/incidents/Q1', { incident: { type: 'incident', status: 'resolved' } });
    simulator.pagerduty.reopen('Q1', 'bob@example.test');
    await simulator.pagerduty.idle();
    expect(types()).toEqual([
      'incident.triggered',
      'incident.priority_updated',
      'incident.acknowledged',
      'incident.annotated',
      'incident.resolved',
      'incident.reopened',
    ]);
    const agents = each('agent', 'id');
    expect(agents).toEqual(['PUSR001', 'PUSRBOT', 'PUSRBOT', 'PUSRBOT', 'PUSRBOT', 'PUSR003']);
    const note = readPath(eventAt(3), 'data');
    expect(note).toMatchObject({ type: 'incident_note', incident: { id: 'Q1' }, content: 'hello', trimmed: false });
  });

  it('has no agent when an acknowledgement times out', async () => {
    await start();
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    simulator.pagerduty.acknowledge('Q1');
    simulator.pagerduty.unacknowledge('Q1');
    await simulator.pagerduty.idle();
    expect(eventAt(2)).toMatchObject({ event_type: 'incident.unacknowledged', agent: null });
  });
});

describe('the sender', () => {
  it('retries 429, 5xx and broken connections with the same id, and holds later events of the incident back', async () => {
    await start();
    receiver.answerWith('429', '503', 'destroy');
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    simulator.pagerduty.acknowledge('Q1');
    await simulator.pagerduty.idle();
    expect(types()).toEqual([
      'incident.triggered',
      'incident.triggered',
      'incident.triggered',
      'incident.triggered',
      'incident.acknowledged',
    ]);
    expect(new Set(receiver.received.map(({ headers }) => headers['x-webhook-id'])).size).toBe(2);
    expect(simulator.pagerduty.sentWebhooks[0]).toMatchObject({
      outcome: 'delivered',
      attempts: [{ status: 429 }, { status: 503 }, { status: 0 }, { status: 200 }],
    });
  });

  it('does not hold back other incidents', async () => {
    await start({ retryDelaysMs: [50] });
    receiver.answerWith('503');
    simulator.pagerduty.trigger({ title: 'One', id: 'Q1' });
    simulator.pagerduty.trigger({ title: 'Two', id: 'Q2' });
    await simulator.pagerduty.idle();
    expect(each('data', 'id')).toEqual(['Q1', 'Q2', 'Q1']);
  });

  it('gives up waiting after the timeout and tries again', async () => {
    await start({ timeoutMs: 40 });
    receiver.answerWith('hang');
    simulator.pagerduty.trigger({ title: 'Disk full' });
    await simulator.pagerduty.idle();
    expect(simulator.pagerduty.sentWebhooks[0]?.attempts.map(({ status }) => status)).toEqual([0, 200]);
  });

  it('drops on other 4xx, and after three drops in a row disables the subscription until it is enabled', async () => {
    const call = await start();
    receiver.answerWith('401', '404', '413');
    for (const id of ['Q1', 'Q2', 'Q3']) {
      simulator.pagerduty.trigger({ title: id, id });
      await simulator.pagerduty.idle();
    }
    simulator.pagerduty.trigger({ title: 'Lost', id: 'Q4' });
    await simulator.pagerduty.idle();
    expect(receiver.received).toHaveLength(3);
    expect(await call('GET', '/webhook_subscriptions')).toMatchObject({
      body: { webhook_subscriptions: [{ delivery_method: { temporarily_disabled: true, secret: null } }] },
    });
    expect(await call('POST', '/webhook_subscriptions/PHOOK01/enable')).toMatchObject({
      body: { webhook_subscription: { delivery_method: { temporarily_disabled: false } } },
    });
    simulator.pagerduty.trigger({ title: 'Arrives', id: 'Q5' });
    await simulator.pagerduty.idle();
    expect(receiver.received).toHaveLength(4);
  });

  it('sends each delivery several times when told to, under one id', async () => {
    await start({ duplicateDeliveries: 3 });
    simulator.pagerduty.trigger({ title: 'Disk full' });
    await simulator.pagerduty.idle();
    expect(receiver.received).toHaveLength(3);
    expect(new Set(receiver.received.map(({ headers }) => headers['x-webhook-id'])).size).toBe(1);
  });

  it('writes every answer into the ledger', async () => {
    await start();
    simulator.pagerduty.trigger({ title: 'Disk full', id: 'Q1' });
    await simulator.pagerduty.idle();
    expect(simulator.ledger.at(-1)).toMatchObject({
      effect: 'webhook.answered',
      subject: 'Q1',
      detail: { status: 200, eventType: 'incident.triggered' },
    });
  });
});

describe('subscriptions', () => {
  it('shows the secret once, filters by event and service, and pings', async () => {
    const call = await start();
    const created = await call('POST', '/webhook_subscriptions', {
      webhook_subscription: {
        type: 'webhook_subscription',
        delivery_method: { type: 'http_delivery_method', url: `${receiver.url}/other` },
        events: ['incident.resolved'],
        filter: { type: 'service_reference', id: 'PSVC020' },
      },
    });
    const id = readTextAt(created.body, 'webhook_subscription', 'id');
    expect(readTextAt(created.body, 'webhook_subscription', 'delivery_method', 'secret')).toHaveLength(64);
    for (const [id, serviceId] of [
      ['Q1', 'PSVC010'],
      ['Q2', 'PSVC020'],
    ] as const) {
      simulator.pagerduty.trigger({ title: id, id, serviceId });
      simulator.pagerduty.resolve(id);
    }
    expect((await call('POST', `/webhook_subscriptions/${id}/ping`)).status).toBe(202);
    await simulator.pagerduty.idle();
    const other = receiver.received.filter(({ path }) => path === '/other').map(({ body }): unknown => JSON.parse(body));
    expect(readEach(other, 'event', 'event_type').sort()).toEqual(['incident.resolved', 'pagey.ping']);
    expect(readEach(other, 'event', 'data', 'id')).toContain('Q2');
    expect(readEach(other, 'event', 'data', 'id')).not.toContain('Q1');
    expect((await call('POST', '/webhook_subscriptions/NONE/ping')).status).toBe(404);
  });
});

const CAPTURED_KEYS = [
  'id',
  'type',
  'self',
  'html_url',
  'number',
  'status',
  'incident_key',
  'created_at',
  'title',
  'service',
  'assignees',
  'escalation_policy',
  'teams',
  'priority',
  'urgency',
  'conference_bridge',
  'resolve_reason',
  'incident_type',
];
