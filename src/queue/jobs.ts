import { z } from 'zod';
import { JOB_NAME, type QueueName } from './names.ts';

/** All that a job carries: which row to look at. Never content, which the queue would keep in clear text. */
export const JobData = z.strictObject({ id: z.string().min(1) });
export type JobData = z.infer<typeof JobData>;

/** "Look at this one." */
export interface Wake {
  readonly queue: QueueName;
  readonly id: string;
  /** Raised in the transaction that made the thing due. */
  readonly wakeSeq: number | bigint | string;
}

export interface WakeJob {
  readonly name: typeof JOB_NAME;
  readonly data: JobData;
  readonly opts: { readonly jobId: string };
}

/**
 * The job of a wake-up. Its id is `<id>-<wakeSeq>`: BullMQ silently ignores an `add` whose id exists, also as a failed or active job, so
 * the id alone would strand a run that was woken before, and with the number the same wake-up sent twice stays one job. An id may hold no
 * ":" and be no integer.
 */
export function createWakeJob({ id, wakeSeq }: Wake): WakeJob {
  return { name: JOB_NAME, data: { id }, opts: { jobId: `${id}-${wakeSeq}` } };
}
