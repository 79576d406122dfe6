import { z } from 'zod';
import { RequestError } from '../request-error.ts';
import { defineRoute, getCaller } from './route.ts';

export const operateRun = defineRoute({
  method: 'post',
  path: '/runs/:id/operate',
  access: 'responder',
  summary: 'Retry or skip what has failed, or cancel the run.',
  input: z.strictObject({
    id: z.uuid(),
    operation: z.enum(['retry', 'skip', 'cancel']),
    /** One action; without it everything that has failed. */
    action: z.string().min(1).max(200).optional(),
  }),
  async run({ id, operation, action }, context) {
    const { deps } = context;
    const by = getCaller(context).username;
    const answer = await deps.operate({ runId: id, operation, by, ...(action === undefined ? {} : { action }) });
    deps.log.info({ runId: id, operation, action, user: by, ...answer }, 'run operated');
    if (!answer.accepted) throw new RequestError(409, 'run.not_accepted', answer.reason ?? 'The run can’t do that now.');
    return { status: 202, body: answer };
  },
});
