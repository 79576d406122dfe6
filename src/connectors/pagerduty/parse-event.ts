import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ParsedDelivery, SignedRequest } from '../../core/connector.ts';
import type { Actor, EventFields, IncidentEvent, Reference } from '../../core/event.ts';
import { parseSafeJson, type SafeJson } from '../safe-json.ts';
import { isKnownEvent, typeOf } from './event-types.ts';

/*
 * {"event":{"id":"01J01SAMPLEEVENT0000000000","event_type":"incident.triggered","resource_type":"incident",
 *  "occurred_at":"2026-03-11T09:14:02.311Z","agent":{"id":"PUSR001","summary":"Maya Okafor","type":"user_reference"},"client":null,
 *  "data":{"id":"Q1NC1D3NT0001A","type":"incident","html_url":"https://northwind.pagerduty.com/incidents/Q1NC1D3NT0001A","number":4182,
 *   "status":"triggered","incident_key":"b9a1…","created_at":"2026-03-11T09:14:02Z","title":"Checkout error rate above 5%",
 *   "service":{…},"assignees":[…],"escalation_policy":{"id":"PEPOL01",…},"priority":{"summary":"P1",…},"urgency":"high","resolve_reason":null}}}
 * https://developer.pagerduty.com/docs/webhooks-overview
 */
const VendorRef = z.object({
  id: z.string().nullish(),
  type: z.string().nullish(),
  summary: z.string().nullish(),
  html_url: z.string().nullish(),
});
type VendorRef = z.infer<typeof VendorRef>;

const Envelope = z.object({
  event: z.object({
    id: z.string().min(1).max(256),
    event_type: z.string().min(1).max(128),
    occurred_at: z.iso.datetime({ offset: true }),
    agent: VendorRef.nullish(),
    client: z.object({ name: z.string().nullish() }).nullish(),
    data: z.record(z.string(), z.unknown()),
  }),
});
type Envelope = z.infer<typeof Envelope>['event'];

const IncidentData = z.object({
  id: z.string().min(1).max(256),
  html_url: z.string().nullish(),
  number: z.number().nullish(),
  status: z.string().nullish(),
  incident_key: z.string().nullish(),
  created_at: z.string().nullish(),
  title: z.string().nullish(),
  service: VendorRef.nullish(),
  assignees: z.array(VendorRef).nullish(),
  escalation_policy: VendorRef.nullish(),
  teams: z.array(VendorRef).nullish(),
  priority: VendorRef.nullish(),
  urgency: z.string().nullish(),
  resolve_reason: z.object({ type: z.string().nullish(), incident: VendorRef.nullish() }).nullish(),
});

/** Notes, responders and the like: the incident is a reference inside. Role assignments list theirs. */
const PartData = z.object({
  incident: VendorRef.nullish(),
  incident_role_assignments: z.array(z.object({ incident: VendorRef.nullish() })).nullish(),
  content: z.string().nullish(),
  message: z.string().nullish(),
  state: z.string().nullish(),
  user: VendorRef.nullish(),
});

/** `identify` and `parse` see the same bytes one after another; parsed once. */
const parsedBodies = new WeakMap<Buffer, SafeJson>();

function parseBody(rawBody: Buffer): SafeJson {
  const kept = parsedBodies.get(rawBody);
  if (kept) return kept;
  const parsed = parseSafeJson(rawBody);
  parsedBodies.set(rawBody, parsed);
  return parsed;
}

const Id = z.string().min(1).max(256);
const Identified = z.object({ event: z.object({ id: Id }) });

/** `X-Webhook-Id` is the same on each attempt of a delivery; `event.id` also over two subscriptions that match. */
export function identifyPagerDuty({ headers, rawBody }: SignedRequest): { deliveryKey: string; eventKey: string | undefined } {
  const webhookId = Id.safeParse(headers['x-webhook-id']);
  const body = parseBody(rawBody);
  const event = body.ok ? Identified.safeParse(body.value) : undefined;
  return {
    deliveryKey: webhookId.success ? webhookId.data : `sha256:${createHash('sha256').update(rawBody).digest('hex')}`,
    eventKey: event?.success ? event.data.event.id : undefined,
  };
}

/** Total: whatever the bytes, there is an outcome. */
export function parsePagerDuty(rawBody: Buffer): ParsedDelivery {
  const body = parseBody(rawBody);
  if (!body.ok) return { kind: 'unreadable', reason: body.reason };
  if (isOldVersion(body.value)) {
    return {
      kind: 'unreadable',
      reason: 'a V1/V2 webhook ("messages"). Make a Generic Webhooks (v3) subscription in PagerDuty and delete the old extension.',
    };
  }
  const envelope = Envelope.safeParse(body.value);
  if (!envelope.success) return { kind: 'unreadable', reason: describe('not a V3 event', envelope.error) };
  const event = envelope.data.event;
  const vendorType = `pagerduty:${event.event_type}`;
  if (!event.event_type.startsWith('incident.')) {
    return { kind: 'ignored', vendorType, reason: event.event_type === 'pagey.ping' ? 'a test delivery' : 'not about an incident' };
  }
  if (!isKnownEvent(event.event_type)) return { kind: 'ignored', vendorType, reason: 'an event type we do not know' };
  return event.data['type'] === 'incident' ? parseIncident(event, vendorType) : parsePart(event, vendorType);
}

