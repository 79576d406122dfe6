import { z } from 'zod';

/** What the page shows of a Jira issue. */
export interface PageIssue {
  readonly key: string;
  readonly summary: string;
  readonly status: string;
  readonly comments: readonly string[];
}

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const issue = z.object({
  key: z.string(),
  summary: text,
  status: text,
  comments: z.array(z.string()).default([]),
});
const snapshot = z.object({ issues: z.array(z.unknown()) });

/** Reads the issues out of the simulated Jira's snapshot, newest first. What it can't read it leaves out: the page shows what it can. */
export function readIssues(jira: unknown): readonly PageIssue[] {
  const parsed = snapshot.safeParse(jira);
  if (!parsed.success) return [];
  return parsed.data.issues.flatMap((one) => issue.safeParse(one).data ?? []).reverse();
}
