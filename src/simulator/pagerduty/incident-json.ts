import type { Incident, Reference } from './model.ts';
import { policyReference, priorityReference, serviceReference, userReference } from './references.ts';
import { findPriority, type PagerDutyState } from './state.ts';
import { userJson } from './user-json.ts';

/** The incident as REST answers it. It differs from the one in webhooks (`incident_number`, `assignments`, more times). */
export function incidentJson(state: PagerDutyState, incident: Incident, include: ReadonlySet<string> = new Set()): unknown {
  const url = `${state.url}/incidents/${incident.id}`;
  const priority = incident.priorityId === null ? undefined : findPriority(incident.priorityId);
  const person = (id: string, word: string) => {
    const full = include.has(word) || include.has('users') ? state.users.find((user) => user.id === id) : undefined;
    return full ? userJson(state, full) : userReference(state, id);
  };
  return {
    incident_number: incident.number,
    title: incident.title,
    description: incident.title,
    created_at: incident.createdAt,
    updated_at: incident.updatedAt,
    status: incident.status,
    incident_key: incident.incidentKey,
    service: serviceReference(state, incident.serviceId),
    assignments: incident.assignments.map(({ at, userId }) => ({ at, assignee: person(userId, 'assignees') })),
    assigned_via: 'escalation_policy',
    last_status_change_at: incident.lastStatusChangeAt,
    resolved_at: incident.resolvedAt,
    first_trigger_log_entry: logEntryReference(state, incident),
    alert_counts: { all: 1, triggered: incident.status === 'resolved' ? 0 : 1, resolved: incident.status === 'resolved' ? 1 : 0 },
    is_mergeable: true,
    incident_type: { name: 'incident_default' },
    escalation_policy: policyReference(state, incident.policyId),
    teams: [],
    pending_actions: [],
    acknowledgements: incident.acknowledgements.map(({ at, agent }) => ({
      at,
      acknowledger: agent.type === 'user_reference' ? person(agent.id, 'acknowledgers') : agent,
    })),
    alert_grouping: null,
    last_status_change_by: incident.lastStatusChangeBy,
    priority: priority ? { ...priorityReference(state, priority.id), type: 'priority', name: priority.name, description: '' } : null,
    resolve_reason: resolveReason(state, incident),
    incidents_responders: [],
    responder_requests: [],
    urgency: incident.urgency,
    ...(incident.details === null ? {} : { body: { type: 'incident_body', details: incident.details } }),
    ...(include.has('conference_bridge') ? { conference_bridge: null } : {}),
    id: incident.id,
    type: 'incident',
    summary: `[#${incident.number}] ${incident.title}`,
    self: url,
    html_url: url,
  };
}

/** `null`, or where the incident went when it was merged. */
export function resolveReason(state: PagerDutyState, incident: Incident): unknown {
  if (incident.mergedInto === null) return null;
  const target = state.incidents.get(incident.mergedInto);
  const url = `${state.url}/incidents/${incident.mergedInto}`;
  const reference: Reference = {
    html_url: url,
    id: incident.mergedInto,
    self: url,
    summary: target?.title ?? null,
    type: 'incident_reference',
  };
  return { type: 'merge_resolve_reason', incident: reference };
}

function logEntryReference(state: PagerDutyState, incident: Incident): unknown {
  const first = incident.logEntries[0];
  const url = `${state.url}/log_entries/${first?.id ?? ''}`;
  return {
    id: first?.id ?? '',
    type: 'trigger_log_entry_reference',
    summary: first?.summary ?? null,
    self: url,
    html_url: `${state.url}/incidents/${incident.id}`,
  };
}
