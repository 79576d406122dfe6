import type { Account } from './account.ts';
import { addLogEntry } from './log-entry.ts';
import type { Incident, Reference, Urgency } from './model.ts';
import { invalidInput, PagerDutyError } from './pagerduty-error.ts';
import { findService } from './state.ts';
import { incidentEvent } from './webhook-body.ts';

export interface NewIncident {
  readonly title: string;
  readonly serviceId: string;
  readonly id?: string;
  readonly urgency?: Urgency;
  readonly incidentKey?: string;
  readonly details?: string;
  readonly priorityId?: string;
  readonly policyId?: string;
  readonly client?: { readonly name: string; readonly url?: string } | null;
}

/** Opens an incident on the level-1 people of its policy and sends `incident.triggered`. */
export function createIncident(account: Account, draft: NewIncident, agent: Reference | null, by: string): Incident {
  const { context, state, sender } = account;
  const service = findService(draft.serviceId);
  if (!service) throw new PagerDutyError(400, 2001, 'Invalid Input Provided', ['Service not found']);
  const incidentKey = draft.incidentKey ?? state.newId('', 32).toLowerCase();
  if (draft.incidentKey !== undefined && findOpenByKey(account, service.id, incidentKey)) {
    throw new PagerDutyError(400, 2002, 'Arguments Caused Error', ['Open incident with matching dedup key already exists on this service']);
  }
  if (draft.id !== undefined && state.incidents.has(draft.id)) throw invalidInput(`Incident ${draft.id} is there already`);
  const policyId = draft.policyId ?? service.policyId;
  const at = state.now();
  const incident: Incident = {
    id: draft.id ?? state.newId('Q', 14),
    number: state.nextNumber(),
    createdAt: at,
    incidentKey,
    status: 'triggered',
    title: draft.title,
    urgency: draft.urgency ?? 'high',
    serviceId: service.id,
    policyId,
    escalationLevel: 1,
    assignments: peopleOf(account, policyId, 1).map((userId) => ({ at, userId })),
    acknowledgements: [],
    priorityId: draft.priorityId ?? null,
    updatedAt: at,
    lastStatusChangeAt: at,
    lastStatusChangeBy: agent,
    resolvedAt: null,
    reopenedAt: null,
    mergedInto: null,
    details: draft.details ?? null,
    notes: [],
    logEntries: [],
  };
  addLogEntry(account, incident, 'trigger_log_entry', agent, 'Triggered');
  state.incidents.set(incident.id, incident);
  context.record({ effect: 'incident.created', marker: incidentKey, subject: incident.id, by, detail: { title: incident.title } });
  sender.publish(
    incidentEvent(state, { type: 'incident.triggered', occurredAt: context.clock.now(), agent, client: draft.client ?? null }, incident),
  );
  return incident;
}

export function findOpenByKey({ state }: Account, serviceId: string, key: string): Incident | undefined {
  return [...state.incidents.values()].find((one) => one.serviceId === serviceId && one.incidentKey === key && one.status !== 'resolved');
}

/** Each person once, though they may stand in `/oncalls` several times. */
export function peopleOf({ state }: Account, policyId: string, level: number): string[] {
  const lines = state.oncalls.filter((line) => line.policyId === policyId && line.level === level);
  return [...new Set(lines.map(({ userId }) => userId))];
}
