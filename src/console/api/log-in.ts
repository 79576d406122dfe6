import { z } from 'zod';
import { defineRoute } from './route.ts';

export const logIn = defineRoute({
  method: 'post',
  path: '/login',
  access: 'anyone',
  summary: 'Open a session. The cookie is always a new one, whatever the request brought along.',
  input: z.strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(256) }),
  async run({ username, password }, { login, sessions, request, deps }) {
    const { userId } = await login.check(username, password, request.ip ?? '');
    await sessions.close(request);
    deps.log.info({ user: username, address: request.ip }, 'logged in');
    return { body: { ok: true }, cookie: await sessions.open(userId) };
  },
});
