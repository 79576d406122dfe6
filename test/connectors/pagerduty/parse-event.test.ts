import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { IncidentEvent } from '../../../src/core/event.ts';
import { identifyPagerDuty, parsePagerDuty } from '../../../src/connectors/pagerduty/parse-event.ts';
import { readSample, recorded } from './deliveries.ts';

function eventOf(raw: Buffer): IncidentEvent {
  const parsed = parsePagerDuty(raw);
  if (parsed.kind !== 'event') throw new Error(`${parsed.kind}: ${parsed.reason}`);
  return parsed.event;
}

const Sample = z.object({ event: z.record(z.string(), z.unknown()) });

function body(change: (event: Record<string, unknown>) => void): Buffer {
  const parsed = Sample.parse(JSON.parse(readSample('incident.triggered.json').toString()));
  change(parsed.event);
  return Buffer.from(JSON.stringify(parsed));
}

describe('parsePagerDuty', () => {
  test.each([
    ['incident.triggered.json', 'triggered'],
    ['incident.triggered.events-api.json', 'triggered'],
    ['incident.triggered.automation-agent-null.json', 'triggered'],
    ['incident.acknowledged.json', 'acknowledged'],
    ['incident.unacknowledged.json', 'unacknowledged'],
    ['incident.resolved.json', 'resolved'],
    ['incident.resolved.by-integration.json', 'resolved'],
    ['incident.resolved.merged.json', 'merged'],
    ['incident.reopened.json', 'reopened'],
    ['incident.reassigned.json', 'reassigned'],
    ['incident.escalated.json', 'escalated'],
    ['incident.priority_updated.json', 'priority_changed'],
    ['incident.priority_updated.cleared.json', 'priority_changed'],
    ['incident.annotated.json', 'note_added'],
    ['incident.annotated.trimmed-unicode.json', 'note_added'],
    ['incident.delegated.json', 'pagerduty:incident.delegated'],
    ['incident.service_updated.json', 'pagerduty:incident.service_updated'],
    ['incident.conference_bridge.updated.json', 'pagerduty:incident.conference_bridge.updated'],
    ['incident.responder.added.json', 'pagerduty:incident.responder.added'],
    ['incident.responder.replied.json', 'pagerduty:incident.responder.replied'],
    ['incident.status_update_published.json', 'pagerduty:incident.status_update_published'],
  ])('reads %s as %s about the incident', (file, type) => {
    const event = eventOf(readSample(file));
    expect(IncidentEvent.parse(event)).toEqual(event);
    expect(event.type).toBe(type);
    expect(event.key).toBe('pagerduty:Q1NC1D3NT0001A');
    expect(event.references).toContainEqual({ kind: 'pager.incident', value: 'pagerduty:Q1NC1D3NT0001A' });
    expect(event.actor.name).not.toBe('');
    expect(event.fields.URL).toBe('https://northwind.pagerduty.com/incidents/Q1NC1D3NT0001A');
  });

  test.each([['pagey.ping.json'], ['service.updated.json'], ['unknown-future-event.json']])('ignores %s with a reason', (file) => {
    expect(parsePagerDuty(readSample(file))).toMatchObject({ kind: 'ignored', reason: expect.stringMatching(/./) });
  });

  test('reads every field of an incident', () => {
    expect(eventOf(readSample('incident.triggered.json'))).toEqual({
      source: 'pagerduty',
      type: 'triggered',
      vendorType: 'pagerduty:incident.triggered',
      occurredAt: '2026-03-11T09:14:02.311Z',
      key: 'pagerduty:Q1NC1D3NT0001A',
      references: [
        { kind: 'pager.incident', value: 'pagerduty:Q1NC1D3NT0001A' },
        { kind: 'pager.dedup_key', value: 'pagerduty:b9a1f2c07d4e4b58a0c3d6e7f8091a2b' },
      ],
      actor: { name: 'Maya Okafor', username: '', email: '', id: 'pagerduty:PUSR001' },
      fields: {
        Source: 'pagerduty',
        Title: 'Checkout error rate above 5%',
        Description: '',
        Severity: 'P1',
        Urgency: 'high',
        Status: 'triggered',
        Service: 'checkout-api',
        Host: '',
        URL: 'https://northwind.pagerduty.com/incidents/Q1NC1D3NT0001A',
        Key: 'b9a1f2c07d4e4b58a0c3d6e7f8091a2b',
        StartedAt: '2026-03-11T09:14:02Z',
        MergedInto: { URL: '' },
        Vendor: {
          number: 4182,
          incident_id: 'Q1NC1D3NT0001A',
          priority: 'P1',
          escalation_policy_id: 'PEPOL01',
          escalation_policy: 'Checkout primary',
          service_id: 'PSVC010',
          assignees: [{ id: 'PUSR001', name: 'Maya Okafor' }],
          teams: [{ id: 'PTEAM01', name: 'Storefront' }],
          resolve_reason: '',
          merged_into_id: '',
          client: '',
        },
      },
    });
  });

  test('points a merged incident at the surviving one', () => {
    const { fields } = eventOf(readSample('incident.resolved.merged.json'));
    expect(fields.MergedInto.URL).toBe('https://northwind.pagerduty.com/incidents/Q1NC1D3NT0009Z');
    expect(fields.Vendor['merged_into_id']).toBe('Q1NC1D3NT0009Z');
  });

  test('calls the actor PagerDuty where nobody is named, and an integration by its name', () => {
    expect(eventOf(readSample('incident.triggered.automation-agent-null.json')).actor).toMatchObject({ name: 'PagerDuty', id: '' });
    expect(eventOf(readSample('incident.triggered.events-api.json')).actor).toMatchObject({
      name: 'Nagios bridge (Events API v2)',
      id: 'pagerduty:PINT001',
    });
  });

  test('reads the real deliveries', () => {
    expect(eventOf(recorded.triggered.body)).toMatchObject({
      type: 'triggered',
      key: 'pagerduty:Q2CKYRLH85UNN4',
      fields: { Urgency: 'low' },
    });
    expect(eventOf(recorded.acknowledged.body)).toMatchObject({ type: 'acknowledged', actor: { name: 'Ben' } });
  });

  test('reads incidents of older accounts, which lack key, start and type', () => {
    const raw = body((event) => {
      event['data'] = { id: 'Q1', type: 'incident' };
    });
    expect(eventOf(raw)).toMatchObject({
      references: [{ kind: 'pager.incident', value: 'pagerduty:Q1' }],
      fields: { Key: '', StartedAt: '' },
    });
  });

  test('finds the incident of a role assignment in its list', () => {
    const raw = body((event) => {
      event['event_type'] = 'incident.role.assigned';
      event['data'] = { type: 'incident_role_assignment', incident_role_assignments: [{ incident: { id: 'Q7', summary: null } }] };
    });
    expect(eventOf(raw)).toMatchObject({ key: 'pagerduty:Q7', fields: { Title: '' } });
  });

  test.each([
    ['no JSON', Buffer.from('hello')],
    ['an empty body', Buffer.alloc(0)],
    ['a list', Buffer.from('[]')],
    ['null', Buffer.from('null')],
    ['a raw NUL', Buffer.from('{"event":\u0000}')],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0x7b])],
    ['null data', body((event) => (event['data'] = null))],
    ['data without an id', body((event) => (event['data'] = { type: 'incident' }))],
    [
      'a note without an incident',
      body((event) => Object.assign(event, { event_type: 'incident.annotated', data: { type: 'incident_note' } })),
    ],
    ['a time that is none', body((event) => (event['occurred_at'] = 'yesterday'))],
    ['__proto__', Buffer.from('{"event":{"__proto__":{"polluted":true}}}')],
    ['constructor.prototype', Buffer.from('{"event":{"constructor":{"prototype":{"polluted":true}}}}')],
    ['deep nesting', Buffer.from('['.repeat(7_000))],
    ['deep nesting in a good event', body((event) => (event['client'] = nested(80)))],
    ['too many values', Buffer.from(`[${'1,'.repeat(20_000)}1]`)],
  ])('keeps %s as unreadable', (_name, raw) => {
    expect(parsePagerDuty(raw)).toMatchObject({ kind: 'unreadable', reason: expect.stringMatching(/./) });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('tells what to do about V1 and V2 webhooks', () => {
    expect(parsePagerDuty(Buffer.from('{"messages":[{"event":"incident.trigger"}]}'))).toMatchObject({
      kind: 'unreadable',
      reason: expect.stringContaining('v3'),
    });
  });

  test('takes NUL and lone surrogates out of texts and keeps the event', () => {
    const raw = Buffer.from(
      body((event) => event)
        .toString()
        .replace('Checkout error', 'a\\u0000b\\ud800c \\ud83d\\ude80'),
    );
    expect(eventOf(raw).fields.Title).toBe('ab\uFFFDc \u{1F680} rate above 5%');
  });

  test('is total: any bytes and any JSON have an outcome, without NUL and well formed', () => {
    const known = fc.constantFrom('incident.triggered', 'incident.annotated', 'pagey.ping', 'incident.role.assigned');
    const envelope = fc.record({
      event: fc.record(
        {
          id: fc.string({ unit: 'binary' }),
          event_type: known,
          occurred_at: fc.constant('2026-01-01T00:00:00Z'),
          agent: fc.jsonValue(),
          data: fc.object(),
        },
        { requiredKeys: [] },
      ),
    });
    const raws = fc.oneof(
      fc.uint8Array(),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      envelope.map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(raws, (raw) => {
        const bytes = typeof raw === 'string' ? Buffer.from(raw) : Buffer.from(raw);
        const parsed = parsePagerDuty(bytes);
        const text = JSON.stringify(parsed);
        expect(text).not.toMatch(/\\u0000|\\ud[89a-f]/i);
        if (parsed.kind === 'event') IncidentEvent.parse(parsed.event);
        identifyPagerDuty({ headers: {}, rawBody: bytes });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('identifyPagerDuty', () => {
  test('names a delivery by its webhook id and its event id', () => {
    const rawBody = readSample('incident.triggered.json');
    expect(identifyPagerDuty({ headers: { 'x-webhook-id': 'abc' }, rawBody })).toEqual({
      deliveryKey: 'abc',
      eventKey: '01J01SAMPLEEVENT0000000000',
    });
  });

  test('falls back to a digest of the body', () => {
    const first = identifyPagerDuty({ headers: {}, rawBody: Buffer.from('x') });
    expect(first).toEqual({ deliveryKey: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), eventKey: undefined });
    expect(identifyPagerDuty({ headers: {}, rawBody: Buffer.from('x') })).toEqual(first);
    expect(identifyPagerDuty({ headers: {}, rawBody: Buffer.from('y') })).not.toEqual(first);
  });
});

function nested(depth: number): unknown {
  return depth === 0 ? 1 : { a: nested(depth - 1) };
}
