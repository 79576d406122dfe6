import { z } from 'zod';
import { RequestError } from '../request-error.ts';
import { viewRun } from '../run-view.ts';
import { defineRoute } from './route.ts';

export const showRun = defineRoute({
  method: 'get',
  path: '/runs/:id',
  access: 'viewer',
  summary: 'One run with its timeline, journal, open retries and links.',
  input: z.strictObject({ id: z.uuid() }),
  async run({ id }, { deps: { reads } }) {
    const [run, now] = await Promise.all([reads.findRun(id), reads.now()]);
    if (run === undefined) throw new RequestError(404, 'run.unknown', 'There is no such run, or it has been cleared away by retention.');
    return { body: viewRun(run), now };
  },
});
