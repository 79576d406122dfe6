import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { PermanentError } from '../core/errors.ts';
import { channelName, markdown, teamName, text, yesNo } from './fields.ts';
import { shorten } from './shorten.ts';

/** Handles of chat channels (S89): refused rather than changed, since other actions name them. */
const HANDLE = /^[a-z0-9][a-z0-9_-]{0,62}[a-z0-9]$/;

export const createChannel = defineAction({
  type: 'create_channel',
  summary: 'Create a chat channel.',
  input: z.strictObject({
    channel_name: channelName,
    channel_displayname: text('Shown name; cut to 64 characters.'),
    team_name: teamName,
    header: markdown('Header with links; cut to 1024 characters.').default(''),
    purpose: text('Purpose; cut to 250 characters.').default(''),
    private: yesNo,
    if_exists: z.enum(['fail', 'reuse', 'suffix']).default('fail').meta({ template: 'none' }),
  }),
  output: z.object({ ChannelID: z.string(), ChannelName: z.string(), DisplayName: z.string(), URL: z.string() }),
  example: {
    channel_name: 'inc-{{.Instance.Number}}',
    channel_displayname: 'INC {{.Instance.Number}}: {{.Event.Title}}',
    if_exists: 'suffix',
  },
  async run({ input, chat, connectorIds, teamName: playbookTeam, effect }) {
    if (!HANDLE.test(input.channel_name)) {
      throw new PermanentError({
        code: 'create_channel.bad_handle',
        message: `"${input.channel_name}" can't be a channel's handle: 2 to 64 of a-z, 0-9, "-" and "_", beginning and ending with a letter or digit. Change channel_name in the playbook.`,
      });
    }
    const channel = await effect(
      'chat.createChannel',
      chat.createChannel,
      {
        team: input.team_name ?? playbookTeam,
        name: input.channel_name,
        displayName: shorten(input.channel_displayname, 64),
        header: shorten(input.header, 1024),
        purpose: shorten(input.purpose, 250),
        private: input.private,
        ifExists: input.if_exists,
      },
      {
        about: `channel:${input.channel_name}`,
        references: (made) => [{ kind: 'chat.channel', value: `${connectorIds.chat}:${made.id}` }],
      },
    );
    return { ChannelID: channel.id, ChannelName: channel.name, DisplayName: channel.displayName, URL: channel.url };
  },
});
