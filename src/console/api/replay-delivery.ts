import { z } from 'zod';
import { RequestError } from '../request-error.ts';
import { defineRoute, getCaller } from './route.ts';

export const replayDelivery = defineRoute({
  method: 'post',
  path: '/deliveries/:id/replay',
  access: 'responder',
  summary: 'Let a stored delivery be decided again.',
  input: z.strictObject({ id: z.uuid() }),
  async run({ id }, context) {
    const { deps } = context;
    const by = getCaller(context).username;
    const answer = await deps.replay(id, by);
    deps.log.info({ deliveryId: id, user: by, ...answer }, 'delivery replayed');
    if (!answer.accepted) throw new RequestError(409, 'delivery.not_accepted', answer.reason ?? 'This delivery can’t be replayed.');
    return { status: 202, body: answer };
  },
});
