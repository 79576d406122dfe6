import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { StoredDelivery, StoredRun } from '../../src/console/ports.ts';
import type { ClickResult, ChannelView, PostView } from '../../src/simulator/mattermost/mattermost.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { LedgerEntry } from '../../src/simulator/vendor.ts';
import { createConsoleReads } from '../../src/store/console-reads.ts';
import { send, signedHeaders, type Answer } from './bridge-http.ts';
import type { Store } from './bridge-stores.ts';
import type { RecordingLog } from './log.ts';
import type { TestClock } from './test-clock.ts';

type Incident = ReturnType<Simulator['pagerduty']['trigger']>;

export interface SceneOptions {
  readonly simulator: Simulator;
  readonly store: Store;
  readonly clock: TestClock;
  readonly log: RecordingLog;
  readonly url: string;
  readonly secret: string;
  readonly password: string;
}

/** What scenarios do and look at. Waiting is by the vendors' own changes and by looking again, never for a fixed time. */
export type Scene = ReturnType<typeof createScene>;

const PATIENCE_MS = 10_000;
const LOOK_AGAIN_MS = 20;
const MINUTE_MS = 60_000;

export function createScene({ simulator, store, clock, log, url, secret, password }: SceneOptions) {
  const { mattermost, pagerduty, ledger } = simulator;
  const reads = createConsoleReads(store.database);

  /** The first answer that is something. `what` is said when it does not come. */
  async function waitFor<T>(
    what: string,
    look: () => T | undefined | false | Promise<T | undefined | false>,
    patienceMs = PATIENCE_MS,
  ): Promise<T> {
    const until = Date.now() + patienceMs;
    for (;;) {
      const found = await look();
      if (found !== undefined && found !== false) return found;
      if (Date.now() > until) throw new Error(`Waited in vain for ${what}.\n${await describeWorld()}`);
      const changed = new AbortController();
      const unsubscribe = simulator.subscribe(() => {
        changed.abort();
      });
      await pause(LOOK_AGAIN_MS, undefined, { signal: changed.signal }).catch(() => undefined);
      unsubscribe();
    }
  }

  async function describeWorld(): Promise<string> {
    const runs = await reads.listRuns({ states: ['running', 'parked', 'finishing', 'finished'], needsAttention: false, limit: 200 });
    const open = runs.filter((run) => run.state !== 'finished');
    const lines = await Promise.all(
      (open.length > 0 ? open : runs).slice(0, 5).map(async (run) => {
        const { doc } = (await reads.findRun(run.id)) ?? { doc: { invocations: [] } };
        const actions = doc.invocations
          .filter((one) => one.state !== 'done')
          .map(({ action, state, error }) => `${action} ${state} ${error ?? ''}`);
        return `run ${run.playbook} ${run.number}: ${run.state} in ${run.step} ${run.attention} [${actions.join('; ')}]`;
      }),
    );
    return [
      ...lines,
      ...ledger.slice(-15).map((entry) => `ledger ${entry.vendor} ${entry.effect} ${entry.subject} by ${entry.by}`),
      ...log.entries
        .filter(({ level }) => level === 'warn')
        .slice(-5)
        .map(({ message, fields }) => `warned: ${message} ${JSON.stringify(fields)}`),
    ].join('\n');
  }

  function findRoom(title: string): ChannelView | undefined {
    return mattermost.channels().find((channel) => channel.displayName.includes(title));
  }

  function findPost(channel: string, pattern: RegExp): PostView | undefined {
    if (!mattermost.channel(channel)) return undefined;
    return mattermost.posts(channel).find((one) => one.isBot && pattern.test(one.message));
  }

  const labelsOf = (post: PostView): string[] =>
    post.attachments.flatMap((section) => section.actions.filter((action) => action.isLive).map((action) => action.label));

  const cardIn = (channel: string, label: string): PostView | undefined =>
    mattermost.channel(channel) && mattermost.posts(channel).find((one) => labelsOf(one).includes(label));

  const listRuns = () => reads.listRuns({ states: [...STATES], needsAttention: false, limit: 200 });

  async function findRun(title: string) {
    return (await listRuns()).find((run) => run.title === title);
  }

  async function countBusy(): Promise<number> {
    const { rows } = await store.database.query(BUSY);
    return z.object({ busy: z.number() }).parse(rows[0]).busy;
  }

  async function settle(flowMs = 0): Promise<void> {
    await waitFor('the bridge to have nothing to do', async () => {
      await pagerduty.idle();
      if ((await countBusy()) === 0 && pagerduty.sentWebhooks.every((one) => one.outcome !== 'pending')) return true;
      if (flowMs > 0) await clock.advance(flowMs);
      return false;
    });
  }

  let cookie: string | undefined;
  async function call(path: string, body: unknown): Promise<Answer> {
    return send(`${url}/api/v1${path}`, {
      headers: { 'content-type': 'application/json', origin: url, ...(cookie === undefined ? {} : { cookie }) },
      body: JSON.stringify(body),
    });
  }

  return {
    waitFor,
    findRoom,
    findRun,
    findPost,
    labelsOf,
    listRuns,

    /** Somebody (Maya) triggers an incident in PagerDuty. */
    trigger: (title = 'Checkout error rate above 5%', more: { readonly urgency?: 'high' | 'low'; readonly id?: string } = {}): Incident =>
      pagerduty.trigger({ title, urgency: 'high', ...more }),

    /** The incident's channel, once it is there with a card and Alice in it. */
    expectRoom: (title = 'Checkout error rate above 5%'): Promise<ChannelView> =>
      waitFor(`the room of "${title}"`, () => {
        const room = findRoom(title);
        return room && cardIn(room.name, 'Resolve') && room.members.includes('alice') ? room : undefined;
      }),

    expectPost: (channel: string, pattern: RegExp): Promise<PostView> =>
      waitFor(`a post like ${String(pattern)} in ${channel}`, () => findPost(channel.replace(/^#/, ''), pattern)),

    /** Presses the live button of that label as soon as it is there. */
    async pressButton(username: string, channel: string, label: string): Promise<ClickResult> {
      const card = await waitFor(`a button ${label} in ${channel}`, () => cardIn(channel, label));
      return mattermost.click(username, card.id, label);
    },

    cardIn,

    /** Counts at the vendors' own ledgers. */
    count: (effect: string, where: (entry: LedgerEntry) => boolean = () => true): number =>
      ledger.filter((entry) => entry.effect === effect && where(entry)).length,

    expectState: (title: string, state: StoredRun['summary']['state']) =>
      waitFor(`the run "${title}" to be ${state}`, async () => {
        const run = await findRun(title);
        return run?.state === state && run;
      }),

    expectStep: (title: string, step: string) =>
      waitFor(`the run "${title}" in ${step}`, async () => {
        const run = await findRun(title);
        return run?.step === step && run;
      }),

    async story(title: string): Promise<StoredRun> {
      const summary = await findRun(title);
      const run = summary && (await reads.findRun(summary.id));
      if (!run) throw new Error(`There is no run "${title}".`);
      return run;
    },

    /** Newest last. */
    deliveries: async (): Promise<readonly StoredDelivery[]> => [...(await reads.listDeliveries({ limit: 200 }))].reverse(),

    /** No webhook under way, no delivery undecided, no run held or due: what has not happened by now will not happen by itself. */
    settle: () => settle(),

    /** Lets time pass in steps, with everything done that becomes due on the way; pauses of under a second between two tries pass faster too. */
    async pass(ms: number, stepMs = MINUTE_MS): Promise<void> {
      for (let left = ms; left > 0; left -= stepMs) {
        await clock.advance(Math.min(left, stepMs));
        await settle(100);
      }
    },

    /** A webhook as PagerDuty sends it. */
    sendWebhook: (body: Buffer | string, headers: Readonly<Record<string, string>> = signedHeaders(body, [secret])): Promise<Answer> =>
      send(`${url}/hooks/pagerduty`, { headers, body }),

    /** What a person does in the console. */
    async operate(runId: string, operation: 'retry' | 'skip' | 'cancel', action?: string): Promise<Answer> {
      if (cookie === undefined) {
        const login = await call('/login', { username: 'admin', password });
        const [set] = z.array(z.string()).parse(login.headers['set-cookie']);
        cookie = set?.split(';')[0];
      }
      return call(`/runs/${runId}/operate`, { operation, ...(action === undefined ? {} : { action }) });
    },
  };
}

const STATES = ['running', 'parked', 'finishing', 'finished', 'failed', 'cancelled'] as const;

const BUSY = `
SELECT ((SELECT count(*) FROM bridge.deliveries WHERE state = 'new')
      + (SELECT count(*) FROM bridge.runs WHERE owner IS NOT NULL OR (due_at <= bridge.clock() AND state IN ('running', 'parked', 'finishing'))))::int AS busy`;
