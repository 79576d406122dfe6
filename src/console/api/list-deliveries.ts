import { z } from 'zod';
import { viewDelivery } from '../delivery-view.ts';
import { defineRoute } from './route.ts';

const OUTCOMES = ['waiting', 'started', 'signalled', 'echo', 'ignored', 'unreadable', 'refused', 'dead'] as const;

export const listDeliveries = defineRoute({
  method: 'get',
  path: '/deliveries',
  access: 'viewer',
  summary: 'What came in, newest first, and what became of it.',
  input: z.strictObject({
    outcome: z.enum(OUTCOMES).optional(),
    source: z.string().max(64).optional(),
    /** A delivery's place in the order of arrival: older ones are listed. */
    cursor: z
      .string()
      .regex(/^\d{1,18}$/)
      .optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  async run({ outcome, source, cursor, limit }, { deps: { reads } }) {
    const [found, now] = await Promise.all([reads.listDeliveries({ outcome, source, before: cursor, limit: limit + 1 }), reads.now()]);
    const page = found.slice(0, limit);
    const runs = await reads.nameRuns([...new Set(page.flatMap((delivery) => delivery.runIds))]);
    return {
      body: {
        deliveries: page.map((delivery) => viewDelivery(delivery, runs)),
        nextCursor: found.length > limit ? page.at(-1)?.seq : undefined,
      },
      now,
    };
  },
});
