import { z } from 'zod';
import { defineRoute, getCaller } from './route.ts';

export const logOut = defineRoute({
  method: 'post',
  path: '/logout',
  access: 'viewer',
  summary: 'End this session, or with `everywhere` all sessions of the user.',
  input: z.strictObject({ everywhere: z.boolean().default(false) }),
  async run({ everywhere }, context) {
    if (everywhere) await context.sessions.closeAll(getCaller(context).userId);
    return { body: { ok: true }, cookie: await context.sessions.close(context.request) };
  },
});
