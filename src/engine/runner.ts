import type { RunStore, ClaimedRun } from '../core/store.ts';
import { messageOf } from '../core/errors.ts';
import type { RunFacts } from './scope.ts';
import type { PlaybookSource } from './playbook-source.ts';
import { startSession, type Session, type SessionDeps } from './session.ts';

export interface RunnerOptions extends SessionDeps {
  readonly store: RunStore;
  readonly playbooks: PlaybookSource;
  /** Names this process in leases. */
  readonly owner: string;
  /** How often held runs are looked at for signals that another process stored, milliseconds. */
  readonly pollMs: number;
  readonly settings: RunFacts['settings'];
  /** A run was let go and wants to be woken after that many milliseconds: the sweeper's hint. */
  onDue(dueInMs: number): void;
}

export interface Runner {
  /** Claims the run if it is free and advances it. true = taken up here (or already here). */
  advance(runId: string): Promise<boolean>;
  /** Goes on with runs whose lease is already ours; resolves at once, or, when stopping, when their leases are let go. */
  adopt(runs: readonly ClaimedRun[]): Promise<void>;
  /** Looks at a run's signals, if it is held here. */
  poke(runId: string): boolean;
  /** Begins nothing new, waits for calls under way (at most `drainMs`), then aborts them; lets all leases go. */
  stop(drainMs: number): Promise<void>;
  readonly held: number;
}

/** Faults in a row before a run is put aside. */
const MAX_FAULTS = 5;

export function createRunner(options: RunnerOptions): Runner {
  const { store, clock, log, leaseMs, owner } = options;
  const sessions = new Map<string, Session>();
  const faults = new Map<string, number>();
  /** Each run from its claim until it is let go: what `stop` waits for. */
  const taken = new Set<Promise<void>>();
  const stopped = new AbortController();
  const isStopped = (): boolean => stopped.signal.aborted;
  let stopping = false;

  /** A claim may come back, and a router may commit, while we are stopping: such runs are for others. */
  async function take(runs: readonly ClaimedRun[]): Promise<void> {
    if (stopping) return letGo(runs);
    for (const run of runs) {
      const ended = begin(run).finally(() => taken.delete(ended));
      taken.add(ended);
    }
  }

  async function letGo(runs: readonly Pick<ClaimedRun, 'id' | 'epoch'>[]): Promise<void> {
    if (runs.length > 0) await store.release(runs.map(({ id, epoch }) => ({ id, epoch })));
  }

  async function begin(run: ClaimedRun): Promise<void> {
    const playbook = await options.playbooks.byVersion(run.versionId).catch((error: unknown) => {
      log.error({ err: error, run: run.id }, `the run's playbook version can't be loaded: ${messageOf(error)}`);
      return undefined;
    });
    if (!playbook) {
      await store.park(run.id, run.epoch, 'its playbook version can’t be loaded; the log says why').catch(() => undefined);
      return;
    }
    if (stopping) return letGo([run]);
    const facts: RunFacts = {
      id: run.id,
      number: run.number,
      startedAt: run.startedAt,
      playbook,
      context: run.context,
      settings: options.settings,
    };
    const session = startSession(options, run, facts);
    sessions.set(run.id, session);
    const { dueInMs, fault } = await session.ended;
    if (sessions.get(run.id) === session) sessions.delete(run.id);
    if (dueInMs !== undefined) options.onDue(dueInMs);
    if (fault === undefined) faults.delete(run.id);
    else await countFault(run, fault);
  }

  /** A run that makes the bridge stumble again and again is put aside, so that it stops costing and somebody looks. */
  async function countFault(run: ClaimedRun, fault: string): Promise<void> {
    const count = (faults.get(run.id) ?? 0) + 1;
    faults.set(run.id, count);
    if (count < MAX_FAULTS) return;
    faults.delete(run.id);
    await store.park(run.id, run.epoch, `a fault in the bridge, ${MAX_FAULTS} times over: ${fault}`).catch((error: unknown) => {
      log.warn({ err: error, run: run.id }, 'a faulty run could not be put aside');
    });
  }

  async function keepLeases(): Promise<void> {
    while (!isStopped()) {
      await clock.sleep(leaseMs / 3, stopped.signal);
      const held = [...sessions.values()];
      if (held.length === 0 || isStopped()) continue;
      const askedAt = clock.now().getTime();
      try {
        const kept = await store.renew(
          held.map(({ id, epoch }) => ({ id, epoch })),
          leaseMs,
        );
        for (const session of held) {
          if (kept.has(session.id)) session.renewed(askedAt);
          else session.abort();
        }
      } catch (error) {
        log.warn({ err: error }, 'leases could not be renewed; trying again');
      }
    }
  }

  async function lookForNews(): Promise<void> {
    let before = new Set<Session>();
    while (!isStopped()) {
      await clock.sleep(options.pollMs, stopped.signal);
      const held = [...sessions.values()].filter((session) => before.has(session));
      before = new Set(sessions.values());
      if (held.length === 0 || isStopped()) continue;
      try {
        for (const id of await store.findNews(held.map((session) => ({ id: session.id, wakeSeq: session.wakeSeq() }))))
          sessions.get(id)?.poke();
      } catch (error) {
        log.warn({ err: error }, 'held runs could not be looked at; trying again');
      }
    }
  }

  const loops = [keepLeases(), lookForNews()];

  return {
    get held() {
      return sessions.size;
    },
    async advance(runId) {
      if (stopping) return false;
      const here = sessions.get(runId);
      if (here) {
        here.poke();
        return true;
      }
      const [run] = await store.claim([runId], owner, leaseMs);
      if (!run) return false;
      await take([run]);
      return !stopping;
    },
    adopt: take,
    poke(runId) {
      const session = sessions.get(runId);
      session?.poke();
      return session !== undefined;
    },
    async stop(drainMs) {
      stopping = true;
      for (const session of sessions.values()) session.stop();
      const drained = new AbortController();
      await Promise.race([Promise.all(taken), clock.sleep(drainMs, drained.signal)]);
      drained.abort();
      const rest = [...sessions.values()];
      for (const session of rest) session.abort();
      await Promise.all(taken);
      await letGo(rest);
      stopped.abort();
      await Promise.all(loops);
    },
  };
}
