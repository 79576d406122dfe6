import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeBridge, type Bridge } from '../support/bridge.ts';
import { createTestDatabaseUrl } from '../support/database.ts';

const RUNS = 20;
const titles = Array.from({ length: RUNS }, (_, index) => `Incident number ${String(index + 100)}`);

async function countLeases(b: Bridge): Promise<number> {
  const { rows } = await b.store.database.query('SELECT count(*)::int AS held FROM bridge.runs WHERE owner IS NOT NULL');
  return z.object({ held: z.number() }).parse(rows[0]).held;
}

describeBridge('stopping', (open) => {
  it('lets calls under way end, frees all leases, and the next start goes on where it was, nothing lost or doubled', async () => {
    const b = await open();
    for (const vendor of ['mattermost', 'jira'] as const) b.simulator.addFault({ vendor, kind: 'slow', delayMs: 20 });
    for (const title of titles) b.trigger(title);
    for (const progress of [2, 10, 25, 60, 110]) {
      await b.waitFor(
        `${String(progress)} effects`,
        () => b.simulator.requests.filter(({ method }) => method !== 'GET').length >= progress,
      );
      await b.stop();
      expect(await countLeases(b)).toBe(0);
      // A read may be cut off; a change is waited for.
      expect(b.simulator.requests.filter(({ method, status }) => method !== 'GET' && status === 0)).toEqual([]);
      await b.start();
    }
    await Promise.all(titles.map((title) => b.expectRoom(title)));
    await b.settle();
    for (const { id } of b.simulator.pagerduty.incidents()) b.simulator.pagerduty.resolve(id);
    await b.waitFor('all ends', async () => (await b.listRuns()).every((run) => run.state === 'finished'), 20_000);
    await b.settle();
    expect(await b.listRuns()).toHaveLength(RUNS);
    const counts = ['channel.created', 'issue.created', 'member.added', 'issue.transitioned', 'post.created'].map((effect) =>
      b.count(effect),
    );
    expect(counts).toEqual([RUNS, RUNS, 3 * RUNS, RUNS, 5 * RUNS]);
  });

  it('answers who comes while it stops with 503, or takes what it answers 202', async () => {
    const b = await open({ webhooks: false });
    const body = JSON.stringify({ event: { id: 'EV1', event_type: 'pagey.ping', occurred_at: '2026-03-11T08:00:00Z', data: {} } });
    const [answer] = await Promise.all([
      b.sendWebhook(body).then(
        ({ status }) => status,
        () => 0,
      ),
      b.stop(),
    ]);
    await b.start();
    expect((await b.deliveries()).length).toBe(answer === 202 ? 1 : 0);
  });
});

describeBridge('starting together', (open, mode) => {
  it('lets several processes meet one empty database', async () => {
    if (mode === 'embedded') return; // One process alone has an embedded database; its lock has a test of its own.
    const b = await open({ webhooks: false });
    await b.stop();
    await b.start({ DATABASE_URL: await createTestDatabaseUrl() });
    await b.stop();
    await b.start();
  });
});
