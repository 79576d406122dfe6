import type { PagerDutyState } from './state.ts';

const ALL_EVENTS: readonly string[] = [
  'triggered',
  'acknowledged',
  'unacknowledged',
  'resolved',
  'reopened',
  'reassigned',
  'delegated',
  'escalated',
  'priority_updated',
  'annotated',
].map((word) => `incident.${word}`);

/** The subscription as an administrator would have made it in the web pages: the whole account, all events. Replaces an earlier one. */
export function setWebhookTarget(state: PagerDutyState, url: string, secrets: readonly string[]): void {
  state.subscriptions.set('PHOOK01', {
    id: 'PHOOK01',
    url,
    secrets,
    customHeaders: [],
    description: 'Incident Bridge',
    active: true,
    events: ALL_EVENTS,
    filter: { type: 'account_reference' },
    consecutiveDrops: 0,
    disabledUntil: null,
  });
}
