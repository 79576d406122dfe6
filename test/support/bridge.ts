import { afterEach, describe } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startApp, type App } from '../../src/app.ts';
import { readConfig } from '../../src/commands/read-config.ts';
import { simulatedSettings } from '../../src/commands/simulate.ts';
import type { Role } from '../../src/config.ts';
import { packageRoot } from '../../src/package-root.ts';
import type { Simulator, SimulatorOptions } from '../../src/simulator/simulator.ts';
import { startSimulator } from '../../src/simulator/start.ts';
import { checkLeftovers, countConnections } from './bridge-leftovers.ts';
import { createScene, type Scene } from './bridge-scene.ts';
import { openStore, scenarioModes, type Mode, type Store } from './bridge-stores.ts';
import { createRecordingLog, type RecordingLog } from './log.ts';
import { findFreePort } from './free-port.ts';
import { createTestClock, type TestClock } from './test-clock.ts';

export type { Mode } from './bridge-stores.ts';
export type { Scene } from './bridge-scene.ts';

export const SECRET = 'scenario-webhook-secret';
const PASSWORD = 'violet harbour 42 otter';
const SECRET_KEY = 'scenario-key-0123456789abcdefghijklmnopqrstuvwxyz';

export interface BridgeOptions {
  /** YAML of the playbooks in force; the shipped one by default. */
  readonly playbooks?: string;
  /** Environment variables over the defaults; '' = not set. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly simulator?: SimulatorOptions;
  /** false: PagerDuty sends its webhooks nowhere. */
  readonly webhooks?: boolean;
  /** What may be logged at error level, because the test causes it. */
  readonly allowedErrors?: readonly RegExp[];
}

/** A bridge with simulated vendors around it, in this process. */
export interface Bridge extends Scene {
  readonly mode: Mode;
  readonly url: string;
  readonly simulator: Simulator;
  readonly clock: TestClock;
  readonly log: RecordingLog;
  readonly store: Store;
  /** The process that has the doors. */
  readonly app: App;
  /** Ends all processes of the bridge; vendors and store stay. */
  stop(): Promise<void>;
  /** Starts them (again), with other settings where given. */
  start(settings?: Readonly<Record<string, string>>): Promise<void>;
  /** Other playbooks, in force from the next start on. */
  writePlaybooks(text: string): void;
}

export type OpenBridge = (options?: BridgeOptions) => Promise<Bridge>;

/** A theme's scenarios, in every mode asked for. What a test opens is closed and examined after it. */
export function describeBridge(theme: string, scenarios: (open: OpenBridge, mode: Mode) => void): void {
  describe.each(scenarioModes())(`${theme} (%s)`, (mode) => {
    const opened: { check(): Promise<void> }[] = [];
    afterEach(async () => {
      for (const one of opened.splice(0)) await one.check();
    });
    scenarios(async (options) => {
      const { bridge, check } = await openBridge(mode, options);
      opened.push({ check });
      return bridge;
    }, mode);
  });
}

async function openBridge(mode: Mode, options: BridgeOptions = {}): Promise<{ bridge: Bridge; check(): Promise<void> }> {
  const connections = countConnections();
  const clock = createTestClock();
  const log = createRecordingLog();
  const store = await openStore(mode);
  await clock.attach(store.database);
  const folder = mkdtempSync(join(tmpdir(), 'bridge-scenario-'));
  const writePlaybooks = (text: string) => writeFileSync(join(folder, 'playbooks.yaml'), text);
  if (options.playbooks !== undefined) writePlaybooks(options.playbooks);
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const secrets = { pagerdutyWebhookSecrets: [SECRET], ...(options.webhooks === false ? {} : { bridgeUrl: url }) };
  const simulator = await startSimulator({ clock, ...secrets, ...options.simulator });

  const settings = {
    HOST: '127.0.0.1',
    PUBLIC_URL: url,
    DATA_DIR: folder,
    PLAYBOOKS_DIR: options.playbooks === undefined ? join(packageRoot, 'playbooks') : folder,
    SECRET_KEY,
    ADMIN_PASSWORD: PASSWORD,
    ENGINE_SWEEP_MS: '1000',
    ENGINE_QUIET_MS: '1000',
    // Comparing is a scenario of its own; elsewhere it must not do a webhook's work.
    ENGINE_COMPARE_MS: '3600000',
    ...simulatedSettings(simulator.url, SECRET),
    ...store.env,
    ...options.settings,
  };
  let apps: readonly App[] = [];
  const startOne = (role: Role, onPort: number, env: Readonly<Record<string, string>>) =>
    startApp({
      config: readConfig(role, undefined, { ...env, PORT: String(onPort) }),
      clock,
      log,
      printOnce: () => undefined,
      onFatal: (reason) => {
        log.error({ reason }, 'a process asked to be started again');
      },
      queuePrefix: store.queuePrefix,
      ...(store.openDatabase === undefined ? {} : { openDatabase: store.openDatabase }),
    });
  const roles: readonly Role[] = mode === 'scaled' ? ['web', 'worker', 'worker'] : ['all'];
  const start = async (changed: Readonly<Record<string, string>> = {}): Promise<void> => {
    apps = await Promise.all(roles.map((role, index) => startOne(role, index === 0 ? port : 0, { ...settings, ...changed })));
  };
  const stop = async (): Promise<void> => {
    const ending = apps;
    apps = [];
    await Promise.all(ending.map((one) => one.stop()));
  };
  const scene = createScene({ simulator, store, clock, log, url, secret: SECRET, password: PASSWORD });
  const bridge: Bridge = {
    ...scene,
    mode,
    url,
    simulator,
    clock,
    log,
    store,
    get app() {
      const [first] = apps;
      if (!first) throw new Error('The bridge is stopped.');
      return first;
    },
    start,
    stop,
    writePlaybooks,
  };
  const close = async (): Promise<void> => {
    await stop();
    await simulator.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const check = async (): Promise<void> => {
    await close();
    await checkLeftovers({ log, clock, simulator, connections, allowedErrors: options.allowedErrors ?? [] });
  };
  try {
    await start();
  } catch (error) {
    await close();
    throw error;
  }
  return { bridge, check };
}
