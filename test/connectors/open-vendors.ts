import type { Clock } from '../../src/core/clock.ts';
import type { CallContext, ReconcileContext } from '../../src/core/ports.ts';
import type { Log } from '../../src/core/log.ts';
import type { CircuitLimits } from '../../src/connectors/circuit.ts';
import { createConnection } from '../../src/connectors/connection.ts';
import { createJiraClient } from '../../src/connectors/jira/client.ts';
import { createTracker } from '../../src/connectors/jira/tracker.ts';
import { createChat } from '../../src/connectors/mattermost/chat.ts';
import { createMattermostClient } from '../../src/connectors/mattermost/client.ts';
import { createDirectory } from '../../src/connectors/mattermost/directory.ts';
import { createPagerDutyClient } from '../../src/connectors/pagerduty/client.ts';
import { createPager } from '../../src/connectors/pagerduty/pager.ts';
import { startSimulator } from '../../src/simulator/start.ts';

/** What the simulated vendors accept. */
export const credentials = {
  mattermost: 'simulated-mattermost-token',
  pagerduty: 'simulated-pagerduty-token',
  from: 'incident-bridge@example.test',
  jiraEmail: 'bridge@example.test',
  jira: 'simulated-jira-token',
};

export interface TestClock extends Clock {
  advance(ms: number): void;
}

/** Stands still until it is moved. */
export function createTestClock(start = Date.now()): TestClock {
  let now = start;
  return {
    now: () => new Date(now),
    sleep: () => Promise.resolve(),
    advance(ms) {
      now += ms;
    },
  };
}

/** Keeps every line as text, so that a test can look for what must not be there. */
export function createTestLog(): Log & { readonly lines: string[]; level(name: string): string[] } {
  const lines: string[] = [];
  const write = (level: string) => (fields: object, message: string) => void lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  const log = {
    lines,
    level: (name: string) => lines.filter((line) => line.startsWith(`${name} `)),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  };
  return log;
}

export interface VendorsOptions {
  readonly totalTimeoutMs?: number;
  readonly searchLagSeconds?: number;
  readonly limits?: Partial<CircuitLimits>;
}

/** Simulated vendors and our three ports on them, with time-outs short enough for a test. */
export async function openVendors(options: VendorsOptions = {}) {
  const clock = createTestClock();
  const log = createTestLog();
  const simulator = await startSimulator({ clock });
  const timeouts = { totalTimeoutMs: options.totalTimeoutMs ?? 5_000 };
  const line = (id: string) => createConnection({ id, concurrency: 8, clock, log, ...(options.limits && { limits: options.limits }) });
  const lines = { mattermost: line('mattermost'), pagerduty: line('pagerduty'), jira: line('jira') };

  const mattermost = createMattermostClient({
    url: `${simulator.url}/mattermost`,
    token: credentials.mattermost,
    concurrency: 8,
    connection: lines.mattermost,
    clock,
    timeouts,
  });
  const directory = createDirectory({ client: mattermost, clock, url: `${simulator.url}/mattermost`, team: 'ops' });
  const chat = createChat({ client: mattermost, directory, clock, actionsUrl: 'http://127.0.0.1:1/hooks/mattermost/actions' });

  const pagerduty = createPagerDutyClient({
    apiUrl: `${simulator.url}/pagerduty`,
    token: credentials.pagerduty,
    concurrency: 8,
    connection: lines.pagerduty,
    clock,
    timeouts,
  });
  const pager = createPager({ client: pagerduty, clock, from: credentials.from });

  const jiraUrl = `${simulator.url}/jira`;
  const jira = createJiraClient({
    url: jiraUrl,
    auth: 'basic',
    email: credentials.jiraEmail,
    token: credentials.jira,
    apiVersion: '2',
    concurrency: 4,
    connection: lines.jira,
    clock,
    timeouts,
  });
  const tracker = createTracker({
    client: jira,
    clock,
    log,
    settings: { url: jiraUrl, project: 'OPS', issueType: 'Task', apiVersion: '2', searchLag: options.searchLagSeconds ?? 0 },
  });

  return {
    simulator,
    clock,
    log,
    lines,
    chat,
    pager,
    tracker,
    async close() {
      await Promise.all([mattermost.close(), pagerduty.close(), jira.close()]);
      await simulator.close();
    },
  };
}
export type Vendors = Awaited<ReturnType<typeof openVendors>>;

/** A call's context; `signal` never aborts unless given. */
export function callContext(marker: string, signal = new AbortController().signal): CallContext {
  return { marker, signal };
}

export function lookContext(marker: string, clock: Clock, intendedAt = clock.now()): ReconcileContext {
  return { marker, signal: new AbortController().signal, intendedAt, now: clock.now() };
}

/** What a rejected promise threw; fails if it didn't. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('expected a failure');
}
