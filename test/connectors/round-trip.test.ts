import { createServer, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, test } from '@jest/globals';
import { mattermostInteractive } from '../../src/connectors/mattermost/parse-click.ts';
import { mattermost } from '../../src/connectors/mattermost/index.ts';
import { pagerduty } from '../../src/connectors/pagerduty/index.ts';
import { systemClock as clock } from '../../src/core/clock.ts';
import type { ButtonClick, EventIngest, ParsedDelivery, Refusal } from '../../src/core/connector.ts';
import { startSimulator } from '../../src/simulator/start.ts';
import { callContext, createTestLog, credentials } from './open-vendors.ts';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A door that does with each request as told, and answers with JSON. */
async function listen(handle: (request: IncomingMessage, rawBody: Buffer) => unknown): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('Content-Type', 'application/json');
      response.end(JSON.stringify(handle(request, Buffer.concat(chunks))));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : '';
}

describe('with the simulated vendors', () => {
  test('a press on our button comes back with our token, and the answer is for the presser alone', async () => {
    const clicks: (ButtonClick | undefined)[] = [];
    const publicUrl = await listen((request, rawBody) => {
      expect(request.url).toBe('/hooks/mattermost/actions');
      clicks.push(mattermostInteractive.parseClick(JSON.parse(rawBody.toString())));
      return mattermostInteractive.answer('Too late');
    });
    const simulator = await startSimulator({ clock });
    cleanups.push(() => simulator.close());
    const settings = mattermost.settings.parse({ url: `${simulator.url}/mattermost`, token: credentials.mattermost, team: 'ops' });
    const connector = mattermost.create(settings, { clock, log: createTestLog(), publicUrl });
    cleanups.push(() => connector.close());

    const channel = { name: 'inc-7', displayName: 'INC 7', header: '', purpose: '', private: false, ifExists: 'fail' as const };
    const { id: channelId } = (await connector.chat?.createChannel.call(channel, callContext('ib-c'))) ?? { id: '' };
    const sections = [
      { title: 'Open', text: '', color: '', buttons: [{ label: 'Acknowledge', style: 'primary' as const, token: 'v1.t0ken' }] },
    ];
    const post = await connector.chat?.post.call({ channelId, message: { text: 'x', sections } }, callContext('ib-p'));
    simulator.mattermost.join('kathy', 'inc-7');
    const result = await simulator.mattermost.click('kathy', post?.id ?? '', 'Acknowledge');

    expect(result).toMatchObject({ status: 200, ephemeral: 'Too late' });
    expect(clicks).toMatchObject([{ token: 'v1.t0ken', username: 'kathy', channelId, postId: post?.id }]);
  });

  test("PagerDuty's webhooks are verified, named and read", async () => {
    const seen: { refusal: Refusal; parsed: ParsedDelivery; key: string }[] = [];
    const ingest: { door?: EventIngest } = {};
    const bridgeUrl = await listen((request, rawBody) => {
      const door = ingest.door;
      if (!door) throw new Error('no door yet');
      const signed = { headers: request.headers, rawBody };
      seen.push({ refusal: door.verify(signed, door.secrets), parsed: door.parse(rawBody), key: door.identify(signed).deliveryKey });
      return {};
    });
    const simulator = await startSimulator({ clock, bridgeUrl, pagerdutyWebhookSecrets: ['old-secret', 'new-secret'] });
    cleanups.push(() => simulator.close());
    const settings = pagerduty.settings.parse({
      apiUrl: `${simulator.url}/pagerduty`,
      token: credentials.pagerduty,
      from: credentials.from,
      webhookSecret: 'new-secret',
    });
    const connector = pagerduty.create(settings, { clock, log: createTestLog(), publicUrl: bridgeUrl });
    cleanups.push(() => connector.close());
    if (connector.ingest) ingest.door = connector.ingest;

    const { id } = simulator.pagerduty.trigger({ title: 'Checkout error rate' });
    await connector.pager?.setStatus.call({ incidentId: id, status: 'acknowledged' }, callContext('a'));
    await connector.pager?.setStatus.call({ incidentId: id, status: 'resolved' }, callContext('r'));
    await simulator.pagerduty.idle();

    expect(seen.map(({ refusal }) => refusal)).toEqual([undefined, undefined, undefined]);
    expect(new Set(seen.map(({ key }) => key)).size).toBe(3);
    expect(seen.map(({ parsed }) => parsed)).toMatchObject([
      { kind: 'event', event: { type: 'triggered', key: `pagerduty:${id}` } },
      { kind: 'event', event: { type: 'acknowledged', actor: { id: 'pagerduty:PUSRBOT' } } },
      { kind: 'event', event: { type: 'resolved' } },
    ]);
  });
});
