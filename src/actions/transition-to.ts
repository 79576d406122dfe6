import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { stepName } from './fields.ts';

/** Carried out by the state machine itself (engine/transition.ts); stands here for its schema and docs. */
export const transitionTo = defineAction({
  type: 'transition_to',
  summary: 'Leave the step for another. Actions behind it in the list do not run.',
  input: z.strictObject({ to: stepName('The step to go to.') }),
  output: z.object({}),
  example: { to: 'Triggered' },
  run: () => Promise.resolve({}),
});
