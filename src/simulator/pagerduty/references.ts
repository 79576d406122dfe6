import type { Incident, Reference } from './model.ts';
import { findPolicy, findPriority, findService, findUser, type PagerDutyState } from './state.ts';

type Url = Pick<PagerDutyState, 'url'>;

/** Every reference has these five keys, in this order: that is what captured webhooks show. */
function reference({ url }: Url, type: string, path: string, id: string, summary: string | null): Reference {
  return { html_url: `${url}/${path}/${id}`, id, self: `${url}/${path}/${id}`, summary, type: `${type}_reference` };
}

export const userReference = (state: Url, id: string) => reference(state, 'user', 'users', id, findUser(id)?.name ?? null);
export const serviceReference = (state: Url, id: string) => reference(state, 'service', 'services', id, findService(id)?.name ?? null);
export const policyReference = (state: Url, id: string) =>
  reference(state, 'escalation_policy', 'escalation_policies', id, findPolicy(id)?.name ?? null);
export const priorityReference = (state: Url, id: string) => reference(state, 'priority', 'priorities', id, findPriority(id)?.name ?? null);
export const incidentReference = (state: Url, incident: Incident) => reference(state, 'incident', 'incidents', incident.id, incident.title);
export const integrationReference = (state: Url, serviceId: string, integrationId: string) =>
  reference(state, 'events_api_v2_inbound_integration', `services/${serviceId}/integrations`, integrationId, 'Events API v2');
