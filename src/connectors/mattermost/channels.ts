import { PermanentError } from '../../core/errors.ts';
import type { Channel, ChannelInput, Chat } from '../../core/ports.ts';
import { VendorRefusal } from '../vendor-error.ts';
import { cut } from './buttons.ts';
import { ERROR_IDS, type MattermostChannel, type MattermostClient } from './client.ts';
import type { Directory } from './directory.ts';

/** The server answers a permanent 500 above this. */
const MAX_NAME = 64;
const MAX_SUFFIX = 50;
/** Names that look free while reconciling: a private channel of others looks free too, so a few more are looked at. */
const FREE_NAMES_IN_DOUBT = 3;

type ChannelPort = Pick<Chat, 'findChannel' | 'createChannel' | 'setHeader' | 'archiveChannel'>;

/** Channels. The name is the natural key of a creation, the marker in the purpose says whose it is. */
export function createChannels(client: MattermostClient, directory: Directory): ChannelPort {
  return {
    async findChannel({ team, name }, signal) {
      const { id, name: teamName } = await directory.readTeam(team);
      const known = await directory.peekChannel(id, name);
      if (known) return known;
      const channel = await readByName(id, name, signal, false);
      return channel && directory.keep(channel, { id, name: teamName });
    },

    createChannel: {
      async call(input, { marker, signal }) {
        if (input.name.length > MAX_NAME) {
          throw new PermanentError({
            code: 'mattermost.channel_name_too_long',
            message: `The channel name "${input.name}" is longer than ${MAX_NAME} characters. Shorten channel_name in the playbook.`,
          });
        }
        const team = await directory.readTeam(input.team);
        for (const name of namesFor(input)) {
          const channel = await createOrAdopt(team.id, name, input, marker, signal);
          if (channel) return directory.keep(channel, team);
        }
        throw taken(input.name, 'and so are its numbered variants. Clean up old channels or change channel_name in the playbook.');
      },

      // A name can be had once, so "absent" is safe even while the first request is still on its way: the second finds the first's channel.
      async reconcile(input, { marker, signal }) {
        const team = await directory.readTeam(input.team);
        let free = 0;
        for (const name of namesFor(input)) {
          const channel = await readByName(team.id, name, signal, true);
          if (channel && carries(channel, marker)) return { answer: 'found', output: directory.keep(channel, team) };
          if (!channel) free += 1;
          else if (input.ifExists === 'reuse' && channel.delete_at === 0) return { answer: 'found', output: directory.keep(channel, team) };
          if (free >= FREE_NAMES_IN_DOUBT) break;
        }
        return { answer: 'absent' };
      },
    },

    setHeader: {
      async call({ channelId, header }, { signal }) {
        await orForget(channelId, client.patchChannel(channelId, { header: cut(header, 1024) }, signal));
        return {};
      },
      async reconcile({ channelId, header }, { signal }) {
        const channel = await orGone(client.readChannel(channelId, signal));
        return channel?.header === cut(header, 1024) ? { answer: 'found', output: {} } : { answer: 'absent' };
      },
    },

    archiveChannel: {
      async call({ channelId }, { signal }) {
        try {
          await client.archiveChannel(channelId, signal);
        } catch (error) {
          if (!(error instanceof VendorRefusal && error.vendorCode === ERROR_IDS.alreadyArchived)) throw error;
        } finally {
          await directory.forgetChannel(channelId);
        }
        return {};
      },
      async reconcile({ channelId }, { signal }) {
        const channel = await orGone(client.readChannel(channelId, signal));
        return !channel || channel.delete_at > 0 ? { answer: 'found', output: {} } : { answer: 'absent' };
      },
    },
  };

  /** undefined = the name is taken and the next one may be tried. */
  async function createOrAdopt(
    teamId: string,
    name: string,
    input: ChannelInput,
    marker: string,
    signal: AbortSignal,
  ): Promise<MattermostChannel | undefined> {
    try {
      return await client.createChannel(
        {
          team_id: teamId,
          name,
          display_name: cut(input.displayName, 64),
          type: input.private ? 'P' : 'O',
          header: cut(input.header, 1024),
          purpose: markedPurpose(input.purpose, marker),
        },
        signal,
      );
    } catch (error) {
      if (!(error instanceof VendorRefusal && error.vendorCode === ERROR_IDS.channelExists)) throw error;
    }
    // The refusal carries no id, and archived and private channels keep their names.
    const existing = await readByName(teamId, name, signal, true);
    if (existing && carries(existing, marker)) return existing;
    if (input.ifExists === 'suffix') return undefined;
    if (input.ifExists === 'fail') throw taken(name, 'Set if_exists to suffix or reuse, or change channel_name in the playbook.');
    if (!existing) throw taken(name, 'by a private channel the bot is not in. Invite the bot, or change channel_name in the playbook.');
    if (existing.delete_at > 0)
      throw taken(name, 'by an archived channel. Restore it in Mattermost, or change channel_name in the playbook.');
    return existing;
  }

  async function readByName(teamId: string, name: string, signal: AbortSignal, archived: boolean) {
    return orGone(client.readChannelByName(teamId, name, signal, archived));
  }

  async function orForget<T>(channelId: string, change: Promise<T>): Promise<T> {
    try {
      return await change;
    } catch (error) {
      if (error instanceof VendorRefusal) await directory.forgetChannel(channelId);
      throw error;
    }
  }
}

/** undefined for the vendor's 404. */
export async function orGone<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof VendorRefusal && error.status === 404) return undefined;
    throw error;
  }
}

function* namesFor(input: Pick<Channel, 'name'> & { readonly ifExists: ChannelInput['ifExists'] }): Generator<string> {
  yield input.name;
  if (input.ifExists !== 'suffix') return;
  for (let number = 2; number <= MAX_SUFFIX; number += 1) {
    const suffix = `-${number}`;
    yield input.name.slice(0, MAX_NAME - suffix.length).replace(/[-_]+$/, '') + suffix;
  }
}

/** The text gives way, never the marker. */
function markedPurpose(purpose: string, marker: string): string {
  return `${cut(purpose, 250 - marker.length - 1)} ${marker}`.trim();
}

/** As a whole word: people may add to a purpose, and one marker may begin like another. */
function carries(channel: MattermostChannel, marker: string): boolean {
  return channel.purpose.split(/\s+/).includes(marker);
}

function taken(name: string, advice: string): PermanentError {
  return new PermanentError({ code: 'mattermost.channel_exists', message: `The channel name "${name}" is taken: ${advice}` });
}
