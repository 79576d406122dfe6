import type { Clock } from '../core/clock.ts';
import type { Connector } from '../core/connector.ts';
import type { Failpoint } from '../core/failpoint.ts';
import type { Log } from '../core/log.ts';
import { isOpen, type Invocation, type PostState, type RunDoc } from '../core/run.ts';
import type { ClaimedRun, RunStore } from '../core/store.ts';
import { messageOf } from '../core/errors.ts';
import type { TokenSigner } from './button-token.ts';
import { deferred } from './deferred.ts';
import { createJournal, LeaseLost } from './journal.ts';
import type { KeyedLock } from './keyed-lock.ts';
import { laneOf } from './lane-of.ts';
import { createLeaseHold } from './lease-hold.ts';
import { portsOf } from './ports-of.ts';
import { prepareClick } from './prepare-click.ts';
import { readinessOf } from './readiness.ts';
import { redrawPost } from './redraw.ts';
import { outcomeOf, runAction, type ActionRun } from './run-action.ts';
import type { RunFacts } from './scope.ts';
import { nextDue } from './due.ts';
import type { Input, Rules, Transitioned } from './run-input.ts';
import { createSignalInbox } from './signal-inbox.ts';
import { transition } from './transition.ts';
import type { Registry } from './registry.ts';

export interface SessionDeps {
  readonly store: RunStore;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly registry: Registry;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly log: Log;
  readonly failpoint: Failpoint;
  readonly locks: KeyedLock;
  readonly random: () => number;
  /** How long an action waits for a non-waiting output that it names, milliseconds. */
  readonly graceMs: number;
  readonly publicUrl: string;
  readonly leaseMs: number;
}

export interface Session {
  readonly id: string;
  readonly epoch: string;
  wakeSeq(): string;
  /** Something came for the run: look at its signals. */
  poke(): void;
  /** The lease was renewed, asked for at that moment of our clock. */
  renewed(askedAt: number): void;
  /** Stop at once: the lease is lost, or the process ends. In-flight calls are aborted. */
  abort(): void;
  /** Begin nothing new; resolves when what is under way has ended and the lease is let go. */
  readonly ended: Promise<SessionEnd>;
  stop(): void;
}

export interface SessionEnd {
  /** The run wants to be woken after that many milliseconds. */
  readonly dueInMs: number | undefined;
  /** A bug that threw: what it said. The run is tried again, but not for ever. */
  readonly fault: string | undefined;
}

/** Waits shorter than this are waited for with the lease held. */
const SHORT_WAIT_MS = 1000;
const REDRAW = { maxIntervalMs: 5 * 60_000 };
const MAX_REDRAWS = 500;

