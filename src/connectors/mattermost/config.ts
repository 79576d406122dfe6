import { z } from 'zod';
import type { SettingMeta } from '../../core/connector.ts';

/** What the administrator sets for Mattermost. */
export const MattermostSettings = z.object({
  url: z.url({ protocol: /^https?$/ }).meta({
    env: 'MATTERMOST_URL',
    label: 'Server address',
    help: 'The address that people open in their browser, with a path if the server has one: https://chat.example.com',
  } satisfies SettingMeta),
  token: z
    .string()
    .min(1)
    .meta({
      env: 'MATTERMOST_TOKEN',
      label: 'Bot token',
      help: 'Access token of the bot account (System Console > Integrations > Bot Accounts, then Integrations > Bot Accounts > Create token).',
      secret: true,
    } satisfies SettingMeta),
  team: z
    .string()
    .min(1)
    .meta({
      env: 'MATTERMOST_TEAM',
      label: 'Team',
      help: 'Name of the team as in its address (https://chat.example.com/<team>/…). The bot must be a member of it.',
    } satisfies SettingMeta),
  incidentsChannel: z
    .string()
    .min(1)
    .default('incidents')
    .meta({
      env: 'MATTERMOST_INCIDENTS_CHANNEL',
      label: 'Incidents channel',
      help: 'Name of the standing channel where new incidents are announced. Invite the bot to it.',
    } satisfies SettingMeta),
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(32)
    .meta({
      env: 'MATTERMOST_CONCURRENCY',
      label: 'Calls at the same time',
      help: 'How many calls one process makes to Mattermost at the same time.',
    } satisfies SettingMeta),
});
export type MattermostSettings = z.infer<typeof MattermostSettings>;
