/** A reference as PagerDuty puts it into answers and webhooks. */
export interface Reference {
  readonly html_url: string | null;
  readonly id: string;
  readonly self: string | null;
  readonly summary: string | null;
  readonly type: string;
}

export interface User {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly timeZone: string;
  readonly jobTitle: string;
}

export interface Service {
  readonly id: string;
  readonly name: string;
  readonly policyId: string;
  readonly integrationId: string;
  /** The 32 characters that Events API v2 callers use as their credential. */
  readonly routingKey: string;
}

export interface Policy {
  readonly id: string;
  readonly name: string;
}

export interface Priority {
  readonly id: string;
  readonly name: string;
}

/** One line of `/oncalls`; a permanent one has no schedule and no times. */
export interface OnCall {
  readonly policyId: string;
  readonly level: number;
  readonly userId: string;
  readonly schedule: { readonly id: string; readonly name: string } | null;
  readonly start: string | null;
  readonly end: string | null;
}

export type IncidentStatus = 'triggered' | 'acknowledged' | 'resolved';
export type Urgency = 'high' | 'low';

export interface Note {
  readonly id: string;
  readonly content: string;
  readonly userId: string;
  readonly createdAt: string;
}

export interface LogEntry {
  readonly id: string;
  readonly type: string;
  readonly createdAt: string;
  readonly agent: Reference | null;
  readonly summary: string;
}

export interface Incident {
  readonly id: string;
  readonly number: number;
  readonly createdAt: string;
  readonly incidentKey: string;
  status: IncidentStatus;
  title: string;
  urgency: Urgency;
  serviceId: string;
  policyId: string;
  escalationLevel: number;
  assignments: readonly { readonly at: string; readonly userId: string }[];
  acknowledgements: readonly { readonly at: string; readonly agent: Reference }[];
  priorityId: string | null;
  updatedAt: string;
  lastStatusChangeAt: string;
  lastStatusChangeBy: Reference | null;
  resolvedAt: string | null;
  reopenedAt: string | null;
  mergedInto: string | null;
  details: string | null;
  readonly notes: Note[];
  readonly logEntries: LogEntry[];
}

export interface Subscription {
  readonly id: string;
  readonly url: string;
  /** All sign each webhook; more than one during a rotation. */
  readonly secrets: readonly string[];
  readonly customHeaders: readonly { readonly name: string; readonly value: string }[];
  description: string;
  active: boolean;
  events: readonly string[];
  filter: { readonly type: string; readonly id?: string };
  consecutiveDrops: number;
  /** Until this moment nothing is queued: the vendor's punishment for three dropped webhooks. */
  disabledUntil: Date | null;
}
