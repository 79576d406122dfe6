import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { incidentInput, incidentLane, wishStatus } from './incident-status.ts';

export const acknowledgeIncident = defineAction({
  type: 'acknowledge_incident',
  summary: 'Wish that the incident be acknowledged at the pager. Never reopens a resolved one.',
  input: incidentInput,
  output: z.object({ Status: z.string() }),
  example: {},
  lane: incidentLane,
  async run(context) {
    const outcome = await wishStatus(context, 'acknowledged');
    if (outcome.status === 'resolved') {
      // Somebody resolved it meanwhile: the run follows, as if the pager had told us.
      context.raise({
        type: 'resolved',
        source: context.connectorIds.pager,
        actor: { name: 'PagerDuty', username: '', email: '', id: '' },
      });
    }
    return { Status: outcome.status };
  },
});
