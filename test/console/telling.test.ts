import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { actions } from '../../src/actions/index.ts';
import { TimelineEntry } from '../../src/core/timeline.ts';

/** The page's own module: plain JavaScript without types, so that what it gives is parsed here. */
const page: unknown = await import(new URL('../../src/console/ui/story.js', import.meta.url).href);
const Told = z.object({
  icon: z.string(),
  parts: z.array(z.union([z.string(), z.strictObject({ strong: z.string() }), z.strictObject({ link: z.string(), url: z.string() })])),
  detail: z.string().optional(),
});

const Page = z.object({ tell: z.function({ input: [z.unknown()], output: Told }) });
const { tell } = Page.parse(page);

const sentence = (entry: unknown): string =>
  tell(entry)
    .parts.map((part) => (typeof part === 'string' ? part : 'link' in part ? part.link : part.strong))
    .join('');

test.each([
  [{ kind: 'run_started', playbook: 'p', number: 3, trigger: 't', title: 'Down' }, 'Run #3 of p started: Down'],
  [{ kind: 'step_entered', step: 'Unanswered', by: 'timeout', cause: 'timeout' }, 'Nobody reacted in time: step Unanswered'],
  [{ kind: 'signal_taken', signal: 'button Resolve', by: 'Sam', to: 'Resolved' }, 'Sam pressed Resolve, which leads to Resolved'],
  [{ kind: 'signal_taken', signal: 'pagerduty resolved', by: 'PagerDuty', to: 'Resolved' }, 'PagerDuty: resolved, which leads to Resolved'],
  [{ kind: 'signal_noted', signal: 'jira note_added', by: 'Ann', reason: 'no rule' }, 'Jira: note added by Ann; nothing changed'],
  [
    { kind: 'action_retrying', action: 'Ticket', type: 'create_issue', error: 'slow', code: 'x', attempts: 2, dueAt: '' },
    'Ticket (create issue) didn’t work for the 2nd time; it will be tried again',
  ],
  [{ kind: 'operator', operation: 'skip', by: 'admin', action: 'Ticket' }, 'admin chose to skip Ticket'],
  [{ kind: 'run_ended', state: 'cancelled', reason: 'cancelled by admin' }, 'The run was cancelled'],
  [{ kind: 'unknown', name: 'something_newer' }, 'something newer'],
])('%j reads like a sentence', (entry, expected) => {
  expect(sentence(entry)).toBe(expected);
});

test('every kind of entry has words of its own', () => {
  const kinds = TimelineEntry.options.map((option) => option.shape.kind.value);
  const fields = {
    action: 'A',
    type: 'x',
    output: {},
    signal: 's',
    by: 'b',
    step: 'S',
    cause: 'c',
    operation: 'retry',
    state: 'finished',
    reason: 'r',
    to: 'T',
    playbook: 'p',
    title: 't',
    number: 1,
    attempts: 1,
  };
  for (const kind of kinds) expect([kind, sentence({ ...fields, kind })]).not.toEqual([kind, kind.replaceAll('_', ' ')]);
});

test('every action of the language has words of its own, whatever its output lacks', () => {
  for (const { type } of actions) {
    expect([type, sentence({ kind: 'action_done', action: 'A', type, output: {} })]).not.toEqual([type, 'A done']);
  }
});
