import { z } from 'zod';
import { defineRoute, getCaller } from './route.ts';

export const showMe = defineRoute({
  method: 'get',
  path: '/me',
  access: 'viewer',
  summary: 'Who is logged in.',
  input: z.strictObject({}),
  run(_input, context) {
    const { username, role } = getCaller(context);
    return Promise.resolve({ body: { username, role } });
  },
});
