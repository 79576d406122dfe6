import type { Router } from 'express';
import { z } from 'zod';
import type { Account } from './account.ts';
import { applyUpdate, checkUpdate, IncidentUpdate } from './apply-update.ts';
import { readActor } from './caller.ts';
import { createIncident } from './create-incident.ts';
import { incidentJson } from './incident-json.ts';
import { mergeIncidents } from './merge-incidents.ts';
import { invalidInput, PagerDutyError } from './pagerduty-error.ts';
import { parseWrapped } from './parse-wrapped.ts';
import { getIncident } from './state.ts';

const MAX_BULK = 250;

const NewIncidentBody = z.object({
  type: z.literal('incident'),
  title: z.string().min(1),
  service: z.object({ id: z.string(), type: z.literal('service_reference') }),
  priority: z.object({ id: z.string() }).optional(),
  urgency: z.enum(['high', 'low']).optional(),
  body: z.object({ type: z.literal('incident_body'), details: z.string() }).optional(),
  incident_key: z.string().max(255).optional(),
  escalation_policy: z.object({ id: z.string() }).optional(),
  assignments: z.array(z.unknown()).optional(),
});
const BulkItem = IncidentUpdate.extend({ id: z.string(), type: z.enum(['incident', 'incident_reference']) });

export function addIncidentWrites(router: Router, account: Account): void {
  const { state } = account;

  router.post('/incidents', (request, response) => {
    const { agent, by } = readActor(state, request);
    const body = parseWrapped('incident', NewIncidentBody, request.body);
    if (body.escalation_policy && body.assignments)
      throw new PagerDutyError(400, 2002, 'Arguments Caused Error', ['Only one of escalation_policy and assignments']);
    const draft = {
      title: body.title,
      serviceId: body.service.id,
      ...(body.urgency ? { urgency: body.urgency } : {}),
      ...(body.incident_key === undefined ? {} : { incidentKey: body.incident_key }),
      ...(body.body ? { details: body.body.details } : {}),
      ...(body.priority ? { priorityId: body.priority.id } : {}),
      ...(body.escalation_policy ? { policyId: body.escalation_policy.id } : {}),
    };
    response.status(201).json({ incident: incidentJson(state, createIncident(account, draft, agent, by)) });
  });

  router.put('/incidents/:id', (request, response) => {
    const { agent, by } = readActor(state, request);
    const incident = getIncident(state, request.params.id);
    const update = parseWrapped('incident', IncidentUpdate, request.body);
    checkUpdate(account, incident, update);
    applyUpdate(account, incident, update, agent, by);
    response.json({ incident: incidentJson(state, incident) });
  });

  // All or nothing: every item is checked before the first one changes.
  router.put('/incidents', (request, response) => {
    const { agent, by } = readActor(state, request);
    const items = parseWrapped('incidents', z.array(BulkItem), request.body);
    if (items.length > MAX_BULK) throw new PagerDutyError(413, 2001, 'Request Entity Too Large');
    if (new Set(items.map(({ id }) => id)).size < items.length) throw invalidInput('An incident is named twice');
    const pairs = items.map((update) => ({ update, incident: getIncident(state, update.id) }));
    for (const { incident, update } of pairs) checkUpdate(account, incident, update);
    for (const { incident, update } of pairs) applyUpdate(account, incident, update, agent, by);
    response.json({ incidents: pairs.map(({ incident }) => incidentJson(state, incident)) });
  });

  router.put('/incidents/:id/merge', (request, response) => {
    const { agent, by } = readActor(state, request);
    const target = getIncident(state, request.params.id);
    const references = parseWrapped(
      'source_incidents',
      z.array(z.object({ id: z.string(), type: z.literal('incident_reference') })),
      request.body,
    );
    mergeIncidents(
      account,
      target,
      references.map(({ id }) => getIncident(state, id)),
      agent,
      by,
    );
    response.json({ incident: incidentJson(state, target) });
  });

  router.post('/incidents/:id/snooze', (request, response) => {
    readActor(state, request);
    const incident = getIncident(state, request.params.id);
    const { success } = z.object({ duration: z.number().int().min(1).max(604_800) }).safeParse(request.body);
    if (!success) throw new PagerDutyError(400, 1013, 'Invalid Snooze Duration');
    if (incident.status !== 'acknowledged') throw new PagerDutyError(400, 1012, 'Incident Not Acknowledged');
    response.status(201).json({ incident: incidentJson(state, incident) });
  });
}
