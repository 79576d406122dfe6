import type { Request, Router } from 'express';
import { readQuery } from '../read-query.ts';
import type { Account } from './account.ts';
import { incidentJson } from './incident-json.ts';
import type { Incident, LogEntry } from './model.ts';
import { pageOf } from './page-of.ts';
import { invalidInput } from './pagerduty-error.ts';
import { incidentReference, serviceReference } from './references.ts';
import { getIncident } from './state.ts';

const MONTH_MS = 31 * 86_400_000;

export function addIncidentReads(router: Router, { context, state }: Account): void {
  router.get('/incidents', (request, response) => {
    const query = readQuery(request);
    const since = defaultSince(query, context.clock.now());
    const wanted = [...state.incidents.values()].filter((incident) => matches(incident, query) && incident.createdAt >= since);
    const sorted = query['sort_by']?.[0]?.startsWith('created_at:desc') === true ? wanted.reverse() : wanted;
    response.json(pageOf(request, 'incidents', sorted, (incident) => incidentJson(state, incident, readInclude(request))));
  });
  router.get('/incidents/:id', (request, response) => {
    response.json({ incident: incidentJson(state, getIncident(state, request.params.id), readInclude(request)) });
  });
  router.get('/incidents/:id/alerts', (request, response) => {
    const incident = getIncident(state, request.params.id);
    response.json(pageOf(request, 'alerts', [incident], (one) => alertJson(state.url, one)));
  });
  router.get('/incidents/:id/log_entries', (request, response) => {
    const incident = getIncident(state, request.params.id);
    const render = (entry: LogEntry) => ({
      id: entry.id,
      type: entry.type,
      summary: entry.summary,
      self: `${state.url}/log_entries/${entry.id}`,
      html_url: null,
      created_at: entry.createdAt,
      agent: entry.agent,
      channel: { type: 'web_trigger' },
      teams: [],
      contexts: [],
      incident: incidentReference(state, incident),
      service: serviceReference(state, incident.serviceId),
    });
    // Newest first, as the vendor lists them.
    response.json(pageOf(request, 'log_entries', [...incident.logEntries].reverse(), render));
  });
}

function readInclude(request: Request): ReadonlySet<string> {
  return new Set(readQuery(request)['include[]'] ?? []);
}

/** One month unless `since` or `date_range=all` says otherwise: a trap for those who look for old incidents. */
function defaultSince(query: Record<string, string[]>, now: Date): string {
  if (query['date_range']?.[0] === 'all') return '';
  const since = query['since']?.[0];
  if (since === undefined) return new Date(now.getTime() - MONTH_MS).toISOString();
  if (Number.isNaN(Date.parse(since))) throw invalidInput('Since is not a date');
  return new Date(since).toISOString().replace(/\.\d+Z$/, 'Z');
}

function matches(incident: Incident, query: Record<string, string[]>): boolean {
  const among = (name: string, ...values: readonly string[]) => {
    const wanted = query[name];
    return wanted === undefined || values.some((value) => wanted.includes(value));
  };
  return (
    among('statuses[]', incident.status) &&
    among('service_ids[]', incident.serviceId) &&
    among('urgencies[]', incident.urgency) &&
    among('incident_key', incident.incidentKey) &&
    among('user_ids[]', ...incident.assignments.map(({ userId }) => userId))
  );
}

function alertJson(url: string, incident: Incident): unknown {
  return {
    id: `A${incident.id}`,
    type: 'alert',
    summary: incident.title,
    self: `${url}/incidents/${incident.id}/alerts/A${incident.id}`,
    html_url: null,
    created_at: incident.createdAt,
    status: incident.status === 'resolved' ? 'resolved' : 'triggered',
    alert_key: incident.incidentKey,
    suppressed: false,
    severity: 'critical',
    body: { type: 'alert_body', details: incident.details === null ? {} : { description: incident.details } },
  };
}
