import { z } from 'zod';
import { RequestError } from '../request-error.ts';
import { defineRoute, getCaller } from './route.ts';

export const startRun = defineRoute({
  method: 'post',
  path: '/playbooks/:name/runs',
  access: 'responder',
  summary: 'Start a playbook by hand. It needs a trigger of type manual.',
  input: z.strictObject({ name: z.string().min(1).max(100) }),
  async run({ name }, context) {
    const { deps } = context;
    const by = getCaller(context).username;
    const answer = await deps.runPlaybook(name, by);
    deps.log.info({ playbook: name, user: by, ...answer }, 'playbook started by hand');
    if (!answer.accepted) throw new RequestError(409, 'playbook.not_started', answer.reason ?? 'This playbook can’t be started by hand.');
    return { status: 202, body: answer };
  },
});