function isOldVersion(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.hasOwn(body, 'messages') && !Object.hasOwn(body, 'event');
}

function parseIncident(event: Envelope, vendorType: string): ParsedDelivery {
  const parsed = IncidentData.safeParse(event.data);
  if (!parsed.success) return { kind: 'unreadable', reason: describe('event.data is no incident', parsed.error) };
  const incident = parsed.data;
  const merged = incident.resolve_reason?.type === 'merge_resolve_reason';
  const references: Reference[] = [{ kind: 'pager.incident', value: `pagerduty:${incident.id}` }];
  const key = incident.incident_key ?? '';
  // A longer key could not be stored; PagerDuty's limit is 255.
  if (key !== '' && key.length <= 500) references.push({ kind: 'pager.dedup_key', value: `pagerduty:${key}` });
  const fields: EventFields = {
    ...noFields(),
    Title: incident.title ?? '',
    Severity: incident.priority?.summary ?? '',
    Urgency: incident.urgency ?? '',
    Status: incident.status ?? '',
    Service: incident.service?.summary ?? '',
    URL: incident.html_url ?? '',
    Key: key,
    StartedAt: incident.created_at ?? '',
    MergedInto: { URL: (merged && incident.resolve_reason?.incident?.html_url) || '' },
    Vendor: {
      number: incident.number ?? null,
      incident_id: incident.id,
      priority: incident.priority?.summary ?? '',
      escalation_policy_id: incident.escalation_policy?.id ?? '',
      escalation_policy: incident.escalation_policy?.summary ?? '',
      service_id: incident.service?.id ?? '',
      assignees: (incident.assignees ?? []).map(shortRef),
      teams: (incident.teams ?? []).map(shortRef),
      resolve_reason: incident.resolve_reason?.type ?? '',
      merged_into_id: (merged && incident.resolve_reason?.incident?.id) || '',
      client: event.client?.name ?? '',
    },
  };
  return toEvent(event, vendorType, merged ? 'merged' : typeOf(event.event_type), incident.id, references, fields);
}

function parsePart(event: Envelope, vendorType: string): ParsedDelivery {
  const parsed = PartData.safeParse(event.data);
  if (!parsed.success) return { kind: 'unreadable', reason: describe('event.data has an unknown shape', parsed.error) };
  const part = parsed.data;
  // Not `data.id`: that names the note, the task, the responder.
  const incident = part.incident ?? part.incident_role_assignments?.find((assignment) => assignment.incident)?.incident;
  const id = Id.safeParse(incident?.id);
  if (!id.success) return { kind: 'unreadable', reason: 'event.data names no incident' };
  const fields: EventFields = {
    ...noFields(),
    Title: incident?.summary ?? '',
    Description: part.content ?? part.message ?? '',
    URL: incident?.html_url ?? '',
    Vendor: {
      incident_id: id.data,
      state: part.state ?? '',
      user: part.user ? shortRef(part.user) : null,
      client: event.client?.name ?? '',
    },
  };
  const references: Reference[] = [{ kind: 'pager.incident', value: `pagerduty:${id.data}` }];
  return toEvent(event, vendorType, typeOf(event.event_type), id.data, references, fields);
}

function toEvent(
  event: Envelope,
  vendorType: string,
  type: string,
  incidentId: string,
  references: Reference[],
  fields: EventFields,
): ParsedDelivery {
  const mapped: IncidentEvent = {
    source: 'pagerduty',
    type,
    vendorType,
    occurredAt: event.occurred_at,
    key: `pagerduty:${incidentId}`,
    references,
    actor: actorOf(event.agent),
    fields,
  };
  return { kind: 'event', event: mapped };
}

/** The agent may be a user, an integration, a service, or null for automation. Its name is never empty. */
function actorOf(agent: VendorRef | null | undefined): Actor {
  return { name: agent?.summary || 'PagerDuty', username: '', email: '', id: agent?.id ? `pagerduty:${agent.id}` : '' };
}

function shortRef(ref: VendorRef): { id: string; name: string } {
  return { id: ref.id ?? '', name: ref.summary ?? '' };
}

function noFields(): EventFields {
  return {
    Source: 'pagerduty',
    Title: '',
    Description: '',
    Severity: '',
    Urgency: '',
    Status: '',
    Service: '',
    Host: '',
    URL: '',
    Key: '',
    StartedAt: '',
    MergedInto: { URL: '' },
    Vendor: {},
  };
}

function describe(what: string, error: z.ZodError): string {
  const issue = error.issues[0];
  return issue ? `${what}: ${issue.path.join('.') || 'body'}: ${issue.message}` : what;
}
