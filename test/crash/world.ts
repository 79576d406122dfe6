import { describe, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { simulatedSettings } from '../../src/commands/simulate.ts';
import { startSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/start.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createBridgeProcess, type BridgeProcess, type Role } from '../support/bridge-process.ts';
import { prepareDataDir } from '../support/database.ts';
import { findFreePort } from '../support/free-port.ts';
import { createRecordingLog } from '../support/log.ts';
import { missingPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts';
import { missingRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { until } from '../support/until.ts';

export type Mode = 'embedded' | 'server' | 'scaled';
export const ALL_MODES = ['embedded', 'server', 'scaled'] as const;
/** Where several processes share one store. */
export const SHARED_MODES = ['server', 'scaled'] as const;

const SECRET = 'crash-test-webhook-secret';
const PASSWORD = 'quiet lantern 17 heron';

/** The tests in `body` for each of MODES among `modes`; `%s` in the name is the mode. */
export function describeModes(name: string, modes: readonly Mode[], body: (mode: Mode) => void): void {
  const chosen = crashModes().filter((mode) => modes.includes(mode));
  if (chosen.length === 0) it.skip(`${name}: none of ${modes.join(', ')} is in MODES`, () => undefined);
  for (const mode of chosen) describe(name.replace('%s', mode), () => body(mode));
}

/** `MODES=embedded,scaled`; embedded alone by default. A mode whose servers are missing is left out aloud (an error under CI). */
export function crashModes(): readonly Mode[] {
  const wanted = z.array(z.enum(ALL_MODES)).parse((process.env['MODES'] ?? 'embedded').split(','));
  return wanted.filter((mode) => {
    const missing = mode === 'embedded' ? undefined : (missingPostgres() ?? (mode === 'scaled' ? missingRedis() : undefined));
    if (missing !== undefined) process.stderr.write(`${mode}: ${missing}\n`);
    return missing === undefined;
  });
}

/** Simulated vendors in the test's own process (their ledger is the judge), a store, and the places where bridges run. */
export interface World {
  readonly mode: Mode;
  readonly simulator: Simulator;
  readonly bridges: readonly BridgeProcess[];
  /** The one that takes webhooks and clicks. */
  readonly web: BridgeProcess;
  readonly workers: readonly BridgeProcess[];
  readonly postgres: TestPostgres | undefined;
  readonly redis: TestRedis | undefined;
  /** Rows of the store. In embedded mode no process may be running. */
  query(sql: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** Waits until no webhook is on its way, no delivery undecided and no run open, by the console's word. */
  untilAllFinished(patienceMs?: number): Promise<void>;
  /** Ends everything; throws when a process logged an error that `allowed` doesn't name, or ended by itself. */
  close(allowed?: RegExp): Promise<void>;
}

export interface WorldOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly simulator?: SimulatorOptions;
  /** Default: one that does all in embedded and server mode; one web and two workers in scaled mode. */
  readonly roles?: readonly Role[];
}

interface Store {
  readonly env: Readonly<Record<string, string>>;
  readonly postgres: TestPostgres | undefined;
  readonly redis: TestRedis | undefined;
  query: World['query'];
  close(): Promise<void>;
}

export async function openWorld(mode: Mode, options: WorldOptions = {}): Promise<World> {
  const store = await openStore(mode);
  const simulator = await startSimulator({
    pagerdutyWebhookSecrets: [SECRET],
    ...options.simulator,
    // A vendor that is asked again soon: the processes are down for a second only.
    pagerduty: { retryDelaysMs: [50, 100, 200, 400], ...options.simulator?.pagerduty },
  });
  const roles = options.roles ?? (mode === 'scaled' ? (['web', 'worker', 'worker'] as const) : (['all'] as const));
  const ports: number[] = [];
  for (const _role of roles) ports.push(await findFreePort());
  const publicUrl = `http://127.0.0.1:${ports[0] ?? 0}`;
  const env = {
    ...simulatedSettings(simulator.url, SECRET),
    PUBLIC_URL: publicUrl,
    ADMIN_PASSWORD: PASSWORD,
    ENGINE_LEASE_MS: '1000',
    ENGINE_SWEEP_MS: '300',
    ENGINE_QUIET_MS: '500',
    ENGINE_GRACE_MS: '200',
    // The simulated Jira finds an issue as soon as it is there.
    JIRA_SEARCH_LAG: '1',
    ...store.env,
    ...options.env,
  };
  const bridges = roles.map((role, index) => createBridgeProcess({ role, port: ports[index] ?? 0, env }));
  const [web, ...rest] = bridges;
  if (!web) throw new Error('a world has at least one bridge');
  simulator.pagerduty.setWebhookTarget(`${publicUrl}/hooks/pagerduty`, [SECRET]);

  return {
    mode,
    simulator,
    bridges,
    web,
    workers: rest.length > 0 ? rest : [web],
    postgres: store.postgres,
    redis: store.redis,
    query: (sql) => store.query(sql),
    async untilAllFinished(patienceMs = 30_000) {
      await simulator.pagerduty.idle();
      const cookie = await logIn(publicUrl);
      let open: readonly string[] = ['not read yet'];
      try {
        await until(
          'all runs have ended',
          async () => {
            open = await readOpen(publicUrl, cookie);
            return open.length === 0;
          },
          patienceMs,
        );
      } catch (error) {
        throw new Error(`this is still open: ${open.join('; ')}`, { cause: error });
      }
    },
    async close(allowed = /^$/) {
      await Promise.all(bridges.map((bridge) => bridge.kill()));
      await simulator.close();
      await store.close();
      const faults = bridges.flatMap((bridge) => bridge.faults.filter((line) => !allowed.test(line)));
      if (faults.length > 0) throw new Error(`a bridge logged errors:\n${faults.join('\n').slice(0, 4000)}`);
    },
  };
}

async function openStore(mode: Mode): Promise<Store> {
  const directory = await mkdtemp(join(tmpdir(), 'bridge-crash-'));
  const remove = () => rm(directory, { recursive: true, force: true });
  if (mode === 'embedded') {
    await prepareDataDir(directory);
    return {
      env: { DATA_DIR: directory },
      postgres: undefined,
      redis: undefined,
      async query(sql) {
        const database = await openDatabase({ dataDir: directory, log: createRecordingLog() });
        try {
          return (await database.query(sql)).rows;
        } finally {
          await database.close();
        }
      },
      close: remove,
    };
  }
  const postgres = await startPostgres();
  const redis = mode === 'scaled' ? await startRedis() : undefined;
  const url = postgres.url(await postgres.createDatabase());
  return {
    env: {
      DATA_DIR: directory,
      DATABASE_URL: url,
      SECRET_KEY: 'for-crash-tests-only-and-long-enough',
      ...(redis ? { REDIS_URL: redis.url } : {}),
    },
    postgres,
    redis,
    async query(sql) {
      const client = new Client({ connectionString: url });
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(sql)).rows;
      } finally {
        await client.end();
      }
    },
    async close() {
      await postgres.close();
      await redis?.close();
      await remove();
    },
  };
}

async function logIn(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Origin: url },
    body: JSON.stringify({ username: 'admin', password: PASSWORD }),
  });
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  await response.body?.cancel();
  if (cookie === undefined) throw new Error(`the login answered ${response.status}`);
  return cookie;
}

const Runs = z.object({ runs: z.array(z.object({ title: z.string(), state: z.string(), step: z.string(), attention: z.string() })) });
const Deliveries = z.object({ deliveries: z.array(z.object({ id: z.string(), type: z.string() })) });

async function readOpen(url: string, cookie: string): Promise<readonly string[]> {
  const read = async (path: string): Promise<unknown> => (await fetch(`${url}/api/v1/${path}`, { headers: { Cookie: cookie } })).json();
  const { runs } = Runs.parse(await read('runs?state=open&limit=200'));
  const { deliveries } = Deliveries.parse(await read('deliveries?outcome=waiting&limit=200'));
  return [
    ...runs.map((run) => `${run.title} (${run.state} in ${run.step}${run.attention === '' ? '' : `: ${run.attention}`})`),
    ...deliveries.map((delivery) => `${delivery.type} ${delivery.id}, undecided`),
  ];
}
