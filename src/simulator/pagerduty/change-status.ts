import type { Account } from './account.ts';
import { peopleOf } from './create-incident.ts';
import { addLogEntry } from './log-entry.ts';
import type { Incident, IncidentStatus, Reference } from './model.ts';
import { PagerDutyError } from './pagerduty-error.ts';
import { incidentEvent } from './webhook-body.ts';

/** Throws what the vendor answers when the change is refused; changes nothing. Bulk updates ask this for all items first. */
export function checkStatusChange({ repeatShape }: Account, incident: Incident, to: IncidentStatus): void {
  if (to !== incident.status || to === 'triggered') return;
  const [code, text] =
    to === 'resolved' ? ([1001, 'Incident Already Resolved'] as const) : ([1002, 'Incident Already Acknowledged'] as const);
  throw repeatShape === 'code' ? new PagerDutyError(400, code, text) : new PagerDutyError(400, 2001, 'Invalid Input Provided', [text]);
}

/**
 * triggered <-> acknowledged -> resolved. Acknowledging or triggering a resolved incident reopens it: documented behaviour of the vendor, and
 * the reason why a late click in a chat must never be passed on blindly.
 */
export function changeStatus(account: Account, incident: Incident, to: IncidentStatus, agent: Reference | null, by: string): void {
  checkStatusChange(account, incident, to);
  if (to === incident.status) return;
  if (incident.status === 'resolved') {
    reopen(account, incident, agent, by);
    if (to === 'triggered') return;
  }
  const from = incident.status;
  const at = account.state.now();
  incident.status = to;
  incident.acknowledgements = to === 'acknowledged' && agent ? [{ at, agent }] : [];
  if (to === 'resolved') {
    incident.resolvedAt = at;
    incident.assignments = [];
  }
  const word = to === 'triggered' ? 'unacknowledged' : to;
  finish(account, incident, { word, logType: LOG_TYPES[word], agent, by, from });
}

const LOG_TYPES = {
  acknowledged: 'acknowledge_log_entry',
  resolved: 'resolve_log_entry',
  unacknowledged: 'unacknowledge_log_entry',
} as const;

function reopen(account: Account, incident: Incident, agent: Reference | null, by: string): void {
  const at = account.state.now();
  incident.status = 'triggered';
  incident.resolvedAt = null;
  incident.mergedInto = null;
  incident.reopenedAt = at;
  incident.assignments = peopleOf(account, incident.policyId, 1).map((userId) => ({ at, userId }));
  finish(account, incident, { word: 'reopened', logType: 'trigger_log_entry', agent, by, from: 'resolved' });
}

interface Change {
  readonly word: 'acknowledged' | 'resolved' | 'unacknowledged' | 'reopened';
  readonly logType: string;
  readonly agent: Reference | null;
  readonly by: string;
  readonly from: IncidentStatus;
}

function finish({ context, state, sender }: Account, incident: Incident, { word, logType, agent, by, from }: Change): void {
  incident.lastStatusChangeAt = incident.updatedAt = state.now();
  incident.lastStatusChangeBy = agent;
  addLogEntry({ state }, incident, logType, agent, word.charAt(0).toUpperCase() + word.slice(1));
  context.record({ effect: `incident.${word}`, marker: '', subject: incident.id, by, detail: { from, to: incident.status } });
  sender.publish(incidentEvent(state, { type: `incident.${word}`, occurredAt: context.clock.now(), agent }, incident));
}
