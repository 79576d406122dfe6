import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { channelName, teamName } from './fields.ts';

export const archiveChannel = defineAction({
  type: 'archive_channel',
  summary: 'Archive a channel; waits for what is still to be drawn in it. Already archived = done.',
  input: z.strictObject({ channel_name: channelName, team_name: teamName }),
  output: z.object({}),
  example: { channel_name: '{{.Action.WarRoom.ChannelName}}' },
  async run({ input, chat, effect, findChannel }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    await effect('chat.archiveChannel', chat.archiveChannel, { channelId: channel.id }, { about: `channel:${channel.id}` });
    return {};
  },
});
