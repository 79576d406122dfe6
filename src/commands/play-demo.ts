import type { App } from '../app.ts';
import { systemClock } from '../core/clock.ts';
import type { Simulator } from '../simulator/start.ts';

export interface DemoResult {
  readonly ok: boolean;
  readonly reasons: readonly string[];
  readonly run: {
    readonly id: string;
    readonly playbook: string;
    readonly number: number;
    readonly state: string;
    readonly step: string;
    readonly title: string;
  };
  readonly effects: readonly { readonly vendor: string; readonly effect: string; readonly subject: string; readonly by: string }[];
}

const TITLE = 'Checkout error rate above 5%';
const PATIENCE_MS = 15_000;

/** What must have happened at the vendors, each exactly once. */
const EXPECTED: readonly { readonly effect: string; readonly times: number }[] = [
  { effect: 'channel.created', times: 1 },
  { effect: 'issue.created', times: 1 },
  { effect: 'incident.acknowledged', times: 1 },
  { effect: 'incident.resolved', times: 1 },
  { effect: 'issue.transitioned', times: 1 },
];

/** A signed `incident.triggered`, then Acknowledge and Resolve pressed in the simulated chat, then the end of the run. */
export async function playDemo(simulator: Simulator, app: App): Promise<DemoResult> {
  const { pagerduty, mattermost, ledger } = simulator;
  const incident = pagerduty.trigger({ title: TITLE, urgency: 'high' });
  const reasons: string[] = [];
  const until = (what: string, done: () => boolean) => waitUntil(simulator, what, done, reasons);

  const roomOf = () => mattermost.channels().find((channel) => channel.displayName.includes(TITLE));
  const cardOf = () => {
    const room = roomOf();
    return room && mattermost.posts(room.name).find((post) => post.attachments.some((section) => section.actions.length > 0));
  };
  const press = async (label: string): Promise<void> => {
    const card = cardOf();
    const answer = card && (await mattermost.click('alice', card.id, label));
    if (answer?.status !== 200) reasons.push(`pressing ${label} answered ${answer?.status ?? 'nothing'}`);
  };

  // Only members of the channel may press, so Alice waits until she was added.
  if (
    await until(
      'the card, and Alice in the channel',
      () => cardOf() !== undefined && mattermost.members(roomOf()?.name ?? '').includes('alice'),
    )
  ) {
    await press('Acknowledge');
    await until('PagerDuty acknowledged', () => pagerduty.incident(incident.id)?.status === 'acknowledged');
    await press('Resolve');
    await until('PagerDuty resolved', () => pagerduty.incident(incident.id)?.status === 'resolved');
    await until('the Jira issue done', () => ledger.some((entry) => entry.effect === 'issue.transitioned'));
  }
  const run = await lastRun(app, reasons);
  for (const { effect, times } of EXPECTED) {
    const count = ledger.filter((entry) => entry.effect === effect).length;
    if (count !== times) reasons.push(`${effect} happened ${count} times, not ${times}`);
  }
  return {
    ok: reasons.length === 0,
    reasons,
    run,
    effects: ledger.map(({ vendor, effect, subject, by }) => ({ vendor, effect, subject, by })),
  };
}

async function waitUntil(simulator: Simulator, what: string, done: () => boolean, reasons: string[]): Promise<boolean> {
  if (done()) return true;
  const waited = new AbortController();
  const happened = new Promise<boolean>((resolve) => {
    const stop = simulator.subscribe(() => {
      if (done()) resolve(true);
    });
    waited.signal.addEventListener('abort', () => {
      stop();
      resolve(false);
    });
  });
  void systemClock.sleep(PATIENCE_MS, waited.signal).then(() => {
    waited.abort();
  });
  const ok = await happened;
  waited.abort();
  if (!ok) reasons.push(`${what} did not come within ${PATIENCE_MS / 1000} s`);
  return ok;
}

/** The run as the bridge itself tells of it, once it has ended. */
async function lastRun(app: App, reasons: string[]): Promise<DemoResult['run']> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const run = await app.lastRun();
    if (run?.state === 'finished') return run;
    if (performance.now() > until) {
      reasons.push(`the run did not finish (${run?.state ?? 'there is none'})`);
      return run ?? { id: '', playbook: '', number: 0, state: 'missing', step: '', title: '' };
    }
    await systemClock.sleep(50);
  }
}
