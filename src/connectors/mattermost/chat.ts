import type { Clock } from '../../core/clock.ts';
import type { Chat } from '../../core/ports.ts';
import { VendorRefusal } from '../vendor-error.ts';
import { createChannels } from './channels.ts';
import { ERROR_IDS, type MattermostClient } from './client.ts';
import type { Directory } from './directory.ts';
import { createPeople } from './people.ts';
import { createPosts } from './posts.ts';

/** Mattermost as the Chat port. */
export function createChat(options: { client: MattermostClient; directory: Directory; clock: Clock; actionsUrl: string }): Chat {
  const { client, directory, clock } = options;

  async function isMember(channelId: string, personId: string, signal: AbortSignal): Promise<boolean> {
    try {
      await client.readMember(channelId, personId, signal);
      return true;
    } catch (error) {
      if (error instanceof VendorRefusal && error.status === 404) return false;
      throw error;
    }
  }

  return {
    ...createChannels(client, directory),
    ...createPosts(options),
    findPeople: createPeople(client, clock),
    isMember,
    addMember: {
      async call({ channelId, personId }, { signal }) {
        try {
          await client.addMember(channelId, personId, signal);
        } catch (error) {
          if (!(error instanceof VendorRefusal && error.vendorCode === ERROR_IDS.notOnTeam)) throw error;
          await client.addTeamMember(await directory.teamIdOf(channelId, signal), personId, signal);
          await client.addMember(channelId, personId, signal);
        }
        return {};
      },
      async reconcile({ channelId, personId }, { signal }) {
        return (await isMember(channelId, personId, signal)) ? { answer: 'found', output: {} } : { answer: 'absent' };
      },
    },
  };
}
