import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { text } from './fields.ts';
import { oneLine, shorten } from './shorten.ts';

export const createIssue = defineAction({
  type: 'create_issue',
  summary: 'Open an issue at the tracker.',
  input: z.strictObject({
    summary: text('One line; cut to 255 characters.'),
    description: text('Longer text.').default(''),
    project: text('Project key; the connector’s setting when absent.').optional(),
    issue_type: text('Type’s name; the connector’s setting when absent.').optional(),
    priority: text('Priority’s name.').optional(),
    labels: z.array(z.string()).default([]).meta({ template: 'text', description: 'Blanks become "-".' }),
  }),
  output: z.object({ Key: z.string(), ID: z.string(), URL: z.string() }),
  example: { summary: '{{.Event.Title}}', description: 'PagerDuty: {{.Event.URL}}' },
  async run({ input, tracker, connectorIds, effect }) {
    const issue = await effect(
      'tracker.createIssue',
      tracker.createIssue,
      {
        project: input.project,
        issueType: input.issue_type,
        summary: oneLine(input.summary, 255) || '(no title)',
        description: shorten(input.description, 32_000),
        labels: input.labels.map((label) => label.trim().replace(/\s+/g, '-')).filter(Boolean),
        priority: input.priority,
      },
      { references: (made) => [{ kind: 'tracker.issue', value: `${connectorIds.tracker}:${made.id}` }] },
    );
    return { Key: issue.key, ID: issue.id, URL: issue.url };
  },
});
