import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { IncidentEvent } from '../core/event.ts';
import { messageOf } from '../core/errors.ts';
import type { Failpoint } from '../core/failpoint.ts';
import type { Log } from '../core/log.ts';
import type { Playbook, Trigger } from '../core/playbook.ts';
import { ClickSignal, type RunContext, type Signal } from '../core/run.ts';
import type { NewRun, OpenRun, RoutableDelivery, RoutingDecision, RoutingResult, RoutingStore, RoutingView } from '../core/store.ts';
import type { ActivePlaybook, PlaybookSource } from './playbook-source.ts';
import type { Registry } from './registry.ts';
import type { Runner } from './runner.ts';
import { createScope, type RunFacts } from './scope.ts';
import { firstDoc } from './first-doc.ts';

/** A stored click: the signal, and the run whose button it was. */
const StoredClick = z.object({ runId: z.uuid(), click: ClickSignal });

export interface RouterOptions {
  readonly store: RoutingStore;
  readonly runner: Runner;
  readonly playbooks: PlaybookSource;
  readonly registry: Registry;
  readonly log: Log;
  readonly failpoint: Failpoint;
  readonly owner: string;
  readonly leaseMs: number;
  readonly settings: RunFacts['settings'];
  wakeRun(runId: string, wakeSeq: string): Promise<void>;
}

export interface Router {
  /** Decides a delivery: starts runs, signals open ones, or ignores it with a reason. Ends before the runs do. */
  route(deliveryIds: readonly string[]): Promise<void>;
}

export function createRouter(options: RouterOptions): Router {
  const { store, runner, log } = options;
  return {
    async route(deliveryIds) {
      const { started, signalled } = await store.route(deliveryIds, options.owner, options.leaseMs, (view) => {
        const result = decideAll(options, view);
        options.failpoint('route.before-commit');
        return result;
      });
      options.failpoint('route.after-commit');
      await runner.adopt(started);
      await Promise.all(
        signalled.map(async ({ id, wakeSeq }) => {
          if (!(await runner.advance(id))) await options.wakeRun(id, wakeSeq);
        }),
      );
      for (const run of started)
        log.info({ run: run.id, playbook: run.playbook, number: run.number, key: run.context.started?.key }, 'run started');
    },
  };
}

