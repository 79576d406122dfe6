import { z } from 'zod';
import type { ActionContext } from '../core/action.ts';
import { PermanentError } from '../core/errors.ts';
import type { StatusOutcome } from '../core/ports.ts';
import { text } from './fields.ts';

/** What acknowledge_incident and resolve_incident share: both state a wish about one incident. */
export const incidentInput = z.strictObject({
  incident: text('The pager’s id of the incident; the run’s own when absent.').optional(),
});
export type IncidentInput = z.infer<typeof incidentInput>;

export const incidentLane = (input: IncidentInput, incident: { readonly pagerId: string | undefined }): string =>
  `pager.incident:${input.incident ?? incident.pagerId ?? ''}`;

/** Acts as the person who caused the step where the pager knows them by e-mail, else as the service user. */
export async function wishStatus(context: ActionContext<IncidentInput>, status: 'acknowledged' | 'resolved'): Promise<StatusOutcome> {
  const { input, pager, connectorIds, incident, actor, effect, signal } = context;
  const incidentId = input.incident ?? incident.pagerId;
  if (!incidentId) {
    throw new PermanentError({
      code: 'incident.none',
      message: 'The run has no incident at the pager. Start it from a pager trigger, or name one in `incident`.',
    });
  }
  const person = actor.email ? await pager.findUserByEmail(actor.email, signal) : undefined;
  return await effect(
    'pager.setStatus',
    pager.setStatus,
    { incidentId, status, actAs: person?.email },
    {
      about: `incident:${incidentId}`,
      echo: {
        reference: { kind: 'pager.incident', value: `${connectorIds.pager}:${incidentId}` },
        eventType: status,
        actorId: person ? `${connectorIds.pager}:${person.id}` : '',
      },
      unchanged: (outcome) => !outcome.changed,
    },
  );
}
