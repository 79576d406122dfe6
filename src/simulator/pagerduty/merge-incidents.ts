import type { Account } from './account.ts';
import { changeStatus } from './change-status.ts';
import type { Incident, Reference } from './model.ts';
import { PagerDutyError } from './pagerduty-error.ts';

/** The sources become resolved with a `merge_resolve_reason`; only an open incident can take them in. */
export function mergeIncidents(
  account: Account,
  target: Incident,
  sources: readonly Incident[],
  agent: Reference | null,
  by: string,
): void {
  if (target.status === 'resolved') throw new PagerDutyError(400, 1003, 'Invalid Status Provided', ['Target incident is resolved']);
  if (sources.some((source) => source.mergedInto !== null)) throw new PagerDutyError(400, 1019, 'Incident Already Merged');
  for (const source of sources) {
    if (source.id === target.id) continue;
    source.mergedInto = target.id;
    if (source.status !== 'resolved') changeStatus(account, source, 'resolved', agent, by);
  }
}
