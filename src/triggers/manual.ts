import { z } from 'zod';
import { defineTrigger } from '../core/trigger.ts';

export const manual = defineTrigger({
  type: 'manual',
  summary: 'A person starts it: `incident-bridge playbook run <name>`.',
  options: z.strictObject({}),
  example: {},
  match: (event) => event.source === 'manual',
});
