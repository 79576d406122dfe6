import { forbidden, invalidBody, MattermostError } from './errors.ts';
import { countRunes } from './go-json.ts';
import { isId } from './ids.ts';
import type { Channel, ChannelType, User } from './model.ts';
import { getChannel, isAdmin, isInChannel, isOnTeam } from './permissions.ts';
import { findMarker, type Server } from './state.ts';
import { addSystemPost } from './system-posts.ts';

export interface ChannelInput {
  readonly teamId: string;
  readonly name: string;
  readonly displayName: string;
  readonly type: string;
  readonly header: string;
  readonly purpose: string;
}

const defaultChannel = 'town-square';

/** The server's checks, in its order: which refusal comes depends on it. */
function parseType(input: ChannelInput): ChannelType {
  if (input.type === 'D' || input.type === 'G') {
    throw new MattermostError(400, 'api.channel.create_channel.direct_channel.app_error');
  }
  checkDisplayName(input.displayName);
  checkName(input.name);
  if (input.type !== 'O' && input.type !== 'P') throw new MattermostError(400, 'model.channel.is_valid.type.app_error');
  checkTexts(input);
  const halves = input.name.split('__');
  if (halves.length === 2 && halves.every(isId)) throw new MattermostError(400, 'model.channel.is_valid.name.app_error');
  return input.type;
}

function checkDisplayName(displayName: string): void {
  if (countRunes(displayName) > 64) throw new MattermostError(400, 'model.channel.is_valid.display_name.app_error');
}

function checkName(name: string): void {
  if (name.length < 2 || !/^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/.test(name)) {
    throw new MattermostError(400, 'model.channel.is_valid.2_or_more.app_error');
  }
}

function checkTexts(input: { header: string; purpose: string }): void {
  if (countRunes(input.header) > 1024) throw new MattermostError(400, 'model.channel.is_valid.header.app_error');
  if (countRunes(input.purpose) > 250) throw new MattermostError(400, 'model.channel.is_valid.purpose.app_error');
}

export function createChannel(server: Server, creator: User, input: ChannelInput): Channel {
  const team = server.teams.get(input.teamId);
  if ((input.type === 'O' || input.type === 'P') && !isOnTeam(team, creator)) throw forbidden();
  const type = parseType(input);
  // The column holds 64 characters and nothing checks it before: a refusal for good that looks like a fault. PostgreSQL also refuses NUL.
  if (input.name.length > 64 || `${input.displayName}${input.header}${input.purpose}`.includes('\0')) {
    throw new MattermostError(500, 'app.channel.create_channel.internal_error');
  }
  if (server.channelIdsByName.has(`${input.teamId}/${input.name}`)) {
    throw new MattermostError(400, 'store.sql_channel.save_channel.exists.app_error');
  }
  const channel = saveChannel(server, { ...input, type, creatorId: creator.id });
  channel.members.set(creator.id, { userId: creator.id, isAdmin: true, lastUpdateAt: channel.createAt });
  server.record({
    effect: 'channel.created',
    marker: findMarker(input.purpose),
    subject: channel.id,
    by: creator.id,
    detail: {
      name: input.name,
      displayName: input.displayName,
      type,
      header: input.header,
      purpose: input.purpose,
      team: team?.name ?? '',
    },
  });
  addSystemPost(server, channel, creator, 'system_join_channel', `${creator.username} joined the channel.`, {
    username: creator.username,
  });
  return channel;
}

/** Stores a channel without asking anybody; for the seed and for direct channels as well. */
export function saveChannel(server: Server, input: ChannelInput & { type: ChannelType; creatorId: string }): Channel {
  const now = server.now();
  const channel: Channel = {
    ...input,
    id: server.newId(),
    createAt: now,
    updateAt: now,
    deleteAt: 0,
    lastPostAt: 0,
    totalMsgCount: 0,
    totalMsgCountRoot: 0,
    members: new Map(),
    posts: [],
  };
  server.channels.set(channel.id, channel);
  server.channelIdsByName.set(`${channel.teamId}/${channel.name}`, channel.id);
  server.changed();
  return channel;
}

/** The same two people always get the same channel. */
export function openDirectChannel(server: Server, user: User, userIds: readonly string[]): Channel {
  const [first = '', second = ''] = userIds;
  if (userIds.length !== 2 || !isId(first) || !isId(second)) throw invalidBody('user_ids');
  if (!userIds.includes(user.id) && !isAdmin(user)) throw forbidden();
  if (!server.users.has(first) || !server.users.has(second)) {
    throw new MattermostError(400, 'api.channel.create_direct_channel.invalid_user.app_error');
  }
  const name = [first, second].sort().join('__');
  const existing = server.channels.get(server.channelIdsByName.get(`/${name}`) ?? '');
  if (existing) return existing;
  const channel = saveChannel(server, {
    teamId: '',
    name,
    displayName: '',
    type: 'D',
    header: '',
    purpose: '',
    creatorId: user.id,
  });
  for (const userId of [first, second]) {
    channel.members.set(userId, { userId, isAdmin: false, lastUpdateAt: channel.createAt });
  }
  return channel;
}

