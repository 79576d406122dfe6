import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { incidentInput, incidentLane, wishStatus } from './incident-status.ts';

export const resolveIncident = defineAction({
  type: 'resolve_incident',
  summary: 'Wish that the incident be resolved at the pager.',
  input: incidentInput,
  output: z.object({ Status: z.string() }),
  example: {},
  lane: incidentLane,
  async run(context) {
    return { Status: (await wishStatus(context, 'resolved')).status };
  },
});
