import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { describeBridge, type Bridge } from '../support/bridge.ts';
import { getTestPostgres } from '../support/database.ts';

const RUNS = 20;
const titles = Array.from({ length: RUNS }, (_, index) => `Incident number ${String(index + 100)}`);

async function countLeases(b: Bridge): Promise<number> {
  const { rows } = await b.store.database.query('SELECT count(*)::int AS held FROM bridge.runs WHERE owner IS NOT NULL');
  return z.object({ held: z.number() }).parse(rows[0]).held;
}

describeBridge('stopping and starting', (open, mode) => {
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

  // Elsewhere one process starts alone.
  if (mode !== 'scaled') return;
  it('lets three processes meet one empty database: it is made once, and they work', async () => {
    const b = await open();
    await b.stop();
    const server = await getTestPostgres();
    await b.start({ DATABASE_URL: server.url(await server.createDatabase()) });
    b.trigger('The first one ever');
    const room = await b.expectRoom('The first one ever');
    await b.pressButton('alice', room.name, 'Resolve');
    await b.expectPost('#incidents', /^:white_check_mark: Resolved/);
    expect([b.count('channel.created'), b.count('issue.created')]).toEqual([1, 1]);
  });
});
