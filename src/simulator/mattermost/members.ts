import { forbidden, invalidBody, MattermostError } from './errors.ts';
import { isId } from './ids.ts';
import type { Channel, ChannelMember, Team, User } from './model.ts';
import { getChannel, getTeam, getUser, isInChannel, isOnTeam } from './permissions.ts';
import { findChannelByName, type Server } from './state.ts';
import { addSystemPost } from './system-posts.ts';

/** Idempotent by nature: an existing member is answered as if just added, and leaves no second trace. */
export function addChannelMember(
  server: Server,
  actor: User,
  channelId: string,
  userId: string,
): { channel: Channel; member: ChannelMember } {
  if (!isId(userId)) throw invalidBody('user_id');
  const channel = getChannel(server, channelId);
  if (channel.type === 'D') throw new MattermostError(400, 'api.channel.add_user_to_channel.type.app_error');
  const team = server.teams.get(channel.teamId);
  const joinsPublic = userId === actor.id && channel.type === 'O' && isOnTeam(team, actor);
  if (!joinsPublic && !isInChannel(channel, actor)) throw forbidden();

  const existing = channel.members.get(userId);
  if (existing) return { channel, member: existing };
  const user = getUser(server, userId);
  if (!team?.members.has(userId)) throw new MattermostError(404, 'app.team.get_member.missing.app_error');

  const member: ChannelMember = { userId, isAdmin: false, lastUpdateAt: server.now() };
  channel.members.set(userId, member);
  server.record({
    effect: 'member.added',
    marker: '',
    subject: `${channel.name}/${user.username}`,
    by: actor.id,
    detail: { channel: channel.name, channelId: channel.id, user: user.username, userId },
  });
  announceMember(server, channel, actor, user);
  return { channel, member };
}

function announceMember(server: Server, channel: Channel, actor: User, user: User): void {
  if (actor.id === user.id) {
    addSystemPost(server, channel, user, 'system_join_channel', `${user.username} joined the channel.`, {
      username: user.username,
    });
    return;
  }
  addSystemPost(server, channel, actor, 'system_add_to_channel', `${user.username} added to the channel by ${actor.username}.`, {
    addedUserId: user.id,
    addedUsername: user.username,
    userId: actor.id,
    username: actor.username,
  });
}

export function removeChannelMember(server: Server, actor: User, channelId: string, userId: string): void {
  const channel = getChannel(server, channelId);
  const user = getUser(server, userId);
  if (channel.type === 'D') throw new MattermostError(400, 'api.channel.remove_channel_member.type.app_error');
  if (userId !== actor.id && !isInChannel(channel, actor)) throw forbidden();
  if (channel.name === 'town-square') throw new MattermostError(400, 'api.channel.remove.default.app_error');
  if (!channel.members.delete(userId)) throw new MattermostError(404, 'app.channel.get_member.missing.app_error');
  server.changed();
  if (actor.id === userId) {
    addSystemPost(server, channel, user, 'system_leave_channel', `${user.username} left the channel.`, {
      username: user.username,
    });
    return;
  }
  addSystemPost(server, channel, actor, 'system_remove_from_channel', `@${user.username} removed from the channel.`, {
    removedUserId: userId,
    removedUsername: user.username,
  });
}

/** A plain member of a team may add others to it (add_user_to_team is in the default scheme). */
export function addTeamMember(server: Server, actor: User, teamId: string, userId: string): Team {
  if (!isId(userId)) throw invalidBody('user_id');
  const team = getTeam(server, teamId);
  if (!isOnTeam(team, actor)) throw forbidden();
  const user = getUser(server, userId);
  if (team.members.has(userId)) return team;
  joinTeam(server, team, user);
  server.record({
    effect: 'team_member.added',
    marker: '',
    subject: `${team.name}/${user.username}`,
    by: actor.id,
    detail: { team: team.name, user: user.username, userId },
  });
  const townSquare = findChannelByName(server, team.id, 'town-square');
  if (townSquare) {
    addSystemPost(server, townSquare, actor, 'system_add_to_team', `${user.username} added to the team by ${actor.username}.`, {
      addedUserId: user.id,
      addedUsername: user.username,
      userId: actor.id,
      username: actor.username,
    });
  }
  return team;
}

/** Whoever joins a team is put into its two default channels; that follows from the team, so it is no effect of its own. */
export function joinTeam(server: Server, team: Team, user: User): void {
  team.members.add(user.id);
  for (const name of ['town-square', 'off-topic']) {
    const channel = findChannelByName(server, team.id, name);
    channel?.members.set(user.id, { userId: user.id, isAdmin: false, lastUpdateAt: server.now() });
  }
  server.changed();
}
