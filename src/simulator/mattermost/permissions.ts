import { forbidden, MattermostError } from './errors.ts';
import type { Channel, Post, Team, User } from './model.ts';
import type { Server } from './state.ts';

/** The default scheme: what members may do, and that a system administrator may do everything. */
export function isAdmin(user: User): boolean {
  return user.roles.split(' ').includes('system_admin');
}

export function isOnTeam(team: Team | undefined, user: User): boolean {
  return isAdmin(user) || (team?.members.has(user.id) ?? false);
}

/** create_post, read_channel, manage_*_members, manage_*_properties, delete_*_channel: all of them come with membership. */
export function isInChannel(channel: Channel, user: User): boolean {
  return isAdmin(user) || channel.members.has(user.id);
}

/** Members see every channel; others of the team see public ones (but not the posts in them). */
export function canSeeChannel(server: Server, channel: Channel, user: User): boolean {
  return isInChannel(channel, user) || (channel.type === 'O' && isOnTeam(server.teams.get(channel.teamId), user));
}

export function getChannel(server: Server, id: string): Channel {
  const channel = server.channels.get(id);
  if (!channel) throw new MattermostError(404, 'app.channel.get.existing.app_error');
  return channel;
}

/** For posts an unknown channel is a 403, so that ids can't be probed. */
export function getChannelOfMember(server: Server, id: string, user: User): Channel {
  const channel = server.channels.get(id);
  if (!channel || !isInChannel(channel, user)) throw forbidden();
  return channel;
}

export function findPost(server: Server, id: string): Post | undefined {
  const post = server.posts.get(id);
  return post && post.deleteAt === 0 ? post : undefined;
}

export function getTeam(server: Server, id: string): Team {
  const team = server.teams.get(id);
  if (!team) throw new MattermostError(404, 'app.team.get.find.app_error');
  return team;
}

export function getUser(server: Server, id: string): User {
  const user = server.users.get(id);
  if (!user) throw new MattermostError(404, 'app.user.missing_account.const');
  return user;
}
