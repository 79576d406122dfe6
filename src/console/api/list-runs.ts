import { z } from 'zod';
import { OPEN_STATES, RUN_STATES } from '../../core/run.ts';
import type { RunState } from '../../core/run.ts';
import { RequestError } from '../request-error.ts';
import { defineRoute } from './route.ts';

const ENDED_STATES = RUN_STATES.filter((state) => !OPEN_STATES.includes(state));

export const listRuns = defineRoute({
  method: 'get',
  path: '/runs',
  access: 'viewer',
  summary: 'Runs, newest first, with the number of runs in each state.',
  input: z.strictObject({
    /** One state, `open`, `ended`, `attention` (open and waiting for a person), or `all`. */
    state: z.enum([...RUN_STATES, 'open', 'ended', 'attention', 'all']).default('all'),
    cursor: z.string().max(200).optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }),
  async run({ state, cursor, limit }, { deps: { reads }, countEnded }) {
    const query = {
      states: statesOf(state),
      needsAttention: state === 'attention',
      after: cursor === undefined ? undefined : readCursor(cursor),
      limit: limit + 1,
    };
    const [runs, open, ended, now] = await Promise.all([reads.listRuns(query), reads.countOpenRuns(), countEnded(), reads.now()]);
    const page = runs.slice(0, limit);
    const last = page.at(-1);
    return {
      body: {
        runs: page.map(({ cursor: _cursor, ...run }) => run),
        nextCursor: runs.length > limit && last !== undefined ? Buffer.from(last.cursor).toString('base64url') : undefined,
        counts: {
          ...Object.fromEntries(RUN_STATES.map((one) => [one, [...open, ...ended].find((count) => count.state === one)?.runs ?? 0])),
          attention: open.reduce((sum, count) => sum + count.needing, 0),
        },
      },
      now,
    };
  },
});

function statesOf(state: RunState | 'open' | 'ended' | 'attention' | 'all'): readonly RunState[] {
  if (state === 'all' || state === 'attention') return [];
  if (state === 'open') return OPEN_STATES;
  if (state === 'ended') return ENDED_STATES;
  return [state];
}

/** PostgreSQL's time as text, microseconds and all, and the run's id. */
const Cursor = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?[+-]\d\d(:\d\d)?\|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
  .refine((cursor) => z.iso.datetime().safeParse(`${cursor.slice(0, 19).replace(' ', 'T')}Z`).success);

function readCursor(cursor: string): string {
  const parsed = Cursor.safeParse(Buffer.from(cursor, 'base64url').toString());
  if (parsed.success) return parsed.data;
  throw new RequestError(400, 'request.bad_cursor', 'The cursor is not one of ours. Load the list again from its beginning.');
}
