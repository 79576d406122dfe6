import { stripIntegrations } from './attachments.ts';
import type { Channel, ChannelMember, Post, Reaction, Team, User } from './model.ts';

/** Our state in the vendor's words: exactly the members that 5.37 sends. */
export function toWireUser(user: User): Record<string, unknown> {
  return {
    id: user.id,
    create_at: user.createAt,
    update_at: user.updateAt,
    delete_at: 0,
    username: user.username,
    auth_data: '',
    auth_service: '',
    email: user.email,
    nickname: '',
    first_name: user.firstName,
    last_name: user.lastName,
    position: '',
    roles: user.roles,
    locale: 'en',
    timezone: { automaticTimezone: '', manualTimezone: '', useAutomaticTimezone: 'true' },
    ...(user.isBot ? { is_bot: true, bot_description: user.botDescription } : {}),
    disable_welcome_email: false,
  };
}

/** One's own account shows more. */
export function toWireMe(user: User): Record<string, unknown> {
  return {
    ...toWireUser(user),
    notify_props: {
      channel: 'true',
      comments: 'never',
      desktop: 'mention',
      desktop_sound: 'true',
      email: 'true',
      first_name: 'false',
      mention_keys: '',
      push: 'mention',
      push_status: 'away',
    },
    last_password_update: user.createAt,
  };
}

export function toWireTeam(team: Team): Record<string, unknown> {
  return {
    id: team.id,
    create_at: team.createAt,
    update_at: team.createAt,
    delete_at: 0,
    display_name: team.displayName,
    name: team.name,
    description: '',
    email: '',
    type: 'O',
    company_name: '',
    allowed_domains: '',
    invite_id: team.inviteId,
    allow_open_invite: false,
    scheme_id: null,
    group_constrained: null,
    policy_id: null,
  };
}

export function toWireTeamMember(team: Team, userId: string): Record<string, unknown> {
  return {
    team_id: team.id,
    user_id: userId,
    roles: 'team_user',
    delete_at: 0,
    scheme_guest: false,
    scheme_user: true,
    scheme_admin: false,
    explicit_roles: '',
  };
}

export function toWireChannel(channel: Channel): Record<string, unknown> {
  return {
    id: channel.id,
    create_at: channel.createAt,
    update_at: channel.updateAt,
    delete_at: channel.deleteAt,
    team_id: channel.teamId,
    type: channel.type,
    display_name: channel.displayName,
    name: channel.name,
    header: channel.header,
    purpose: channel.purpose,
    last_post_at: channel.lastPostAt,
    total_msg_count: channel.totalMsgCount,
    extra_update_at: 0,
    creator_id: channel.creatorId,
    scheme_id: null,
    props: null,
    group_constrained: null,
    shared: channel.type === 'D' ? false : null,
    total_msg_count_root: channel.totalMsgCountRoot,
    policy_id: null,
  };
}

export function toWireChannelMember(channel: Channel, member: ChannelMember): Record<string, unknown> {
  return {
    channel_id: channel.id,
    user_id: member.userId,
    roles: member.isAdmin ? 'channel_user channel_admin' : 'channel_user',
    last_viewed_at: 0,
    msg_count: 0,
    mention_count: 0,
    mention_count_root: 0,
    msg_count_root: 0,
    notify_props: {
      desktop: 'default',
      email: 'default',
      ignore_channel_mentions: 'default',
      mark_unread: 'all',
      push: 'default',
    },
    last_update_at: member.lastUpdateAt,
    scheme_guest: false,
    scheme_user: true,
    scheme_admin: member.isAdmin,
    explicit_roles: '',
  };
}

export function toWireReaction(postId: string, reaction: Reaction): Record<string, unknown> {
  return {
    user_id: reaction.userId,
    post_id: postId,
    emoji_name: reaction.emojiName,
    create_at: reaction.createAt,
    update_at: reaction.updateAt,
    delete_at: 0,
    remote_id: '',
  };
}

/** The props as a reader sees them: attachments last, integrations gone. */
export function toWireProps(post: Post): Record<string, unknown> {
  if (post.attachments === undefined) return { ...post.props };
  return { attachments: post.attachments && stripIntegrations(post.attachments), ...post.props };
}

export function toWirePost(post: Post, replyCount = 0): Record<string, unknown> {
  const reactions = post.reactions.map((reaction) => toWireReaction(post.id, reaction));
  return {
    ...toBarePost(post, replyCount),
    ...(reactions.length > 0 ? { has_reactions: true } : {}),
    metadata: {
      ...(post.attachments === undefined ? {} : { embeds: [{ type: 'message_attachment' }] }),
      ...(reactions.length > 0 ? { reactions } : {}),
    },
  };
}

/** Without metadata: this is how a repeated `pending_post_id` is answered (05#2). */
export function toBarePost(post: Post, replyCount = 0): Record<string, unknown> {
  return {
    id: post.id,
    create_at: post.createAt,
    update_at: post.updateAt,
    edit_at: post.editAt,
    delete_at: post.deleteAt,
    is_pinned: post.isPinned,
    user_id: post.userId,
    channel_id: post.channelId,
    root_id: post.rootId,
    parent_id: post.rootId,
    original_id: post.originalId,
    message: post.message,
    type: post.type,
    props: toWireProps(post),
    hashtags: post.hashtags,
    pending_post_id: '',
    reply_count: replyCount,
    last_reply_at: 0,
    participants: null,
  };
}

export function toClickAnswer(triggerId: string): Record<string, unknown> {
  return { status: 'OK', trigger_id: triggerId };
}
