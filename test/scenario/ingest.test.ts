import { expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { readSample, recorded, samples } from '../connectors/pagerduty/deliveries.ts';
import { describeBridge, SECRET } from '../support/bridge.ts';
import { send, signedHeaders } from '../support/bridge-http.ts';
import { shippedPlaybook } from '../support/bridge-playbooks.ts';

const INCIDENT = 'Q1NC1D3NT0001A';
const TITLE = 'Checkout error rate above 5%';

/** Every sample in the order of its story, with what becomes of it beside an open run. */
const STORY: readonly (readonly [string, string, RegExp])[] = [
  ['pagey.ping.json', 'ignored', /a test delivery/],
  ['incident.triggered.json', 'started', /started pagerduty_incident/],
  ['incident.triggered.events-api.json', 'signalled', /triggered/],
  ['incident.triggered.automation-agent-null.json', 'signalled', /triggered/],
  ['incident.acknowledged.json', 'signalled', /acknowledged/],
  ['incident.reassigned.json', 'signalled', /reassigned/],
  ['incident.escalated.json', 'signalled', /escalated/],
  ['incident.delegated.json', 'signalled', /pagerduty:incident\.delegated/],
  ['incident.priority_updated.json', 'signalled', /priority_changed/],
  ['incident.priority_updated.cleared.json', 'signalled', /priority_changed/],
  ['incident.service_updated.json', 'signalled', /pagerduty:incident\.service_updated/],
  ['incident.annotated.json', 'signalled', /note_added/],
  ['incident.annotated.trimmed-unicode.json', 'signalled', /note_added/],
  ['incident.status_update_published.json', 'signalled', /pagerduty:incident\.status_update_published/],
  ['incident.responder.added.json', 'signalled', /pagerduty:incident\.responder\.added/],
  ['incident.responder.replied.json', 'signalled', /pagerduty:incident\.responder\.replied/],
  ['incident.conference_bridge.updated.json', 'signalled', /pagerduty:incident\.conference_bridge\.updated/],
  ['unknown-future-event.json', 'ignored', /an event type we do not know/],
  ['service.updated.json', 'ignored', /not about an incident/],
  ['incident.unacknowledged.json', 'signalled', /unacknowledged/],
  ['incident.resolved.json', 'signalled', /resolved/],
  // No webhook of our own resolve came here (they are off), so this one passes for it.
  ['incident.resolved.by-integration.json', 'echo', /its run has ended/],
  ['incident.resolved.merged.json', 'ignored', /no open run/],
  ['incident.reopened.json', 'ignored', /no open run/],
];

describeBridge('the door for PagerDuty', (open) => {
  it('gives every sample the outcome it deserves, kept and visible, and answers 202', async () => {
    const b = await open({
      webhooks: false,
      settings: { PAGERDUTY_WEBHOOK_SECRET: `${samples.previous_secret},${samples.secret}` },
    });
    b.trigger(TITLE, { id: INCIDENT });
    expect(STORY.map(([file]) => file).sort()).toEqual(samples.deliveries.map((one) => one.file).sort());
    for (const [file, outcome, reason] of STORY) {
      const headers = samples.deliveries.find((one) => one.file === file)?.headers ?? {};
      expect(await b.sendWebhook(readSample(file), headers)).toMatchObject({ status: 202, body: { status: 'stored' } });
      await b.settle();
      const last = (await b.deliveries()).at(-1);
      expect({ file, outcome: last?.outcome, reason: last?.reason }).toEqual({ file, outcome, reason: expect.stringMatching(reason) });
    }
    expect(await b.findRun(TITLE)).toMatchObject({ state: 'finished', step: 'Resolved', acknowledgedBy: 'Maya Okafor' });
    expect([b.count('channel.created'), b.count('issue.created'), b.count('issue.transitioned')]).toEqual([1, 1, 1]);
  });

  it('opens a run by the recorded real delivery and acknowledges it by the second one', async () => {
    const b = await open({
      webhooks: false,
      playbooks: shippedPlaybook((text) => text.replace('Event.Urgency == "high"', 'Event.Urgency == "low"')),
      settings: { PAGERDUTY_WEBHOOK_SECRET: recorded.secret },
    });
    const { id } = b.trigger('Test', { id: 'Q2CKYRLH85UNN4', urgency: 'low' });
    const headersOf = (signature: string) => ({ 'content-type': 'application/json', 'x-pagerduty-signature': signature });
    const { triggered, acknowledged } = recorded;
    expect(await b.sendWebhook(triggered.body, headersOf(triggered.signature))).toMatchObject({ status: 202 });
    const room = await b.waitFor('the room', () => b.findRoom('INC 1: Test'));
    await b.expectPost('#incidents', /Test/);
    b.simulator.pagerduty.acknowledge(id);
    expect(await b.sendWebhook(acknowledged.body, headersOf(acknowledged.signature))).toMatchObject({ status: 202 });
    await b.expectPost(room.name, /taken by Ben/);
    await b.settle();
    expect(await b.findRun('Test')).toMatchObject({ state: 'running', step: 'Acknowledged', acknowledgedBy: 'Ben' });
    // No X-Webhook-Id was recorded: the same bytes are known by their digest.
    expect(await b.sendWebhook(triggered.body, headersOf(triggered.signature))).toMatchObject({ status: 200 });
  });

  it('refuses what is unsigned, wrongly signed, too large, encoded or not JSON by its header, and keeps nothing of it', async () => {
    const b = await open({ webhooks: false });
    const body = readSample('incident.triggered.json');
    const signed = signedHeaders(body, [SECRET]);
    const { 'x-pagerduty-signature': _signature, ...unsigned } = signed;
    expect(await b.sendWebhook(body, unsigned)).toMatchObject({ status: 401 });
    expect(await b.sendWebhook(body, signedHeaders(body, ['another secret']))).toMatchObject({ status: 401 });
    expect(await b.sendWebhook(Buffer.concat([body, Buffer.from(' ')]), signed)).toMatchObject({ status: 401 });
    expect(await b.sendWebhook('', signedHeaders('', [SECRET]))).toMatchObject({ status: 401 });
    const huge = Buffer.alloc(1_048_577, 32);
    expect(await b.sendWebhook(huge, signedHeaders(huge, [SECRET]))).toMatchObject({ status: 413 });
    const zipped = gzipSync(body);
    expect(await b.sendWebhook(zipped, { ...signedHeaders(zipped, [SECRET]), 'content-encoding': 'gzip' })).toMatchObject({ status: 415 });
    expect(await b.sendWebhook(body, { ...signed, 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
    expect(await send(`${b.url}/hooks/pagerduty`, { method: 'GET' })).toMatchObject({ status: 404 });
    expect(await b.deliveries()).toEqual([]);
    // The door is none the worse for it.
    expect(await b.sendWebhook(body, signed)).toMatchObject({ status: 202 });
    await b.expectState(TITLE, 'running');
  });

  it('answers 503 while its secret is not configured, so that PagerDuty sends again later', async () => {
    const b = await open({ webhooks: false, settings: { PAGERDUTY_WEBHOOK_SECRET: '' } });
    const answer = await b.sendWebhook(readSample('incident.triggered.json'));
    expect(answer).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    expect(await b.deliveries()).toEqual([]);
  });

  it('takes either of two secrets, and a delivery signed with both', async () => {
    const b = await open({ webhooks: false, settings: { PAGERDUTY_WEBHOOK_SECRET: 'older-secret, newer-secret' } });
    const body = readSample('pagey.ping.json').toString();
    const bodyOf = (n: number) => body.replace('01JPNGSAMPLEEVENT000000000', `01JPNGSAMPLEEVENT00000000${String(n)}`);
    const signings = [['older-secret'], ['newer-secret'], ['older-secret', 'newer-secret'], ['unknown', 'newer-secret']];
    for (const [index, secrets] of signings.entries()) {
      expect(await b.sendWebhook(bodyOf(index), signedHeaders(bodyOf(index), secrets))).toMatchObject({ status: 202 });
    }
    expect(await b.sendWebhook(bodyOf(9), signedHeaders(bodyOf(9), ['unknown']))).toMatchObject({ status: 401 });
    expect((await b.deliveries()).map((one) => one.outcome)).toEqual(['ignored', 'ignored', 'ignored', 'ignored']);
  });

  it.each([
    ['no JSON', 'this is not JSON', /not usable JSON/],
    ['an array', '[1,2,3]', /not a V3 event/],
    ['null', 'null', /not a V3 event/],
    [
      'data that is null',
      readSample('incident.triggered.json')
        .toString()
        .replace(/"data":\{.*\}\}\}?$/s, '"data":null}}'),
      /not a V3 event: event\.data/,
    ],
    [
      'an incident without an id',
      readSample('incident.triggered.json').toString().replace(`"id":"${INCIDENT}"`, '"id":""'),
      /event\.data is no incident/,
    ],
    ['a V2 webhook', '{"messages":[{"event":"incident.trigger"}]}', /V1\/V2 webhook/],
    ['prototype keys', '{"event":{"__proto__":{"admin":true}}}', /not usable JSON/],
    ['ten thousand brackets', '['.repeat(10_000), /nested deeper/],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0xfe, 0x00, 0x7d]), /not usable JSON/],
  ])('keeps and shows what it can’t read: %s', async (_name, body, reason) => {
    const b = await open({ webhooks: false });
    expect(await b.sendWebhook(body)).toMatchObject({ status: 202 });
    await b.settle();
    expect(await b.deliveries()).toEqual([
      expect.objectContaining({ outcome: 'unreadable', reason: expect.stringMatching(reason), runIds: [] }),
    ]);
  });

  it('opens a room for an incident whose title holds NUL, lone surrogates and markup', async () => {
    const b = await open({ webhooks: false });
    const title = String.raw`A\u0000B\ud800C @all **bold** {{.Event.URL}}`;
    const body = readSample('incident.triggered.json').toString().replaceAll(TITLE, title);
    b.trigger(TITLE, { id: INCIDENT });
    expect(await b.sendWebhook(body)).toMatchObject({ status: 202 });
    const room = await b.waitFor('the room', () => b.findRoom('AB\uFFFDC'));
    await b.expectPost('#incidents', /AB\uFFFDC/);
    await b.settle();
    expect(room.displayName).toBe('INC 1: AB\uFFFDC @all **bold** {{.Event.URL}}');
    const card = b.cardIn(room.name, 'Resolve');
    expect(card?.message).toContain('{{.Event.URL}}');
    expect(card?.message).not.toMatch(/(^|[^\\\u200b])@all/);
    expect(b.simulator.jira.issue('OPS-1')?.summary).toBe('AB\uFFFDC @all **bold** {{.Event.URL}}');
  });
});
