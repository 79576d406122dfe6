import { z } from 'zod';

const action = { action: z.string(), type: z.string() };

/** A run's typed history: what the console shows, statistics count and the post-mortem tells. */
export const TimelineEntry = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('run_started'), playbook: z.string(), number: z.number(), trigger: z.string(), title: z.string() }),
  z.object({
    kind: z.literal('step_entered'),
    step: z.string(),
    /** Who or what caused it: a person's name, "timeout", the source. */
    by: z.string(),
    /** How: start · click · event · timeout · transition · error · operator */
    cause: z.string(),
    marks: z.string().optional(),
  }),
  z.object({ kind: z.literal('action_done'), ...action, output: z.record(z.string(), z.json()), reconciled: z.boolean().optional() }),
  z.object({ kind: z.literal('action_retrying'), ...action, error: z.string(), code: z.string(), attempts: z.number(), dueAt: z.string() }),
  z.object({ kind: z.literal('action_failed'), ...action, error: z.string(), code: z.string() }),
  z.object({ kind: z.literal('action_skipped'), ...action, reason: z.string() }),
  /** An event or click that moved the run. */
  z.object({ kind: z.literal('signal_taken'), signal: z.string(), by: z.string(), to: z.string() }),
  /** One that did not, and why: present step, late, no rule, too late, not allowed. */
  z.object({ kind: z.literal('signal_noted'), signal: z.string(), by: z.string(), reason: z.string() }),
  z.object({ kind: z.literal('parked'), reason: z.string(), action: z.string().optional() }),
  z.object({ kind: z.literal('operator'), operation: z.enum(['retry', 'skip', 'cancel']), by: z.string(), action: z.string().optional() }),
  z.object({ kind: z.literal('run_ended'), state: z.enum(['finished', 'failed', 'cancelled']), reason: z.string() }),
]);
export type TimelineEntry = z.infer<typeof TimelineEntry>;
