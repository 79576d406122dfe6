import { z } from 'zod';
import type { Account } from './account.ts';
import { checkEscalation, escalate, reassign, setPriority, setTitle, setUrgency } from './change-details.ts';
import { changeStatus, checkStatusChange } from './change-status.ts';
import type { Incident, Reference } from './model.ts';
import { invalidInput, PagerDutyError } from './pagerduty-error.ts';
import { PRIORITIES } from './seed.ts';
import { findUser } from './state.ts';

/** What `PUT` may change; read-only and unknown keys are ignored without a word, as at the vendor. */
export const IncidentUpdate = z.object({
  type: z.enum(['incident', 'incident_reference']),
  status: z.enum(['triggered', 'acknowledged', 'resolved']).optional(),
  resolution: z.string().optional(),
  title: z.string().min(1).optional(),
  urgency: z.enum(['high', 'low']).optional(),
  priority: z.union([z.string(), z.object({ id: z.string() }), z.null()]).optional(),
  escalation_level: z.number().int().positive().optional(),
  assignments: z.array(z.object({ assignee: z.object({ id: z.string() }) })).optional(),
});
type Update = z.infer<typeof IncidentUpdate>;

/** Throws the vendor's refusal; changes nothing. */
export function checkUpdate(account: Account, incident: Incident, update: Update): void {
  if (update.status) checkStatusChange(account, incident, update.status);
  if (update.resolution !== undefined && update.status !== 'resolved') throw invalidInput('Resolution needs status resolved');
  if (update.priority !== undefined && update.priority !== null && !findPriority(update.priority)) {
    throw new PagerDutyError(400, 1020, 'Invalid Priority');
  }
  if (update.escalation_level !== undefined) checkEscalation(account, incident, update.escalation_level);
  if (update.assignments && !update.assignments.every(({ assignee }) => findUser(assignee.id))) {
    throw new PagerDutyError(400, 1007, 'Assignee Not Found');
  }
}

export function applyUpdate(account: Account, incident: Incident, update: Update, agent: Reference, by: string): void {
  if (update.title !== undefined) setTitle(account, incident, update.title);
  if (update.urgency) setUrgency(account, incident, update.urgency, agent);
  if (update.priority !== undefined) {
    setPriority(account, incident, update.priority === null ? null : (findPriority(update.priority)?.id ?? null), agent);
  }
  if (update.escalation_level !== undefined) escalate(account, incident, update.escalation_level, agent);
  if (update.assignments)
    reassign(
      account,
      incident,
      update.assignments.map(({ assignee }) => assignee.id),
      agent,
    );
  if (update.status) changeStatus(account, incident, update.status, agent, by);
}

/** By id, or by a name alone (the highest match wins). */
function findPriority(priority: string | { readonly id: string }) {
  return PRIORITIES.find(({ id, name }) => (typeof priority === 'string' ? name === priority : id === priority.id));
}
