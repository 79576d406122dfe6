import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { channelName, markdown, teamName, transitions } from './fields.ts';

export const post = defineAction({
  type: 'post',
  summary: 'Post a message, with buttons where transitions are given.',
  input: z.strictObject({
    channel_name: channelName,
    team_name: teamName,
    message: markdown('Markdown; cut to 4000 characters.'),
    transitions,
  }),
  output: z.object({ PostID: z.string(), URL: z.string() }),
  example: {
    channel_name: 'incidents',
    message: ':rotating_light: {{.Event.Title}}',
    transitions: [{ label: 'Acknowledge', to: 'Acknowledged' }],
  },
  post: 'create',
  async run({ input, chat, connectorIds, effect, findChannel, compose }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    const made = await effect(
      'chat.post',
      chat.post,
      { channelId: channel.id, message: compose(input.message, input.transitions, channel.id) },
      {
        references: (outcome) => (input.transitions.length > 0 ? [{ kind: 'chat.post', value: `${connectorIds.chat}:${outcome.id}` }] : []),
      },
    );
    return { PostID: made.id, URL: made.url, ChannelID: channel.id, ChannelName: channel.name };
  },
});
