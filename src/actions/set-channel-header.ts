import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { channelName, markdown, teamName } from './fields.ts';
import { shorten } from './shorten.ts';

export const setChannelHeader = defineAction({
  type: 'set_channel_header',
  summary: 'Set a channel’s header; drawn again when a late output arrives.',
  input: z.strictObject({
    channel_name: channelName,
    team_name: teamName,
    header: markdown('Links side by side; cut to 1024 characters.'),
  }),
  output: z.object({}),
  example: { channel_name: '{{.Action.WarRoom.ChannelName}}', header: '[PagerDuty]({{.Event.URL}}) | [Jira]({{.Action.Ticket.URL}})' },
  redraws: true,
  lane: (input) => `chat.header:${input.channel_name}`,
  async run({ input, chat, effect, findChannel }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    await effect(
      'chat.setHeader',
      chat.setHeader,
      { channelId: channel.id, header: shorten(input.header, 1024) },
      { about: `channel:${channel.id}` },
    );
    return {};
  },
});
