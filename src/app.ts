import { createHash, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { actions } from './actions/index.ts';
import { connectorSetting, type Config } from './config.ts';
import { createConsole } from './console/create-console.ts';
import { connectors as definitions } from './connectors/index.ts';
import type { Clock } from './core/clock.ts';
import type { Connector, ConnectorDefinition } from './core/connector.ts';
import { messageOf } from './core/errors.ts';
import { noFailpoint, parseFailpoint } from './core/failpoint.ts';
import type { Log } from './core/log.ts';
import { createTokenSigner } from './engine/button-token.ts';
import { comparePager } from './engine/compare-pager.ts';
import { every } from './engine/every.ts';
import { createKeyedLock } from './engine/keyed-lock.ts';
import { createPlaybookSource } from './engine/playbook-source.ts';
import { createRegistry } from './engine/registry.ts';
import { createRouter } from './engine/router.ts';
import { createRunner } from './engine/runner.ts';
import type { RunFacts } from './engine/scope.ts';
import { createSweeper } from './engine/sweeper.ts';
import { startHttpServer } from './http-server.ts';
import { createIngest } from './ingest/ingest.ts';
import { createOutcomes } from './ingest/outcomes.ts';
import { installPlaybooks, readPlaybooks } from './install-playbooks.ts';
import { createOperations, type OperationAnswer } from './operations.ts';
import { openQueues } from './queue/open-queues.ts';
import { createOutageLog } from './queue/outage-log.ts';
import { createReadiness } from './readiness.ts';
import { readSecretKeys } from './secret-key.ts';
import { createStartSteps } from './start-steps.ts';
import { createBatcher } from './store/batcher.ts';
import { createConsoleReads } from './store/console-reads.ts';
import { openDatabase, type DatabaseOptions } from './store/database.ts';
import { createDeliveryStore } from './store/deliveries.ts';
import { createDueStore } from './store/due.ts';
import { migrate } from './store/migrate.ts';
import { migrations } from './store/migrations/index.ts';
import { createOpenRunStore, type RunName } from './store/open-runs.ts';
import { createPlaybookStore } from './store/playbooks.ts';
import { createRoutingStore } from './store/routing.ts';
import { createRunStore } from './store/runs.ts';
import { createAccounts } from './store/sessions.ts';
import { isStoreTrouble } from './store/store-trouble.ts';
import { createUpkeepStore } from './store/upkeep.ts';
import { triggers } from './triggers/index.ts';

export interface AppOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  /** Shows the generated admin password to whoever starts the process. */
  printOnce(text: string): void;
  /** Ends the process: something is wrong that only a new start can mend. */
  onFatal(reason: string): void;
  /** Demo only. */
  readonly simulatedChatUrl?: string | undefined;
  /** For tests: another store, a queue of their own, other dice. */
  readonly database?: Partial<DatabaseOptions>;
  readonly openDatabase?: typeof openDatabase;
  readonly queuePrefix?: string;
  readonly random?: () => number;
}

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
const HOUR_MS = 3_600_000;

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
  const random = options.random ?? Math.random;
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

  const connectors = await step('connectors', () => createConnectors(config, { clock, log, publicUrl }), closeAll);
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

  if (isWorker) {
    const sweeper = createSweeper({
      store: due,
      clock,
      log,
      intervalMs: config.ENGINE_SWEEP_MS,
      quietMs: config.ENGINE_QUIET_MS,
      wake: (wakes) => queues.wakeMany(wakes),
    });
    const runner = createRunner({
      store: createRunStore(database),
      connectors,
      registry,
      signer,
      clock,
      log,
      failpoint,
      locks: createKeyedLock(),
      random,
      graceMs: config.ENGINE_GRACE_MS,
      publicUrl,
      playbooks,
      owner,
      leaseMs: config.ENGINE_LEASE_MS,
      pollMs: 250,
      settings,
      onDue: (ms) => {
        sweeper.hint(ms);
      },
    });
    const router = createRouter({
      store: createRoutingStore(database),
      runner,
      playbooks,
      registry,
      log,
      failpoint,
      owner,
      leaseMs: config.ENGINE_LEASE_MS,
      settings,
      wakeRun: (id, seq) => queues.wakeRun(id, seq),
    });
    // Deliveries that wait while a routing transaction is under way share the next one.
    const routing = createBatcher(
      async (ids: readonly string[]) => {
        await router.route(ids);
        return ids.map(() => true);
      },
      { maxItems: 100 },
    );
    await step(
      'sweeper',
      () => sweeper,
      (started) => started.stop(),
    );
    await step(
      'engine',
      () => runner,
      (started) => started.stop(DRAIN_MS),
    );
    const outage = createOutageLog(log, 'taking up work from the store');
    /** A store that is away is no fault of what was to be done: the sweeper wakes it again. */
    const unlessStoreIsAway = async (work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
        outage.recovered();
      } catch (error) {
        if (!isStoreTrouble(error)) throw error;
        outage.failed(error);
      }
    };
    await step(
      'workers',
      () =>
        queues.consume({
          deliveries: (id) =>
            unlessStoreIsAway(() =>
              routing.add(id).catch(async (error: unknown) => {
                if (isStoreTrouble(error)) throw error;
                log.warn({ err: error, delivery: id }, 'a delivery could not be decided; it is tried again a few times, then put aside');
                await upkeep.countFault(id, messageOf(error));
              }),
            ),
          runs: (id) => unlessStoreIsAway(() => runner.advance(id)),
        }),
      () => queues.pause(),
    );
    await step('redraw after a new address', () => redrawCards({ upkeep, openRuns, publicUrl }));
    const pager = connectors.get('pagerduty')?.pager;
    if (pager) {
      const compare = (signal: AbortSignal) =>
        comparePager(
          {
            source: 'pagerduty',
            pager,
            playbooks,
            listRuns: () => openRuns.listPaged(),
            deliver: (delivery) => operations.deliver(delivery),
            now: () => clock.now(),
          },
          signal,
        );
      await step(
        'comparison',
        () => every(config.ENGINE_COMPARE_MS, 'comparing open runs with PagerDuty', clock, log, compare),
        (loop) => loop.stop(),
      );
    }
    await step(
      'retention',
      () => every(HOUR_MS, 'retention', clock, log, () => upkeep.retain(config.RETENTION_DAYS)),
      (loop) => loop.stop(),
    );
    readiness.watch({
      name: 'sweeper',
      check: () =>
        clock.now().getTime() - sweeper.lastRound().getTime() > Math.max(60_000, 3 * config.ENGINE_SWEEP_MS)
          ? 'the sweeper has not gone round for a minute'
          : undefined,
    });
    await step(
      'watchdog',
      () => readiness.startWatchdog({ due, log, held: () => runner.held, onFatal: options.onFatal }),
      (loop) => loop.stop(),
    );
  }

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

  if (isWeb) {
    const outcomes = await step(
      'outcomes',
      () => createOutcomes({ deliveries, clock, listen: (channel, handler) => database.listen(channel, handler) }),
      (opened) => opened.close(),
    );
    const refusals = createRefusalLog(log, clock);
    server.app.use(
      createIngest({
        connectors,
        deliveries,
        outcomes,
        clock,
        log,
        failpoint,
        maxBytes: config.INGEST_MAX_BYTES,
        maxInFlight: 400,
        readToken: (text) => signer.read(text),
        wakeDelivery: (id) => queues.wakeDelivery(id, 1),
        onRefused: refusals,
      }),
    );
    const reads = createConsoleReads(database);
    server.app.use(
      await createConsole({
        reads,
        accounts: createAccounts(database),
        clock,
        log,
        publicUrl,
        adminPassword: config.ADMIN_PASSWORD,
        printOnce: (text) => {
          options.printOnce(text);
        },
        boardQueues: queues.boardQueues,
        operate: (command) => operations.operate(command),
        replay: (deliveryId) => operations.replay(deliveryId),
        runPlaybook: (name, by) => operations.runPlaybook(name, by),
        status: () => Promise.resolve(statusOf(config, database.kind, connectors)),
        simulatedChatUrl: options.simulatedChatUrl,
      }),
    );
  }
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

