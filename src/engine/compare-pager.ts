import { createHash, randomUUID } from 'node:crypto';
import type { IncidentEvent } from '../core/event.ts';
import type { Pager, PagerIncident } from '../core/ports.ts';
import type { NewDelivery } from '../core/store.ts';
import type { RunDoc } from '../core/run.ts';
import type { PlaybookSource } from './playbook-source.ts';

export interface ComparedRun {
  readonly versionId: string;
  /** `pagerduty:Q1NC…` */
  readonly incident: string;
  readonly correlationKey: string;
  readonly acknowledged: boolean;
  readonly resolved: boolean;
  readonly doc: RunDoc;
}

export interface ComparisonOptions {
  readonly source: string;
  readonly pager: Pager;
  readonly playbooks: PlaybookSource;
  listRuns(): Promise<readonly ComparedRun[]>;
  /** Through the same inbox as every webhook; false = known already. */
  deliver(delivery: NewDelivery): Promise<void>;
  now(): Date;
}

/** Status-changing wishes: while one is open, the pager is expected to differ. */
const WISHES = new Set(['acknowledge_incident', 'resolve_incident']);

/**
 * Compares open runs with the pager and stores what was missed (webhooks lost while we were down, or a disabled subscription) as
 * deliveries of its own making. It only makes signals; the run decides.
 */
export async function comparePager(options: ComparisonOptions, signal: AbortSignal): Promise<number> {
  const runs = (await options.listRuns()).filter((run) => run.incident.startsWith(`${options.source}:`));
  const ids = [...new Set(runs.map((run) => idOf(run.incident)))];
  if (ids.length === 0) return 0;
  const incidents = new Map((await options.pager.readIncidents(ids, signal)).map((incident) => [incident.id, incident]));
  const missed = new Map<string, NewDelivery>();
  for (const run of runs) {
    const incident = incidents.get(idOf(run.incident));
    const type = incident && (await missedEvent(options, run, incident));
    if (incident && type) {
      const delivery = toDelivery(options, run, incident, type);
      missed.set(delivery.deliveryKey, delivery);
    }
  }
  for (const delivery of missed.values()) await options.deliver(delivery);
  return missed.size;
}

async function missedEvent(options: ComparisonOptions, run: ComparedRun, incident: PagerIncident): Promise<string | undefined> {
  if (incident.status === 'resolved') return run.resolved ? undefined : 'resolved';
  if (incident.status === 'acknowledged') return run.acknowledged ? undefined : 'acknowledged';
  const playbook = await options.playbooks.byVersion(run.versionId);
  const wished = run.doc.invocations.some((one) => one.state === 'open' && WISHES.has(playbook.actions.get(one.action)?.type ?? ''));
  return playbook.steps.get(run.doc.step)?.marks === 'acknowledged' && !wished && run.doc.stage === 'settled'
    ? 'unacknowledged'
    : undefined;
}

function toDelivery(options: ComparisonOptions, run: ComparedRun, incident: PagerIncident, type: string): NewDelivery {
  const { source } = options;
  const event: IncidentEvent = {
    source,
    type,
    vendorType: `${source}:comparison`,
    occurredAt: occurredAt(incident, options.now()),
    key: run.correlationKey,
    references: [{ kind: 'pager.incident', value: run.incident }],
    actor: incident.actor ?? { name: 'PagerDuty', username: '', email: '', id: '' },
    fields: {
      Source: source,
      Title: incident.title,
      Description: '',
      Severity: '',
      Urgency: '',
      Status: incident.status,
      Service: '',
      Host: '',
      URL: incident.url,
      Key: '',
      StartedAt: '',
      MergedInto: { URL: '' },
      Vendor: {},
    },
  };
  // Once for each change at the pager and each place of the run: looking again finds the same key.
  const changed = createHash('sha256')
    .update([incident.id, incident.status, incident.statusChangedAt, run.doc.visit].join(' '))
    .digest('hex');
  return {
    id: randomUUID(),
    source,
    door: 'comparison',
    deliveryKey: `comparison:${changed}`,
    eventKey: undefined,
    headers: {},
    body: Buffer.from(JSON.stringify(incident)),
    event,
    correlationKey: event.key,
    occurredAt: event.occurredAt,
  };
}

/** PagerDuty tells the change to the second, webhooks to the millisecond: its end, or a webhook of the same second would seem newer. */
function occurredAt(incident: PagerIncident, now: Date): string {
  return incident.statusChangedAt === ''
    ? now.toISOString()
    : new Date(Math.floor(Date.parse(incident.statusChangedAt) / 1000) * 1000 + 999).toISOString();
}

function idOf(incident: string): string {
  return incident.slice(incident.indexOf(':') + 1);
}