/** Every delivery in arrival order; what an earlier one started is open for the later ones. Pure but for new ids. */
export function decideAll(options: Pick<RouterOptions, 'playbooks' | 'registry' | 'settings' | 'log'>, view: RoutingView): RoutingResult {
  const runs: NewRun[] = [];
  const signals: { runId: string; signal: Signal; deliveryId: string | undefined }[] = [];
  const consumedEchoes: { runId: string; effectKey: string }[] = [];
  const usedEchoes = new Set<string>();
  /** Ignored in this very batch: a run that starts a delivery later should have had them. */
  const ignoredHere: { readonly event: IncidentEvent; readonly deliveryId: string }[] = [];
  const takenUp = new Map<string, readonly NewRun[]>();

  function decide(delivery: RoutableDelivery): RoutingDecision {
    if (delivery.door === 'button') return decideClick(delivery);
    const parsed = IncidentEvent.safeParse(delivery.event);
    if (!parsed.success) return decision(delivery, 'dead', `the stored event can't be read: ${parsed.error.message}`);
    return decideEvent(delivery, parsed.data);
  }

  function decideClick(delivery: RoutableDelivery): RoutingDecision {
    const stored = StoredClick.safeParse(delivery.event);
    if (!stored.success) return decision(delivery, 'dead', 'the stored click can’t be read');
    const { runId, click } = stored.data;
    if (!view.byId.has(runId))
      return { ...decision(delivery, 'ignored', 'the run has ended'), answer: 'Too late: this incident is already closed.' };
    signals.push({ runId, signal: click, deliveryId: delivery.id });
    return decision(delivery, 'signalled', `button ${click.label}`, [runId]);
  }

  function decideEvent(delivery: RoutableDelivery, event: IncidentEvent): RoutingDecision {
    const owners = ownersOf(event);
    const takers: string[] = [];
    for (const owner of owners) {
      const echo = echoFor(owner, event);
      if (echo) {
        usedEchoes.add(`${owner.id} ${echo}`);
        consumedEchoes.push({ runId: owner.id, effectKey: echo });
      } else {
        takers.push(owner.id);
        signals.push({ runId: owner.id, signal: { kind: 'event', event }, deliveryId: delivery.id });
      }
    }
    // Our last call's echo often comes when its run has just ended: still ours, and nothing to start a run over.
    const late = owners.length === 0 ? lateEcho(event) : undefined;
    if (late) return decision(delivery, 'echo', 'the echo of our own call; its run has ended', [late]);
    const begun = startFor(event, owners.length > 0);
    if (begun.length > 0) {
      takeUpIgnored(event, begun);
      return decision(delivery, 'started', `started ${begun.map((run) => run.playbook).join(', ')}`, [
        ...begun.map((run) => run.id),
        ...takers,
      ]);
    }
    if (takers.length > 0) return decision(delivery, 'signalled', event.type, takers);
    if (owners.length > 0)
      return decision(
        delivery,
        'echo',
        'the echo of our own call',
        owners.map((run) => run.id),
      );
    ignoredHere.push({ event, deliveryId: delivery.id });
    return decision(
      delivery,
      'ignored',
      `no open run has this incident, and no trigger of the ${options.playbooks.active().length} playbooks in force matches ${event.source} ${event.type}`,
    );
  }

  function ownersOf(event: IncidentEvent): readonly OpenRun[] {
    const owners = new Map<string, OpenRun>();
    for (const { kind, value } of event.references) {
      for (const run of view.byReference.get(`${kind} ${value}`) ?? []) owners.set(run.id, run);
      for (const run of runs) if (run.references.some((one) => one.kind === kind && one.value === value)) owners.set(run.id, run);
    }
    for (const run of view.byKey.get(event.key) ?? []) owners.set(run.id, run);
    for (const run of runs) if (run.correlationKey === event.key) owners.set(run.id, run);
    return [...owners.values()];
  }

  function echoFor(owner: Pick<OpenRun, 'id'>, event: IncidentEvent): string | undefined {
    for (const { kind, value } of event.references) {
      const echo = (view.echoes.get(`${kind} ${value}`) ?? []).find(
        (one) =>
          one.runId === owner.id &&
          one.eventType === event.type &&
          (one.actorId === '' || one.actorId === event.actor.id) &&
          !usedEchoes.has(`${owner.id} ${one.effectKey}`),
      );
      if (echo) return echo.effectKey;
    }
    return undefined;
  }

  /** The ended run whose call caused the event. */
  function lateEcho(event: IncidentEvent): string | undefined {
    for (const { kind, value } of event.references) {
      for (const { runId } of view.echoes.get(`${kind} ${value}`) ?? []) {
        const effectKey = echoFor({ id: runId }, event);
        if (effectKey === undefined) continue;
        usedEchoes.add(`${runId} ${effectKey}`);
        consumedEchoes.push({ runId, effectKey });
        return runId;
      }
    }
    return undefined;
  }

  function startFor(event: IncidentEvent, known: boolean): readonly NewRun[] {
    const begun: NewRun[] = [];
    for (const active of options.playbooks.active()) {
      const trigger = active.playbook.triggers.find((one) => (one.alsoOurs || !known) && matches(active, one, event));
      if (trigger) begun.push(newRun(active, trigger, event));
    }
    runs.push(...begun);
    return begun;
  }

  function matches(active: ActivePlaybook, trigger: Trigger, event: IncidentEvent): boolean {
    const definition = options.registry.triggers.get(trigger.type);
    if (!definition?.match(event, trigger.options)) return false;
    if (event.source === 'manual' && event.fields.Vendor['playbook'] !== active.playbook.name) return false;
    if (!trigger.condition) return true;
    const facts = factsOf(options.settings, active.playbook, {
      event: event.fields,
      trigger: trigger.name,
      started: event,
      actor: event.actor,
    });
    const doc = firstDoc({ facts, registry: options.registry }, options.settings.publicUrl);
    try {
      return trigger.condition(createScope(facts, options.registry, doc, undefined, { outputs: {}, missing: '', trust: false }));
    } catch (error) {
      options.log.warn(
        { playbook: active.playbook.name, trigger: trigger.name, err: error },
        `a trigger's condition could not be judged, so it does not match: ${messageOf(error)}`,
      );
      return false;
    }
  }

  function newRun(active: ActivePlaybook, trigger: Trigger, event: IncidentEvent): NewRun {
    const context: RunContext = { event: event.fields, trigger: trigger.name, started: event, actor: event.actor };
    const facts = factsOf(options.settings, active.playbook, context);
    return {
      id: randomUUID(),
      playbook: active.playbook.name,
      versionId: active.versionId,
      title: event.fields.Title || active.playbook.name,
      correlationKey: event.key,
      context,
      doc: firstDoc({ facts, registry: options.registry }, options.settings.publicUrl),
      references: event.references,
      problemStartedAt: z.iso.datetime({ offset: true }).safeParse(event.fields.StartedAt).data,
      trigger: trigger.name,
    };
  }

  /** PagerDuty's `acknowledged` can come before `triggered`: what was ignored then belongs to the run now. */
  function takeUpIgnored(event: IncidentEvent, begun: readonly NewRun[]): void {
    for (const earlier of view.ignored.get(event.key) ?? []) {
      // In the same millisecond counts as later, as everywhere: an incident can't be acknowledged before it was triggered.
      if (Date.parse(earlier.occurredAt) < Date.parse(event.occurredAt)) continue;
      const { deliveryId, ...rest } = earlier;
      for (const run of begun) signals.push({ runId: run.id, signal: { kind: 'event', event: rest }, deliveryId });
    }
    for (const { event: earlier, deliveryId } of ignoredHere) {
      if (earlier.key !== event.key || Date.parse(earlier.occurredAt) < Date.parse(event.occurredAt)) continue;
      takenUp.set(deliveryId, [...(takenUp.get(deliveryId) ?? []), ...begun]);
      for (const run of begun) signals.push({ runId: run.id, signal: { kind: 'event', event: earlier }, deliveryId });
    }
  }

  const decisions = view.deliveries.map(decide).map((made): RoutingDecision => {
    const takers = takenUp.get(made.deliveryId);
    return takers
      ? { ...made, outcome: 'signalled', reason: 'came before the event that started the run', runIds: takers.map((run) => run.id) }
      : made;
  });
  return { decisions, runs, signals, consumedEchoes };
}

function decision(delivery: RoutableDelivery, outcome: string, reason: string, runIds: readonly string[] = []): RoutingDecision {
  return { deliveryId: delivery.id, outcome, reason, runIds };
}

function factsOf(settings: RunFacts['settings'], playbook: Playbook, context: RunContext): RunFacts {
  return { id: '', number: 0, startedAt: '', playbook, context, settings };
}
