import { randomUUID } from 'node:crypto';
import type { Clock } from './core/clock.ts';
import type { Connector } from './core/connector.ts';
import { EventFields, type IncidentEvent } from './core/event.ts';
import type { Playbook } from './core/playbook.ts';
import type { DeliveryStore, NewDelivery } from './core/store.ts';
import type { Queues } from './queue/open-queues.ts';
import type { OpenRunStore } from './store/open-runs.ts';
import { storableJson } from './store/storable-json.ts';
import type { UpkeepStore } from './store/upkeep.ts';

export interface RunOperation {
  readonly runId: string;
  readonly operation: 'retry' | 'skip' | 'cancel';
  readonly action?: string;
  readonly by: string;
}

export interface OperationAnswer {
  readonly accepted: boolean;
  readonly reason?: string;
}

/** What people do from the console and the command line; all of it goes through the same inbox and signals as everything else. */
export interface Operations {
  operate(command: RunOperation): Promise<OperationAnswer>;
  replay(deliveryId: string): Promise<OperationAnswer>;
  deliver(delivery: NewDelivery): Promise<void>;
  runPlaybook(name: string, by: string): Promise<OperationAnswer>;
}

export interface OperationsOptions {
  readonly deliveries: DeliveryStore;
  readonly openRuns: OpenRunStore;
  readonly upkeep: UpkeepStore;
  readonly queues: Pick<Queues, 'wakeDelivery' | 'wakeRun'>;
  readonly connectors: ReadonlyMap<string, Connector>;
  readonly clock: Clock;
  /** Those in force. */
  playbooks(): readonly Playbook[];
}

export function createOperations(options: OperationsOptions): Operations {
  const { deliveries, openRuns, upkeep, queues, connectors, clock } = options;

  async function deliver(delivery: NewDelivery): Promise<void> {
    if (await deliveries.insert(delivery)) await queues.wakeDelivery(delivery.id, 1);
  }

  return {
    deliver,
    async operate({ runId, operation, action, by }) {
      const woken = await openRuns.signal(runId, { kind: 'operator', operation, by, ...(action === undefined ? {} : { action }) });
      if (!woken) return { accepted: false, reason: 'This run has ended.' };
      await queues.wakeRun(woken.id, woken.wakeSeq);
      return { accepted: true };
    },
    async replay(deliveryId) {
      const stored = await upkeep.readBody(deliveryId);
      if (!stored) return { accepted: false, reason: 'Its body is gone: retention has emptied it, or there is no such delivery.' };
      if (stored.door !== 'event') return { accepted: false, reason: 'Only webhooks can be replayed; press the button again instead.' };
      const parsed = connectors.get(stored.source)?.ingest?.parse(stored.body);
      if (parsed?.kind !== 'event')
        return {
          accepted: false,
          reason: parsed ? `There is nothing in it to act on: ${parsed.reason}` : `${stored.source} is not configured.`,
        };
      const { event } = parsed;
      const wakeSeq = await upkeep.reopen(deliveryId, storableJson(event), event.key, event.occurredAt);
      if (wakeSeq === undefined) return { accepted: false, reason: 'It waits for its decision already.' };
      await queues.wakeDelivery(deliveryId, wakeSeq);
      return { accepted: true };
    },
    async runPlaybook(name, by) {
      const playbook = options.playbooks().find((one) => one.name === name);
      if (!playbook) return { accepted: false, reason: `There is no playbook "${name}" in force.` };
      if (!playbook.triggers.some((trigger) => trigger.type === 'manual')) {
        return { accepted: false, reason: `"${name}" has no trigger of type manual. Add { name: ByHand, type: manual } to its triggers.` };
      }
      const id = randomUUID();
      const now = clock.now().toISOString();
      const event: IncidentEvent = {
        source: 'manual',
        type: 'triggered',
        vendorType: 'manual:run',
        occurredAt: now,
        key: `manual:${id}`,
        references: [],
        actor: { name: by, username: by, email: '', id: '' },
        fields: EventFields.parse({ Source: 'manual', Title: `${name}, started by ${by}`, StartedAt: now, Vendor: { playbook: name } }),
      };
      await deliver({
        id,
        source: 'manual',
        door: 'manual',
        deliveryKey: `manual:${id}`,
        eventKey: undefined,
        headers: {},
        body: Buffer.from(JSON.stringify({ playbook: name, by })),
        event,
        correlationKey: event.key,
        occurredAt: now,
      });
      return { accepted: true };
    },
  };
}
