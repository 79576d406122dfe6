import type { Account } from './account.ts';
import { peopleOf } from './create-incident.ts';
import { addLogEntry } from './log-entry.ts';
import type { Incident, Note, Reference, Urgency } from './model.ts';
import { PagerDutyError } from './pagerduty-error.ts';
import { incidentEvent, noteEvent } from './webhook-body.ts';

const MAX_NOTES = 2000;

export function addNote({ context, state, sender }: Account, incident: Incident, content: string, agent: Reference, by: string): Note {
  if (incident.notes.length >= MAX_NOTES) throw new PagerDutyError(400, 2001, 'Invalid Input Provided', ['Too many notes']);
  const note: Note = { id: state.newId('P', 14), content, userId: agent.id, createdAt: state.now() };
  incident.notes.push(note);
  incident.updatedAt = state.now();
  addLogEntry({ state }, incident, 'annotate_log_entry', agent, 'Note added');
  context.record({ effect: 'note.created', marker: '', subject: incident.id, by, detail: { noteId: note.id, content } });
  sender.publish(noteEvent(state, context.clock.now(), agent, incident, note));
  return note;
}

export function setPriority(account: Account, incident: Incident, priorityId: string | null, agent: Reference | null): void {
  if (incident.priorityId === priorityId) return;
  incident.priorityId = priorityId;
  publishChange(account, incident, 'incident.priority_updated', agent);
}

/** No webhook for these two: the vendor has no event for a changed title or urgency. */
export function setTitle({ context, state }: Account, incident: Incident, title: string): void {
  incident.title = title;
  incident.updatedAt = state.now();
  context.changed();
}

export function setUrgency(account: Account, incident: Incident, urgency: Urgency, agent: Reference | null): void {
  incident.urgency = urgency;
  incident.updatedAt = account.state.now();
  addLogEntry(account, incident, 'urgency_change_log_entry', agent, 'Urgency changed');
  account.context.changed();
}

export function reassign(account: Account, incident: Incident, userIds: readonly string[], agent: Reference | null): void {
  const at = account.state.now();
  incident.assignments = userIds.map((userId) => ({ at, userId }));
  addLogEntry(account, incident, 'assign_log_entry', agent, 'Reassigned');
  publishChange(account, incident, 'incident.reassigned', agent);
}

/** The people of that level; refuses when there are none. */
export function checkEscalation(account: Account, incident: Incident, level: number): readonly string[] {
  const userIds = peopleOf(account, incident.policyId, level);
  if (userIds.length === 0) throw new PagerDutyError(400, 1006, 'Incident Cannot Be Escalated');
  return userIds;
}

export function escalate(account: Account, incident: Incident, level: number, agent: Reference | null): void {
  const userIds = checkEscalation(account, incident, level);
  const at = account.state.now();
  incident.escalationLevel = level;
  incident.assignments = userIds.map((userId) => ({ at, userId }));
  addLogEntry(account, incident, 'escalate_log_entry', agent, 'Escalated');
  publishChange(account, incident, 'incident.escalated', agent);
}

function publishChange({ context, state, sender }: Account, incident: Incident, type: string, agent: Reference | null): void {
  incident.updatedAt = state.now();
  context.changed();
  sender.publish(incidentEvent(state, { type, occurredAt: context.clock.now(), agent }, incident));
}
