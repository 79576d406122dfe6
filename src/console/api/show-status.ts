import { z } from 'zod';
import { defineRoute } from './route.ts';

const INSECURE =
  'PUBLIC_URL is not https: passwords and session cookies travel in clear. Put a proxy with TLS in front and set PUBLIC_URL to its https address.';

export const showStatus = defineRoute({
  method: 'get',
  path: '/status',
  access: 'viewer',
  summary: 'How the bridge runs: mode, database, vendors, and what an administrator should know.',
  input: z.strictObject({}),
  async run(_input, { deps }) {
    const status = await deps.status();
    const isSecure = new URL(deps.publicUrl).protocol === 'https:';
    return {
      body: {
        ...status,
        warnings: isSecure ? status.warnings : [...status.warnings, INSECURE],
        simulatedChatUrl: deps.simulatedChatUrl,
      },
    };
  },
});
