import { z } from 'zod';
import { defineTrigger } from '../core/trigger.ts';

export const pagerduty = defineTrigger({
  type: 'pagerduty',
  summary: 'An event of a PagerDuty incident.',
  options: z.strictObject({
    events: z
      .array(z.string().min(1))
      .min(1)
      .default(['triggered'])
      .meta({ description: 'Event types, or a vendor’s own name as `pagerduty:incident.delegated`.' }),
  }),
  example: { events: ['triggered'] },
  match: (event, options) =>
    event.source === 'pagerduty' && (options.events.includes(event.type) || options.events.includes(event.vendorType)),
});
