import { createHash } from 'node:crypto';
import { messageOf } from '../core/errors.ts';
import { comparePager } from '../engine/compare-pager.ts';
import { every } from '../engine/every.ts';
import { createKeyedLock } from '../engine/keyed-lock.ts';
import { createRouter } from '../engine/router.ts';
import { createRunner } from '../engine/runner.ts';
import { createSweeper } from '../engine/sweeper.ts';
import { createOutageLog } from '../queue/outage-log.ts';
import type { StartSteps } from '../start-steps.ts';
import { createBatcher } from '../store/batcher.ts';
import type { createOpenRunStore } from '../store/open-runs.ts';
import { createRoutingStore } from '../store/routing.ts';
import { createRunStore } from '../store/runs.ts';
import { isStoreTrouble } from '../store/store-trouble.ts';
import type { createUpkeepStore } from '../store/upkeep.ts';
import type { Parts } from './parts.ts';

/** What is under way at a stop may take this long to end. */
const DRAIN_MS = 10_000;
const POLL_MS = 250;
const HOUR_MS = 3_600_000;

/** What takes work up: router, engine, sweeper, and the rounds that look after them. */
export async function startWorker(parts: Parts, step: StartSteps['step']): Promise<void> {
  const {
    options,
    owner,
    failpoint,
    readiness,
    publicUrl,
    database,
    due,
    queues,
    connectors,
    registry,
    playbooks,
    signer,
    settings,
    openRuns,
    upkeep,
    operations,
  } = parts;
  const { config, clock, log } = options;
  const random = options.random ?? Math.random;
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
    pollMs: POLL_MS,
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
