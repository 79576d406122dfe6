import { expect, it } from '@jest/globals';
import { readSample } from '../connectors/pagerduty/deliveries.ts';
import { describeBridge, SECRET } from '../support/bridge.ts';
import { signedHeaders, type Answer } from '../support/bridge-http.ts';

const HOUR = 3_600_000;
const INCIDENTS = 100;
const TIMES = 10;

const SMALL = `
name: small
chat: mattermost
triggers:
  - { name: Incident, type: pagerduty, events: [triggered] }
steps:
  - name: Only
    start_actions:
      - { name: Say, type: post, channel_name: incidents, message: 'Seen {{.Event.URL}}' }
      - { name: End, type: finished_workflow }
`;

interface Webhook {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const sample = readSample('incident.triggered.json').toString();
const dedupKey = /"incident_key":"(\w+)"/.exec(sample)?.[1] ?? '';
const webhooks: readonly Webhook[] = Array.from({ length: INCIDENTS }, (_, index) => {
  const number = String(index).padStart(4, '0');
  const body = sample
    .replaceAll('Q1NC1D3NT0001A', `Q1NC1D3NT${number}A`)
    .replace(dedupKey, `${dedupKey}-${number}`)
    .replace('01J01SAMPLEEVENT0000000000', `01J01SAMPLEEVENT000000${number}`);
  return { body, headers: signedHeaders(body, [SECRET]) };
});

/** On eight connections at once. */
async function sendAll(all: readonly Webhook[], sendOne: (webhook: Webhook) => Promise<Answer>): Promise<readonly number[]> {
  const left = [...all];
  const statuses: number[] = [];
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (let next = left.shift(); next; next = left.shift()) statuses.push((await sendOne(next)).status);
    }),
  );
  return statuses;
}

describeBridge('duplicates', (open) => {
  it('makes one row and one run of a hundred webhooks sent ten times at once, again after a restart and after a day', async () => {
    const b = await open({ playbooks: SMALL, webhooks: false });
    const sendOne = (webhook: Webhook) => b.sendWebhook(webhook.body, webhook.headers);
    const statuses = await sendAll(
      webhooks.flatMap((webhook) => Array.from({ length: TIMES }, () => webhook)),
      sendOne,
    );
    expect(statuses.filter((status) => status === 202)).toHaveLength(INCIDENTS);
    expect(statuses.filter((status) => status === 200)).toHaveLength(INCIDENTS * (TIMES - 1));
    await b.settle();
    await b.stop();
    await b.start();
    expect(await sendAll(webhooks, sendOne)).toEqual(webhooks.map(() => 200));
    await b.clock.advance(24 * HOUR);
    // The same event by way of a second subscription: another delivery id, the same event id.
    const again = webhooks.map(({ body }) => ({ body, headers: signedHeaders(body, [SECRET]) }));
    expect(await sendAll(again, sendOne)).toEqual(webhooks.map(() => 200));
    await b.settle();

    expect((await b.deliveries()).map((one) => one.outcome)).toEqual(webhooks.map(() => 'started'));
    expect((await b.listRuns()).map((run) => run.state)).toEqual(webhooks.map(() => 'finished'));
    expect(b.count('post.created')).toBe(INCIDENTS);
    expect(new Set(b.simulator.mattermost.posts('incidents').map((one) => one.message)).size).toBe(INCIDENTS);
  });
});