/** Advances one leased run as far as it goes, and lets the lease go. */
export function startSession(deps: SessionDeps, run: ClaimedRun, facts: RunFacts): Session {
  const { clock, log, store } = deps;
  const rules: Rules = { facts, registry: deps.registry };
  const abort = new AbortController();
  // The database's clock, carried on by our own from the moment of the claim.
  const offsetMs = run.now.getTime() - clock.now().getTime();
  const now = (): Date => new Date(clock.now().getTime() + offsetMs);
  const nowIso = (): string => now().toISOString();

  let doc: RunDoc = run.doc;
  let stopping = false;
  let poked = false;
  let news = deferred();
  let fault: string | undefined;
  /** What is under way: an invocation, a redraw, a look at who clicked. */
  const underWay = new Set<string>();
  const journal = createJournal({ store, runId: run.id, epoch: run.epoch, doc, effects: run.effects, failpoint: deps.failpoint, now });
  const ports = portsOf(deps.connectors, facts.playbook);
  const lease = createLeaseHold({ clock, store, runId: run.id, epoch: run.epoch, leaseMs: deps.leaseMs, signal: abort.signal });
  const inbox = createSignalInbox({
    runId: run.id,
    store,
    journal,
    failpoint: deps.failpoint,
    signals: run.signals,
    wakeSeq: run.wakeSeq,
    doc: () => doc,
    apply,
    prepare: (click) => prepareClick({ chat: ports.chat, clock, signal: abort.signal, source: facts.playbook.chat }, click),
    begin,
  });

  function apply(input: Input): Transitioned {
    const result = transition(rules, doc, input, nowIso());
    doc = result.doc;
    journal.setDoc(doc, nextDue(rules, doc));
    journal.note({ timeline: result.timeline, marks: result.marks });
    return result;
  }

  function wake(): void {
    news.resolve();
  }

  /** The end of this session before its time: the lease is lost, the store silent, or a bug has thrown. The journal has what is needed. */
  function stumble(error: unknown): void {
    if (error instanceof LeaseLost) log.warn({ err: error, run: run.id }, 'a run was let go; it is taken up again');
    else if (!abort.signal.aborted) {
      fault = error instanceof Error ? (error.stack ?? error.message) : String(error);
      log.error(
        { err: error, run: run.id },
        'a run stopped over a fault of the bridge; it is tried again a few times, then a person is asked',
      );
    }
    abort.abort();
  }

  /** Runs `work` beside the loop; its end wakes the loop. A thrown lost lease ends the session. */
  function begin(key: string, work: () => Promise<void>): void {
    underWay.add(key);
    void work()
      .catch((error: unknown) => {
        stumble(error);
      })
      .finally(() => {
        underWay.delete(key);
        wake();
      });
  }

  const invocationKey = (one: Pick<Invocation, 'action' | 'visit'>): string => `${one.action}-${one.visit}`;

  function actionRun(invocation: Pick<Invocation, 'action' | 'visit'> | undefined): ActionRun {
    return {
      rules,
      ports,
      signer: deps.signer,
      random: deps.random,
      effects: {
        runId: run.id,
        journal,
        locks: deps.locks,
        failpoint: deps.failpoint,
        signal: abort.signal,
        callSignal: lease.callSignal,
        now,
        holdLease: lease.hold,
        onReconciled: (change) => {
          log.warn({ run: run.id, change }, 'an effect in doubt was found done');
        },
      },
      onLane: (lane) => {
        if (invocation) supersedeOlder(lane, invocation);
      },
      onRaise: (event) => {
        apply({ kind: 'raised', ...event });
      },
    };
  }

  /** A newer wish for the same thing overtakes older open ones. */
  function supersedeOlder(lane: string, newer: Pick<Invocation, 'action' | 'visit'>): void {
    const position = doc.invocations.findIndex((one) => one.action === newer.action && one.visit === newer.visit);
    for (const older of doc.invocations.slice(0, position)) {
      if (older.state !== 'open' || laneOf(rules, doc, older) !== lane) continue;
      apply({ kind: 'superseded', action: older.action, visit: older.visit, underWay: underWay.has(invocationKey(older)) });
    }
  }

  const updatesNow = (one: Invocation, post: string): boolean =>
    one.state === 'open' && underWay.has(invocationKey(one)) && facts.playbook.actions.get(one.action)?.updates === post;

  // ---- work -----------------------------------------------------------------------------------------------------------

  /** Begins what can begin; answers the next moment at which a short wait ends. */
  function startWork(): string | undefined {
    if (stopping || !isOpen(doc.state)) return undefined;
    let soonest: string | undefined;
    const waits = (until: string | undefined): void => {
      if (until !== undefined && (soonest === undefined || until < soonest)) soonest = until;
    };
    for (const post of doc.posts) {
      const key = `draw ${post.name}`;
      if (post.revision <= post.drawn || underWay.has(key)) continue;
      // An update that is on its way brings newer text, and says itself what is missing in it.
      if (doc.invocations.some((one) => updatesNow(one, post.name))) continue;
      if (post.dueAt !== undefined && post.dueAt > nowIso()) waits(post.dueAt);
      else begin(key, () => draw(post));
    }
    for (const invocation of doc.invocations) {
      if (invocation.state !== 'open' || underWay.has(invocationKey(invocation))) continue;
      const readiness = readinessOf(rules, doc, invocation, nowIso(), deps.graceMs);
      if (readiness.kind === 'wait') waits(readiness.until);
      else if (readiness.kind === 'skip') {
        apply({
          kind: 'ended',
          action: invocation.action,
          visit: invocation.visit,
          outcome: { kind: 'skipped', reason: readiness.reason },
        });
        return startWork();
      } else begin(invocationKey(invocation), () => act(invocation));
    }
    return soonest;
  }

  async function act(invocation: Invocation): Promise<void> {
    const outcome = await runAction(actionRun(invocation), doc, invocation);
    if (abort.signal.aborted) return;
    deps.failpoint('effect.after-result', facts.playbook.actions.get(invocation.action)?.type);
    apply({ kind: 'ended', action: invocation.action, visit: invocation.visit, outcome });
    log.info(
      {
        run: run.id,
        action: invocation.action,
        outcome: outcome.kind,
        ...(outcome.kind === 'done' || outcome.kind === 'skipped' ? {} : { error: outcome.error }),
        attempts: invocation.attempts,
      },
      'attempt',
    );
  }

  async function draw(post: PostState): Promise<void> {
    try {
      await redrawPost(actionRun(undefined), doc, post);
      if (!abort.signal.aborted) apply({ kind: 'redrawn', post: post.name, revision: post.revision });
    } catch (error) {
      if (error instanceof LeaseLost || abort.signal.aborted) throw error;
      const outcome = outcomeOf(error, REDRAW, { attempts: post.attempts, bugs: post.attempts }, nowIso(), deps.random);
      const again = outcome.kind === 'retry' || outcome.kind === 'bug' ? outcome.dueAt : undefined;
      apply({ kind: 'redraw_failed', post: post.name, dueAt: post.attempts < MAX_REDRAWS ? again : undefined, error: messageOf(error) });
    }
  }

  // ---- the loop -------------------------------------------------------------------------------------------------------

  async function drive(): Promise<SessionEnd> {
    if (doc.publicUrl !== deps.publicUrl) apply({ kind: 'address_changed', publicUrl: deps.publicUrl });
    apply({ kind: 'advance' });
    for (;;) {
      if (abort.signal.aborted) return { dueInMs: undefined, fault };
      news = deferred();
      if (poked) {
        poked = false;
        await inbox.load();
      }
      // What came for a run that has ended is answered at once: nobody takes the run up again.
      if (!stopping || !isOpen(doc.state)) inbox.take();
      const soonest = startWork();
      if (underWay.size > 0) {
        if (journal.isDirty) await journal.flush();
        await waitForNews(soonest);
      } else if (soonest !== undefined && !stopping && Date.parse(soonest) - now().getTime() < SHORT_WAIT_MS) {
        if (journal.isDirty) await journal.flush();
        await waitForNews(soonest);
        apply({ kind: 'advance' });
      } else {
        // Stopped in the middle: whoever comes next goes on at once.
        if (stopping) journal.setDoc(doc, nowIso());
        const result = await journal.release(inbox.wakeSeq());
        if (result.released) {
          const due = stopping ? undefined : nextDue(rules, doc);
          return { dueInMs: due === undefined ? undefined : Date.parse(due) - now().getTime(), fault: undefined };
        }
        poked = true;
      }
    }
  }

  /** Until something ends, something comes, or a short wait is over. */
  async function waitForNews(soonest: string | undefined): Promise<void> {
    if (poked) return;
    if (soonest === undefined) return await news.promise;
    const ended = new AbortController();
    await Promise.race([news.promise, clock.sleep(Math.max(0, Date.parse(soonest) - now().getTime()), ended.signal)]);
    ended.abort();
  }

  const ended = drive().catch((error: unknown) => {
    stumble(error);
    return { dueInMs: undefined, fault };
  });

  return {
    id: run.id,
    epoch: run.epoch,
    wakeSeq: inbox.wakeSeq,
    poke() {
      poked = true;
      wake();
    },
    renewed: lease.renewed,
    abort() {
      abort.abort();
      wake();
    },
    stop() {
      stopping = true;
      wake();
    },
    ended,
  };
}
