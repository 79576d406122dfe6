import { z } from 'zod';
import type { Transition } from './action.ts';

/** S42: letters, digits, underscores, starting with a letter. */
export const Name = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_]*$/, 'must start with a letter and hold only letters, digits and underscores')
  // Markers at the vendors are made of it, and those are limited.
  .max(100, 'must have at most 100 characters');

const DURATION = /^(\d+)(ms|s|m|h|d)$/;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** "15m", "24h", "30s" -> milliseconds. */
const Duration = z.string().transform((text, context) => {
  const [, amount, unit] = DURATION.exec(text) ?? [];
  const ms = Number(amount) * (UNITS[unit ?? ''] ?? NaN);
  if (Number.isSafeInteger(ms) && ms <= 365 * 86_400_000) return ms;
  context.issues.push({ code: 'custom', input: text, message: 'must be a duration such as 30s, 15m, 24h or 7d (at most 365d)' });
  return z.NEVER;
});

export const OnRule = z.strictObject({
  event: z.string().min(1),
  source: z.string().optional(),
  if: z.string().optional(),
  to: Name,
});
export type OnRule = z.infer<typeof OnRule>;

/** The fields that every action takes; the rest belongs to its type. */
export const ActionCommon = z.object({
  name: Name,
  type: z.string(),
  if: z.string().optional(),
  wait: z.boolean().default(true),
  on_error: z.union([z.enum(['fail', 'continue']), z.strictObject({ to: Name })], 'must be fail, continue or {to: Step}').optional(),
  retry: z.strictObject({ for: Duration.optional(), max_interval: Duration.optional() }).optional(),
  timeout: Duration.optional(),
});

export const StepDocument = z.strictObject({
  name: z
    .string()
    .refine((name) => name.trim() !== '', 'Error parsing workflow: step name must not be blank')
    .pipe(Name),
  description: z.string().optional(),
  marks: z.enum(['acknowledged', 'resolved']).optional(),
  on: z.array(OnRule).default([]),
  timeout: z.strictObject({ after: Duration, to: Name }).optional(),
  start_actions: z.array(z.record(z.string(), z.unknown())).default([]),
  finish_actions: z.array(z.record(z.string(), z.unknown())).default([]),
});

export const PlaybookDocument = z.strictObject({
  $schema: z.string().optional(),
  name: z
    .string()
    .refine((name) => name.trim() !== '', 'Error parsing workflow: workflow name must not be blank')
    .pipe(Name),
  description: z.string().default(''),
  chat: z.enum(['mattermost', 'slack']).default('mattermost'),
  tracker: z.enum(['jira', 'trello']).default('jira'),
  team_name: z.string().optional(),
  triggers: z.array(z.record(z.string(), z.unknown())).min(1),
  on: z.array(OnRule).default([]),
  steps: z.array(StepDocument).min(1),
});
export type PlaybookDocument = z.infer<typeof PlaybookDocument>;

/** A decided condition; `undefined` in place of one = always true. */
export type Condition = (context: Readonly<Record<string, unknown>>) => boolean;

export interface Rule {
  readonly event: string;
  readonly source: string | undefined;
  readonly condition: Condition | undefined;
  readonly to: string;
}

export interface Action {
  readonly name: string;
  readonly type: string;
  readonly step: string;
  readonly condition: Condition | undefined;
  readonly wait: boolean;
  readonly onError: 'fail' | 'continue' | { readonly to: string };
  /** Longest pause between two attempts, milliseconds. */
  readonly maxIntervalMs: number;
  /** All attempts together, milliseconds. */
  readonly timeoutMs: number;
  /** The type's own fields, templates not rendered yet. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Actions whose outputs the templates name. A condition doesn't wait for outputs: it is judged when the action's turn comes. */
  readonly uses: readonly string[];
  /** Buttons of a post or update_post. */
  readonly transitions: readonly Transition[];
  /** For update_post: the post action it changes. */
  readonly updates: string | undefined;
}

export interface Step {
  readonly name: string;
  readonly marks: 'acknowledged' | 'resolved' | undefined;
  readonly start: readonly Action[];
  readonly finish: readonly Action[];
  readonly timeout: { readonly afterMs: number; readonly to: string } | undefined;
  readonly on: readonly Rule[];
  /** S134: nothing leads out of it, so a run that has settled here is finished. */
  readonly isLast: boolean;
}

export interface Trigger {
  readonly name: string;
  readonly type: string;
  readonly condition: Condition | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly alsoOurs: boolean;
}

/** A playbook that has passed every check. */
export interface Playbook {
  readonly name: string;
  readonly description: string;
  readonly chat: string;
  readonly tracker: string;
  readonly teamName: string | undefined;
  readonly triggers: readonly Trigger[];
  readonly on: readonly Rule[];
  readonly steps: ReadonlyMap<string, Step>;
  readonly firstStep: string;
  readonly actions: ReadonlyMap<string, Action>;
}

/** Where in which file, in words for a person. Lines and columns count from 1. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** `steps[2].start_actions[0].to` */
  readonly field: string;
  readonly message: string;
}
