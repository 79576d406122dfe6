import type { Clock } from '../../core/clock.ts';
import type { Channel } from '../../core/ports.ts';
import { createCache, NEVER_STOPPED } from '../cache.ts';
import type { MattermostChannel, MattermostClient } from './client.ts';

const TTL_MS = 5 * 60_000;

/** What doesn't change from call to call, kept for five minutes: the bot, teams, and channels by name and id. */
export function createDirectory(options: { client: MattermostClient; clock: Clock; url: string; team: string }) {
  const { client, clock } = options;
  const base = options.url.replace(/\/+$/, '');
  const bot = createCache<string>({ clock, ttlMs: TTL_MS, maxEntries: 1 });
  const teams = createCache<{ id: string; name: string }>({ clock, ttlMs: TTL_MS, maxEntries: 100 });
  const channels = createCache<Channel>({ clock, ttlMs: TTL_MS, maxEntries: 2_000 });
  /** By channel id: which team it is in, and under which key `channels` has it. */
  const places = createCache<{ teamId: string; teamName: string; key: string }>({ clock, ttlMs: TTL_MS, maxEntries: 2_000 });

  function readTeam(name: string | undefined) {
    const key = (name ?? options.team).toLowerCase();
    return teams.get(key, async () => {
      const { id, name: exact } = await client.readTeam(key, NEVER_STOPPED);
      return { id, name: exact };
    });
  }

  /** Remembers a channel that is open and ours to see. */
  function keep(channel: MattermostChannel, team: { id: string; name: string }): Channel {
    const known: Channel = {
      id: channel.id,
      name: channel.name,
      displayName: channel.display_name,
      url: `${base}/${team.name}/channels/${channel.name}`,
    };
    const key = `${team.id}/${channel.name}`;
    channels.set(key, known);
    places.set(channel.id, { teamId: team.id, teamName: team.name, key });
    return known;
  }

  return {
    readTeam,
    keep,
    readBotId: () => bot.get('', async () => (await client.readMe(NEVER_STOPPED)).user.id),

    peekChannel: (teamId: string, name: string) => channels.peek(`${teamId}/${name}`),

    /** After an archive or a refusal that names the channel: what we knew of it may be wrong. */
    async forgetChannel(channelId: string): Promise<void> {
      const place = await places.peek(channelId);
      if (place) channels.delete(place.key);
      places.delete(channelId);
    },

    async teamIdOf(channelId: string, signal: AbortSignal): Promise<string> {
      const place = await places.peek(channelId);
      return place?.teamId ?? (await client.readChannel(channelId, signal)).team_id;
    },

    /** A permanent link. Any team's name leads to the post; the channel's own where it is known. */
    async postUrl(channelId: string, postId: string): Promise<string> {
      const place = await places.peek(channelId);
      return `${base}/${place?.teamName ?? options.team}/pl/${postId}`;
    },
  };
}
export type Directory = ReturnType<typeof createDirectory>;
