import type { Incident, Note, Reference } from './model.ts';
import { resolveReason } from './incident-json.ts';
import { incidentReference, policyReference, priorityReference, serviceReference, userReference } from './references.ts';
import type { PagerDutyState } from './state.ts';

export interface WebhookEvent {
  readonly id: string;
  readonly type: string;
  /** '' for events of no incident (`pagey.ping`). */
  readonly incidentId: string;
  readonly serviceId: string;
  /** The bytes that are signed; a snapshot of the moment of the event. */
  readonly body: string;
}

interface EventDraft {
  readonly type: string;
  readonly occurredAt: Date;
  readonly agent: unknown;
  readonly client?: { readonly name: string; readonly url?: string } | null;
}

/** Keys in the order of captured deliveries. */
function envelope(
  state: PagerDutyState,
  draft: EventDraft,
  subject: Pick<WebhookEvent, 'incidentId' | 'serviceId'>,
  data: unknown,
): WebhookEvent {
  const id = state.newId('01', 26);
  const event = {
    id,
    event_type: draft.type,
    resource_type: draft.type.split('.')[0],
    occurred_at: draft.occurredAt.toISOString(),
    agent: draft.agent,
    client: draft.client ?? null,
    data,
  };
  return { id, type: draft.type, ...subject, body: JSON.stringify({ event }) };
}

/** The incident as webhooks show it: `number` and `assignees`, no acknowledgements, no description. */
export function incidentEvent(state: PagerDutyState, draft: EventDraft, incident: Incident): WebhookEvent {
  const url = `${state.url}/incidents/${incident.id}`;
  const data = {
    id: incident.id,
    type: 'incident',
    self: url,
    html_url: url,
    number: incident.number,
    status: incident.status,
    incident_key: incident.incidentKey,
    created_at: incident.createdAt,
    title: incident.title,
    service: serviceReference(state, incident.serviceId),
    assignees: incident.status === 'resolved' ? [] : incident.assignments.map(({ userId }) => userReference(state, userId)),
    escalation_policy: policyReference(state, incident.policyId),
    teams: [],
    priority: incident.priorityId === null ? null : priorityReference(state, incident.priorityId),
    urgency: incident.urgency,
    conference_bridge: null,
    resolve_reason: resolveReason(state, incident),
    incident_type: { name: 'incident_default' },
    ...(incident.reopenedAt === null ? {} : { reopened_at: incident.reopenedAt }),
  };
  return envelope(state, draft, { incidentId: incident.id, serviceId: incident.serviceId }, data);
}

/** Longer notes are cut in the webhook, with `trimmed: true`; the limit itself is not published. */
const NOTE_LIMIT = 2000;

export function noteEvent(state: PagerDutyState, occurredAt: Date, agent: Reference, incident: Incident, note: Note): WebhookEvent {
  const data = {
    incident: incidentReference(state, incident),
    id: note.id,
    content: note.content.slice(0, NOTE_LIMIT),
    trimmed: note.content.length > NOTE_LIMIT,
    type: 'incident_note',
  };
  return envelope(
    state,
    { type: 'incident.annotated', occurredAt, agent },
    { incidentId: incident.id, serviceId: incident.serviceId },
    data,
  );
}

export function pingEvent(state: PagerDutyState, occurredAt: Date, userId: string): WebhookEvent {
  const draft = { type: 'pagey.ping', occurredAt, agent: { id: userId, type: 'user_reference' } };
  return envelope(state, draft, { incidentId: '', serviceId: '' }, { message: 'Hello from your friend Pagey!', type: 'ping' });
}
