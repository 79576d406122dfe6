import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { PermanentError } from '../core/errors.ts';
import { text } from './fields.ts';

export const transitionIssue = defineAction({
  type: 'transition_issue',
  summary: 'Move the issue to a status, by name; the first of several that can be reached.',
  input: z.strictObject({
    issue: text('Id or key; the run’s issue when absent.').optional(),
    to: z.union([z.string().transform((one) => [one]), z.array(z.string()).min(1)]).meta({
      template: 'text',
      description: 'Status names, in order of preference; `done` = any status of the done category.',
    }),
  }),
  output: z.object({ Status: z.string() }),
  example: { to: ['Done', 'Resolved', 'Closed'] },
  needs: (input) => (input.issue === undefined ? ['create_issue'] : []),
  lane: (input, incident) => `tracker.status:${input.issue ?? incident.issueId ?? ''}`,
  async run({ input, tracker, incident, effect }) {
    const issueId = input.issue ?? incident.issueId;
    if (!issueId) {
      throw new PermanentError({
        code: 'transition_issue.no_issue',
        message: 'The run has no issue to move. Put a create_issue before it, or name one in `issue`.',
      });
    }
    const moved = await effect(
      'tracker.transitionIssue',
      tracker.transitionIssue,
      { issueId, to: input.to },
      { about: `issue:${issueId}` },
    );
    return { Status: moved.status };
  },
});
