import { z } from 'zod';
import { defineAction } from '../core/action.ts';

/** Carried out by the state machine itself (engine/transition.ts); stands here for its schema and docs. */
export const finishedWorkflow = defineAction({
  type: 'finished_workflow',
  summary: 'End the run as finished, once what is still open has ended.',
  input: z.strictObject({}),
  output: z.object({}),
  example: {},
  run: () => Promise.resolve({}),
});
