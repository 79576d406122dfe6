import { z } from 'zod';
import { viewDeliveryDetail } from '../delivery-view.ts';
import { RequestError } from '../request-error.ts';
import { defineRoute } from './route.ts';

export const showDelivery = defineRoute({
  method: 'get',
  path: '/deliveries/:id',
  access: 'viewer',
  summary: 'One delivery: headers, body as text, and the event that was read from it. Secrets are masked.',
  input: z.strictObject({ id: z.uuid() }),
  async run({ id }, { deps: { reads } }) {
    const delivery = await reads.findDelivery(id);
    if (delivery === undefined)
      throw new RequestError(404, 'delivery.unknown', 'There is no such delivery, or it has been cleared away by retention.');
    return { body: viewDeliveryDetail(delivery, await reads.nameRuns(delivery.runIds)), now: await reads.now() };
  },
});
