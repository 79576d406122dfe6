import type { EventType } from '../../core/event.ts';

/** Event types with a word in our vocabulary (core/event.ts). `merged` is told from `resolved` by its reason. */
const IN_OUR_WORDS: ReadonlyMap<string, EventType> = new Map([
  ['incident.triggered', 'triggered'],
  ['incident.acknowledged', 'acknowledged'],
  ['incident.unacknowledged', 'unacknowledged'],
  ['incident.resolved', 'resolved'],
  ['incident.reopened', 'reopened'],
  ['incident.reassigned', 'reassigned'],
  ['incident.escalated', 'escalated'],
  ['incident.priority_updated', 'priority_changed'],
  ['incident.annotated', 'note_added'],
]);

/** Types that keep the vendor's name: a playbook may listen for them as `pagerduty:<name>`. */
const IN_VENDOR_WORDS: ReadonlySet<string> = new Set([
  'incident.delegated',
  'incident.service_updated',
  'incident.incident_type.changed',
  'incident.status_update_published',
  'incident.responder.added',
  'incident.responder.replied',
  'incident.conference_bridge.updated',
  'incident.custom_field_values.updated',
  'incident.role.assigned',
  'incident.task.created',
  'incident.task.updated',
  'incident.task.completed',
  'incident.workflow.started',
  'incident.workflow.completed',
  'incident.action_invocation.created',
  'incident.action_invocation.updated',
  'incident.action_invocation.terminated',
]);

/** New types may appear at any time; those are ignored until we know what they say. */
export function isKnownEvent(vendorType: string): boolean {
  return IN_OUR_WORDS.has(vendorType) || IN_VENDOR_WORDS.has(vendorType);
}

/** Our word, or the vendor's with the source before it. */
export function typeOf(vendorType: string): string {
  return IN_OUR_WORDS.get(vendorType) ?? `pagerduty:${vendorType}`;
}