function createConnectors(config: Config, context: { clock: Clock; log: Log; publicUrl: string }): ReadonlyMap<string, Connector> {
  const all: readonly ConnectorDefinition[] = definitions;
  return new Map(
    all.flatMap((definition): [string, Connector][] => {
      const settings = config.connectors.get(definition.id);
      return settings
        ? [[definition.id, definition.create(settings, { ...context, log: context.log.child({ connector: definition.id }) })]]
        : [];
    }),
  );
}

async function closeAll(connectors: ReadonlyMap<string, Connector>): Promise<void> {
  await Promise.all([...connectors.values()].map((connector) => connector.close()));
}

/** Buttons call PUBLIC_URL; when it has changed, open cards are drawn again (ENGINE, Posts). */
async function redrawCards(options: {
  upkeep: ReturnType<typeof createUpkeepStore>;
  openRuns: ReturnType<typeof createOpenRunStore>;
  publicUrl: string;
}): Promise<void> {
  const digest = createHash('sha256').update(options.publicUrl).digest('hex');
  if ((await options.upkeep.getSetting('public_url')) === digest) return;
  await options.upkeep.setSetting('public_url', digest);
  await options.openRuns.wakeAll();
}

/** One log line a source and minute, with a count: a flood of forged calls is not a flood of lines. */
function createRefusalLog(log: Log, clock: Clock): (source: string, reason: string) => void {
  const counts = new Map<string, { since: number; count: number }>();
  return (source, reason) => {
    const now = clock.now().getTime();
    const seen = counts.get(source);
    if (seen && now - seen.since < 60_000) {
      seen.count += 1;
      return;
    }
    log.warn(
      { source, reason, refusedBefore: seen?.count ?? 0 },
      'refused: check the webhook secret; PagerDuty disables a webhook after three refusals in a row',
    );
    counts.set(source, { since: now, count: 0 });
  };
}

function statusOf(config: Config, kind: 'embedded' | 'postgres', connectors: ReadonlyMap<string, Connector>) {
  const mode = kind === 'embedded' ? ('embedded' as const) : config.REDIS_URL === undefined ? ('server' as const) : ('scaled' as const);
  const missing = definitions.filter((definition) => !connectors.has(definition.id)).map((definition) => definition.label);
  return {
    mode,
    database: kind === 'embedded' ? 'PGlite (embedded)' : 'PostgreSQL',
    warnings: [
      ...(kind === 'embedded'
        ? [
            'The embedded database survives a killed process, but not every power cut. Set DATABASE_URL to a PostgreSQL for anything that matters.',
          ]
        : []),
      ...(missing.length > 0
        ? [`Not configured yet: ${missing.join(', ')}. "incident-bridge doctor" says which settings are missing.`]
        : []),
    ],
    connectors: [...connectors].map(([id, connector]) => ({
      id,
      label: definitions.find((one) => one.id === id)?.label ?? id,
      connection: connector.connection(),
    })),
  };
}
