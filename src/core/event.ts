import { z } from 'zod';

/** The vocabulary of events that every connector translates into (DESIGN §5). A vendor's own name is `source:name`. */
export const EVENT_TYPES = [
  'triggered',
  'acknowledged',
  'unacknowledged',
  'resolved',
  'reopened',
  'merged',
  'reassigned',
  'escalated',
  'priority_changed',
  'note_added',
  'flapping',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Something at a vendor that belongs to a run, e.g. `{ kind: 'pager.incident', value: 'pagerduty:Q1NC…' }`. */
export const Reference = z.strictObject({
  kind: z.enum(['pager.incident', 'pager.dedup_key', 'tracker.issue', 'chat.channel', 'chat.post', 'monitor.problem']),
  value: z.string().min(1).max(512),
});
export type Reference = z.infer<typeof Reference>;

/** Who did it. Name is never empty: the person, else the agent's summary, else the source (ENGINE, Posts). */
export const Actor = z.strictObject({
  name: z.string().min(1),
  username: z.string().default(''),
  email: z.string().default(''),
  /** The vendor's id of the person or agent, prefixed with the source: `pagerduty:PUSR001`. Empty where unknown. */
  id: z.string().default(''),
});
export type Actor = z.infer<typeof Actor>;

/** What a template sees as `Event` and `Signal`; unset strings are ''. */
export const EventFields = z.object({
  Source: z.string().default(''),
  Title: z.string().default(''),
  Description: z.string().default(''),
  Severity: z.string().default(''),
  Urgency: z.string().default(''),
  Status: z.string().default(''),
  Service: z.string().default(''),
  Host: z.string().default(''),
  URL: z.string().default(''),
  Key: z.string().default(''),
  StartedAt: z.string().default(''),
  MergedInto: z.object({ URL: z.string().default('') }).prefault({}),
  /** Vendor-only fields under the vendor's own names; plain JSON. */
  Vendor: z.record(z.string(), z.json()).default({}),
});
export type EventFields = z.infer<typeof EventFields>;

/** What a delivery says, in our types. Stored as JSON, so times are ISO 8601 strings in UTC. */
export const IncidentEvent = z.strictObject({
  /** Connector id: `pagerduty`. */
  source: z.string(),
  /** One of {@link EVENT_TYPES}, or `source:vendor.name` where the vocabulary has no word. */
  type: z.string(),
  /** The vendor's own name, always `source:name`. */
  vendorType: z.string(),
  occurredAt: z.iso.datetime({ offset: true }),
  /** Default correlation key, e.g. `pagerduty:Q1NC1D3NT0001A`. */
  key: z.string().min(1).max(512),
  references: z.array(Reference),
  actor: Actor,
  fields: EventFields,
});
export type IncidentEvent = z.infer<typeof IncidentEvent>;
