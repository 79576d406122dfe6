import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { Account } from './account.ts';
import { changeStatus } from './change-status.ts';
import { createIncident, findOpenByKey } from './create-incident.ts';
import { integrationReference } from './references.ts';
import { SERVICES } from './seed.ts';

const DedupKey = z.string().max(255);
const EventBody = z.discriminatedUnion('event_action', [
  z.object({
    event_action: z.literal('trigger'),
    routing_key: z.string().length(32),
    dedup_key: DedupKey.optional(),
    payload: z.object({
      summary: z.string().min(1).max(1024),
      source: z.string().min(1),
      severity: z.enum(['critical', 'error', 'warning', 'info']),
    }),
    client: z.string().optional(),
    client_url: z.string().optional(),
  }),
  z.object({ event_action: z.enum(['acknowledge', 'resolve']), routing_key: z.string().length(32), dedup_key: DedupKey }),
]);

/**
 * Events API v2, `POST /v2/enqueue`. No auth header; 202 says "taken", never "done": unknown keys, unknown routing keys and events on things
 * that are over are all taken and dropped.
 */
export function enqueueEvent(account: Account): RequestHandler {
  const { state } = account;
  return (request, response) => {
    const parsed = EventBody.safeParse(request.body);
    if (!parsed.success) {
      const errors = parsed.error.issues.map((issue) => `'${issue.path.join('.')}' ${issue.message}`);
      return void response.status(400).json({ status: 'invalid event', message: 'Event object is invalid', errors });
    }
    const event = parsed.data;
    const dedupKey = event.dedup_key ?? state.newId('', 32).toLowerCase();
    response.status(202).json({ status: 'success', message: 'Event processed', dedup_key: dedupKey });

    const service = SERVICES.find(({ routingKey }) => routingKey === event.routing_key);
    if (!service) return;
    const agent = integrationReference(state, service.id, service.integrationId);
    const open = findOpenByKey(account, service.id, dedupKey);
    const by = `integration:${service.integrationId}`;
    if (event.event_action === 'trigger') {
      if (open) return;
      const client =
        event.client === undefined ? null : { name: event.client, ...(event.client_url === undefined ? {} : { url: event.client_url }) };
      const urgency = event.payload.severity === 'critical' || event.payload.severity === 'error' ? 'high' : 'low';
      createIncident(account, { title: event.payload.summary, serviceId: service.id, incidentKey: dedupKey, urgency, client }, agent, by);
    } else if (open) {
      const to = event.event_action === 'resolve' ? 'resolved' : 'acknowledged';
      if (open.status !== to) changeStatus(account, open, to, agent, by);
    }
  };
}
