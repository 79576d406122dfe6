/** Both queues only wake: their jobs name a row, and the row says what is to be done. */
export const QUEUE_NAMES = ['deliveries', 'runs'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** Every job has the same name; the queue says what its id means. */
export const JOB_NAME = 'wake';

/** In Redis all keys start with this. The braces keep both queues in one slot of a cluster. */
export const DEFAULT_PREFIX = 'incident-bridge';
