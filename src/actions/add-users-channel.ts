import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { messageOf, PermanentError } from '../core/errors.ts';
import { channelName, teamName } from './fields.ts';

const User = z.union([
  z.string(),
  z.looseObject({ Name: z.string().default(''), Email: z.string().default(''), Username: z.string().default('') }),
]);

export const addUsersChannel = defineAction({
  type: 'add_users_channel',
  summary: 'Add people to a channel. One unknown name does not lose the others (S93).',
  input: z.strictObject({
    channel_name: channelName,
    team_name: teamName,
    users: z
      .array(User)
      .max(200)
      .meta({ template: 'text', description: 'Usernames, user ids, e-mail addresses, or people such as `{{.Action.OnCall.Users}}`.' }),
  }),
  output: z.object({ Added: z.array(z.string()), Unknown: z.array(z.string()) }),
  example: { channel_name: '{{.Action.WarRoom.ChannelName}}', users: ['{{.Action.OnCall.Users}}', 'kathy'] },
  async run({ input, chat, effect, findChannel, signal }) {
    const channel = await findChannel(input.channel_name, input.team_name);
    const names = input.users
      .map((user) => (typeof user === 'string' ? user : user.Username || user.Email || user.Name))
      .filter((who) => who.trim() !== '');
    const { found, unknown } = names.length > 0 ? await chat.findPeople(names, signal) : { found: [], unknown: [] };
    const refused: string[] = [];
    const added: string[] = [];
    for (const person of new Map(found.map((one) => [one.id, one])).values()) {
      try {
        await effect(
          'chat.addMember',
          chat.addMember,
          { channelId: channel.id, personId: person.id },
          { part: person.id, about: `channel:${channel.id}` },
        );
        added.push(person.username);
      } catch (error) {
        if (!(error instanceof PermanentError)) throw error;
        refused.push(`${person.username} (${messageOf(error)})`);
      }
    }
    return { Added: added, Unknown: [...unknown, ...refused] };
  },
});