export interface ChannelPatch {
  readonly name?: string | undefined;
  readonly displayName?: string | undefined;
  readonly header?: string | undefined;
  readonly purpose?: string | undefined;
}

export function patchChannel(server: Server, user: User, id: string, patch: ChannelPatch): Channel {
  const channel = getChannel(server, id);
  if (!isInChannel(channel, user)) throw forbidden();
  const old = { name: channel.name, displayName: channel.displayName, header: channel.header, purpose: channel.purpose };
  const next = {
    name: patch.name ?? old.name,
    displayName: patch.displayName ?? old.displayName,
    header: patch.header ?? old.header,
    purpose: patch.purpose ?? old.purpose,
  };
  const isRenamed = next.name !== old.name;
  if (isRenamed && old.name === defaultChannel) throw new MattermostError(400, 'api.channel.update_channel.tried.app_error');
  checkDisplayName(next.displayName);
  if (channel.type !== 'D') checkName(next.name);
  checkTexts(next);
  // One id for both: archived, and renamed to a name that is taken (10#12, 11#5).
  if (channel.deleteAt !== 0 || (isRenamed && server.channelIdsByName.has(`${channel.teamId}/${next.name}`))) {
    throw new MattermostError(400, 'app.channel.update.bad_id');
  }
  if (isRenamed) {
    server.channelIdsByName.delete(`${channel.teamId}/${old.name}`);
    server.channelIdsByName.set(`${channel.teamId}/${next.name}`, channel.id);
  }
  Object.assign(channel, next, { updateAt: server.now() });
  server.changed();
  if (next.header !== old.header) announceHeader(server, channel, user, old.header);
  if (next.displayName !== old.displayName) {
    const message = `${user.username} updated the channel display name from: ${old.displayName} to: ${next.displayName}`;
    addSystemPost(server, channel, user, 'system_displayname_change', message, {
      username: user.username,
      old_displayname: old.displayName,
      new_displayname: next.displayName,
    });
  }
  if (next.purpose !== old.purpose) {
    const message = `${user.username} updated the channel purpose from: ${old.purpose} to: ${next.purpose}`;
    addSystemPost(server, channel, user, 'system_purpose_change', message, {
      username: user.username,
      old_purpose: old.purpose,
      new_purpose: next.purpose,
    });
  }
  return channel;
}

function announceHeader(server: Server, channel: Channel, user: User, old: string): void {
  const { header } = channel;
  server.record({
    effect: 'channel.header',
    marker: '',
    subject: channel.id,
    by: user.id,
    detail: { name: channel.name, header, channelMarker: findMarker(channel.purpose) },
  });
  const change =
    header === '' ? `removed the channel header (was: ${old})` : `updated the channel header ${old ? `from: ${old} ` : ''}to: ${header}`;
  addSystemPost(server, channel, user, 'system_header_change', `${user.username} ${change}`, {
    username: user.username,
    old_header: old,
    new_header: header,
  });
}

export function archiveChannel(server: Server, user: User, id: string, isPermanent: boolean): void {
  const channel = getChannel(server, id);
  if (channel.type === 'D') throw new MattermostError(400, 'api.channel.delete_channel.type.invalid');
  if (!isInChannel(channel, user)) throw forbidden();
  if (isPermanent) throw new MattermostError(401, 'api.user.delete_channel.not_enabled.app_error');
  if (channel.deleteAt !== 0) throw new MattermostError(400, 'api.channel.delete_channel.deleted.app_error');
  if (channel.name === defaultChannel) throw new MattermostError(400, 'api.channel.delete_channel.cannot.app_error');
  addSystemPost(server, channel, user, 'system_channel_deleted', `${user.username} archived the channel.`, {
    username: user.username,
  });
  const now = server.now();
  channel.updateAt = now;
  channel.deleteAt = now;
  server.record({
    effect: 'channel.archived',
    marker: '',
    subject: channel.id,
    by: user.id,
    detail: { name: channel.name, channelMarker: findMarker(channel.purpose) },
  });
  server.changed();
}

/** Needs manage_team: even the bot that archived the channel may not. */
export function restoreChannel(server: Server, user: User, id: string): Channel {
  const channel = getChannel(server, id);
  if (!isAdmin(user)) throw forbidden();
  if (channel.deleteAt === 0) throw new MattermostError(400, 'api.channel.restore_channel.restored.app_error');
  channel.deleteAt = 0;
  addSystemPost(server, channel, user, 'system_channel_restored', `${user.username} unarchived the channel.`, {
    username: user.username,
  });
  return channel;
}
