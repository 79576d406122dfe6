import { closeConnectors, createConnectors } from './app/create-connectors.ts';
import type { AppOptions, Parts } from './app/parts.ts';
import { startWeb } from './app/start-web.ts';
import { startWorker } from './app/start-worker.ts';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { actions } from './actions/index.ts';
import { connectorSetting } from './config.ts';
import { noFailpoint, parseFailpoint } from './core/failpoint.ts';
import { createTokenSigner } from './engine/button-token.ts';
import { every } from './engine/every.ts';
import { createPlaybookSource } from './engine/playbook-source.ts';
import { createRegistry } from './engine/registry.ts';
import type { RunFacts } from './engine/scope.ts';
import { startHttpServer } from './http-server.ts';
import { installPlaybooks, readPlaybooks } from './install-playbooks.ts';
import { createOperations, type OperationAnswer } from './operations.ts';
import { openQueues } from './queue/open-queues.ts';
import { createReadiness } from './readiness.ts';
import { readSecretKeys } from './secret-key.ts';
import { createStartSteps } from './start-steps.ts';
import { openDatabase } from './store/database.ts';
import { createDeliveryStore } from './store/deliveries.ts';
import { createDueStore } from './store/due.ts';
import { migrate } from './store/migrate.ts';
import { migrations } from './store/migrations/index.ts';
import { createOpenRunStore, type RunName } from './store/open-runs.ts';
import { createPlaybookStore } from './store/playbooks.ts';
import { createUpkeepStore } from './store/upkeep.ts';
import { triggers } from './triggers/index.ts';

export type { AppOptions } from './app/parts.ts';

export interface App {
  readonly port: number;
  readonly publicUrl: string;
  /** Starts a run by hand. */
  runPlaybook(name: string, by: string): Promise<OperationAnswer>;
  /** The newest run. */
  lastRun(): Promise<RunName | undefined>;
  /** Resolves when everything under way has ended or is safely written down. */
  stop(): Promise<void>;
}

const HEARTBEAT_MS = 5000;
const HTTP_DRAIN_MS = 5000;
const DRAIN_MS = 10_000;

/** Puts the parts together: config -> store -> queue -> engine -> doors. The only file that knows everybody. */
export async function startApp(options: AppOptions): Promise<App> {
  const steps = createStartSteps(options.log);
  try {
    return await start(options, steps);
  } catch (error) {
    await steps.undo();
    throw error;
  }
}

async function start(options: AppOptions, { step, undo }: ReturnType<typeof createStartSteps>): Promise<App> {
  const { config, clock, log } = options;
  const isWeb = config.role !== 'worker';
  const isWorker = config.role !== 'web';
  const owner = `${hostname()}:${process.pid}:${randomUUID().slice(0, 8)}`;
  const raise = (signal: 'SIGKILL' | 'SIGSTOP') => () => void process.kill(process.pid, signal);
  const failpoint = config.FAILPOINT === undefined ? noFailpoint : parseFailpoint(config.FAILPOINT, raise('SIGKILL'), raise('SIGSTOP'));

  // What a person has to correct is found before anything is started.
  const registry = createRegistry(actions, triggers);
  const files = readPlaybooks(config.PLAYBOOKS_DIR, registry);

  // The server first: health is answered while the rest waits for its stores.
  const server = await step(
    'http',
    () => startHttpServer({ port: config.PORT, host: config.HOST, log }),
    (http) => http.close(HTTP_DRAIN_MS),
  );
  const publicUrl = config.PUBLIC_URL ?? `http://localhost:${server.port}`;
  const readiness = createReadiness({ app: server.app, clock });

  const database = await step(
    'database',
    () =>
      (options.openDatabase ?? openDatabase)({
        url: config.DATABASE_URL,
        dataDir: config.DATA_DIR,
        poolSize: config.DB_POOL,
        log,
        ...options.database,
      }),
    (opened) => opened.close(),
  );
  await step('migrations', () => migrate(database, migrations, { queue: config.REDIS_URL === undefined, log }));
  const due = createDueStore(database);
  // The data directory's lock proves that no other process works on it, so old leases belong to the dead.
  if (database.kind === 'embedded') await step('take over', () => due.takeOverAll());
  const queues = await step(
    'queues',
    () =>
      openQueues({
        database,
        redisUrl: config.REDIS_URL,
        role: config.role,
        log,
        ...(options.queuePrefix === undefined ? {} : { prefix: options.queuePrefix }),
      }),
    (opened) => opened.close({ drainMs: DRAIN_MS }),
  );

  const connectors = await step('connectors', () => createConnectors(config, { clock, log, publicUrl }), closeConnectors);
  const playbookStore = createPlaybookStore(database);
  const playbooks = createPlaybookSource(playbookStore, registry);
  await step('playbooks', async () => {
    await installPlaybooks(files, playbookStore, log);
    await playbooks.refresh();
  });
  const signer = createTokenSigner(readSecretKeys(config.SECRET_KEY, config.DATA_DIR));
  const settings: RunFacts['settings'] = {
    publicUrl,
    incidentsChannel: connectorSetting(config, 'mattermost', 'incidentsChannel') || 'incidents',
  };
  const deliveries = createDeliveryStore(database);
  const openRuns = createOpenRunStore(database);
  const upkeep = createUpkeepStore(database);
  const operations = createOperations({
    deliveries,
    openRuns,
    upkeep,
    queues,
    connectors,
    clock,
    playbooks: () => playbooks.active().map((one) => one.playbook),
  });

  const parts: Parts = {
    options,
    owner,
    failpoint,
    readiness,
    server,
    publicUrl,
    database,
    due,
    queues,
    connectors,
    registry,
    playbooks,
    signer,
    settings,
    deliveries,
    openRuns,
    upkeep,
    operations,
  };
  if (isWorker) await startWorker(parts, step);

  await step(
    'heartbeat',
    () =>
      every(HEARTBEAT_MS, 'the heartbeat', clock, log, async () => {
        await due.beat(owner, config.role);
        readiness.beat();
      }),
    (loop) => loop.stop(),
  );
  readiness.watch({
    name: 'queue',
    check: async () => {
      const health = await queues.health();
      return health.ok ? undefined : health.problems.join('; ');
    },
  });

  if (isWeb) await startWeb(parts, step);
  readiness.open();
  log.info(
    {
      port: server.port,
      publicUrl,
      role: config.role,
      database: database.kind,
      queue: config.REDIS_URL === undefined ? 'postgres' : 'redis',
      playbooks: playbooks.active().map((one) => one.playbook.name),
    },
    'ready',
  );
  return {
    port: server.port,
    publicUrl,
    runPlaybook: (name, by) => operations.runPlaybook(name, by),
    lastRun: () => openRuns.newest(),
    async stop() {
      readiness.close();
      // Requests under way first, while what they wait for (the store, a click's outcome) is still there.
      await server.close(HTTP_DRAIN_MS);
      await undo();
    },
  };
}
