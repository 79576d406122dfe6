import { expandProps } from './attachments.ts';
import { forbidden, invalidParameter, MattermostError } from './errors.ts';
import { countGoJson, countRunes } from './go-json.ts';
import type { Channel, Post, User } from './model.ts';
import type { Props } from './props.ts';
import { findPost, getChannelOfMember, isAdmin } from './permissions.ts';
import { findChannelByName, type Server } from './state.ts';
import { storePost } from './system-posts.ts';
import { parseChannelMentions, parseHashtags } from './text.ts';
import { toBarePost, toWirePost, toWireProps } from './wire.ts';

export interface PostInput {
  readonly channelId: string;
  readonly message: string;
  readonly rootId: string;
  readonly type: string;
  readonly props: Props;
  readonly pendingPostId: string;
}

/** Answers with the post as its author sees it; for a repeated `pending_post_id` that is the first post, whatever was sent now. */
export async function createPost(server: Server, author: User, input: PostInput): Promise<Record<string, unknown>> {
  const channel = getChannelOfMember(server, input.channelId, author);
  if (input.type.startsWith('system_')) throw invalidParameter('post.type');
  if (channel.deleteAt !== 0) throw new MattermostError(400, 'api.post.create_post.can_not_post_to_deleted.error');
  const twin = claimPendingPost(server, input.pendingPostId);
  if (twin) return toBarePost(twin);
  try {
    const post = await writePost(server, channel, author, input);
    const pending = server.pendingPosts.get(input.pendingPostId);
    // Counted from the success; repeats don't extend it (05, ttl probe).
    if (pending)
      server.pendingPosts.set(input.pendingPostId, { postId: post.id, expiresAt: server.now() + server.limits.pendingPostTtlMs });
    return { ...toWirePost(post, post.rootId === '' ? 0 : countReplies(server, post)), pending_post_id: input.pendingPostId };
  } catch (error) {
    // A failed creation frees its key, so that a corrected one may use it.
    server.pendingPosts.delete(input.pendingPostId);
    throw error;
  }
}

function claimPendingPost(server: Server, key: string): Post | undefined {
  if (key === '') return undefined;
  const now = server.now();
  const pending = server.pendingPosts.get(key);
  if (!pending || pending.expiresAt <= now) {
    forgetExpired(server, now);
    server.pendingPosts.set(key, { postId: '', expiresAt: now + server.limits.pendingPostTtlMs });
    return undefined;
  }
  if (pending.postId === '') throw new MattermostError(500, 'api.post.deduplicate_create_post.pending');
  const post = findPost(server, pending.postId);
  if (!post) throw new MattermostError(500, 'api.post.deduplicate_create_post.failed_to_get');
  return post;
}

/** Keys are kept in the order of their making, so the expired ones stand in front. */
function forgetExpired(server: Server, now: number): void {
  for (const [key, pending] of server.pendingPosts) {
    if (pending.expiresAt > now) return;
    server.pendingPosts.delete(key);
  }
}

async function writePost(server: Server, channel: Channel, author: User, input: PostInput): Promise<Post> {
  const root = input.rootId === '' ? undefined : getRoot(server, channel, input.rootId);
  const sent = withMentions(server, channel, input.message, author.isBot ? { ...input.props, from_bot: 'true' } : input.props);
  const { props, attachments } = expandProps(sent, () => server.newId());
  const now = server.now();
  const post: Post = {
    id: server.newId(),
    channelId: channel.id,
    userId: author.id,
    rootId: input.rootId,
    originalId: '',
    type: input.type,
    createAt: now,
    updateAt: now,
    editAt: 0,
    deleteAt: 0,
    isPinned: false,
    message: input.message,
    hashtags: parseHashtags(input.message),
    props,
    attachments,
    reactions: [],
  };
  checkPost(server, post);
  await server.savePost();
  storePost(server, channel, post);
  if (root) root.updateAt = now;
  server.record({
    effect: 'post.created',
    marker: markerOf(post),
    subject: post.id,
    by: author.id,
    detail: { channel: channel.name, channelId: channel.id, user: author.username, message: post.message, rootId: post.rootId },
  });
  return post;
}

/** Replies hang on a root post of the same channel; a reply is no root. */
function getRoot(server: Server, channel: Channel, rootId: string): Post {
  const root = findPost(server, rootId);
  if (!root) throw new MattermostError(400, 'api.post.create_post.root_id.app_error');
  if (root.channelId !== channel.id) throw new MattermostError(400, 'api.post.create_post.channel_root_id.app_error');
  if (root.rootId !== '') throw new MattermostError(400, 'api.post.create_post.root_id.app_error');
  return root;
}

export function countReplies(server: Server, post: Post): number {
  const rootId = post.rootId === '' ? post.id : post.rootId;
  const posts = server.channels.get(post.channelId)?.posts ?? [];
  return posts.filter((one) => one.rootId === rootId && one.deleteAt === 0).length;
}

/** `~channel` of a public channel is resolved by the server and counts against the limit. */
function withMentions(server: Server, channel: Channel, message: string, props: Props): Props {
  const rest = Object.fromEntries(Object.entries(props).filter(([name]) => name !== 'channel_mentions'));
  const team = server.teams.get(channel.teamId);
  const mentions: Record<string, unknown> = {};
  for (const name of team ? parseChannelMentions(message) : []) {
    const mentioned = team && findChannelByName(server, team.id, name);
    if (mentioned?.type === 'O') mentions[name] = { display_name: mentioned.displayName, team_name: team?.name };
  }
  return Object.keys(mentions).length > 0 ? { ...rest, channel_mentions: mentions } : rest;
}

/** The limits are checked on what is stored: props with all default fields, integration and context included. */
function checkPost(server: Server, post: Pick<Post, 'message' | 'type' | 'props' | 'attachments'>): void {
  if (countRunes(post.message) > 16_383) throw new MattermostError(400, 'model.post.is_valid.msg.app_error');
  if (post.type !== '' && !post.type.startsWith('custom_') && !post.type.startsWith('system_')) {
    throw new MattermostError(400, 'model.post.is_valid.type.app_error');
  }
  const all = post.attachments === undefined ? post.props : { ...post.props, attachments: post.attachments };
  if (countGoJson(all) > server.limits.propsLimit) throw new MattermostError(400, 'model.post.is_valid.props.app_error');
  // PostgreSQL stores no NUL.
  if (post.message.includes('\0')) throw new MattermostError(500, 'app.post.save.app_error');
}

export interface PostPatch {
  readonly message?: string | undefined;
  /** Replaces everything; undefined keeps the stored ones, integrations included. */
  readonly props?: Props | undefined;
  readonly isPinned?: boolean | undefined;
}

/** Whose posts one may edit: one's own; an administrator everybody's. An unknown post is a 403. */
export function getPostToEdit(server: Server, user: User, id: string): Post {
  const post = findPost(server, id);
  if (!post) throw forbidden();
  getChannelOfMember(server, post.channelId, user);
  if (post.userId !== user.id && !isAdmin(user)) throw forbidden();
  return post;
}

/** `archivedId`: a patch and an update from a click refuse an archived channel by different ids. */
export function updatePost(server: Server, by: User, post: Post, patch: PostPatch, archivedId: string): Post {
  const channel = server.channels.get(post.channelId);
  if (!channel || channel.deleteAt !== 0) throw new MattermostError(400, archivedId);
  if (post.type.startsWith('system_')) throw new MattermostError(400, 'api.post.update_post.system_message.app_error');

  const message = patch.message ?? post.message;
  const stored = { props: post.props, attachments: post.attachments };
  const expanded = patch.props ? expandProps(patch.props, () => server.newId()) : stored;
  const next = { ...expanded, props: withMentions(server, channel, message, expanded.props) };
  checkPost(server, { ...next, message, type: post.type });

  const now = server.now();
  const old: Post = { ...post, id: server.newId(), originalId: post.id, updateAt: now, deleteAt: now };
  const hasNewText = message !== post.message;
  const hasNewCards = JSON.stringify(next.attachments) !== JSON.stringify(post.attachments);
  const hasNewProps = JSON.stringify(next.props) !== JSON.stringify(post.props);
  const isPinned = patch.isPinned ?? post.isPinned;
  const isChanged = hasNewText || hasNewCards || hasNewProps || isPinned !== post.isPinned;
  Object.assign(post, next, {
    message,
    hashtags: parseHashtags(message),
    isPinned,
    updateAt: now,
    editAt: hasNewText || hasNewCards ? now : post.editAt,
  });
  channel.posts.splice(channel.posts.indexOf(post) + 1, 0, old);
  if (isChanged) recordUpdate(server, by, channel, post);
  server.changed();
  return post;
}

function recordUpdate(server: Server, by: User, channel: Channel, post: Post): void {
  server.record({
    effect: 'post.updated',
    marker: markerOf(post),
    subject: post.id,
    by: by.id,
    detail: { channel: channel.name, channelId: channel.id, message: post.message, props: toWireProps(post), isPinned: post.isPinned },
  });
}

/** A deleted post stays findable for `since=`, without its text; its replies go with it. */
export function deletePost(server: Server, user: User, id: string): void {
  const post = getPostToEdit(server, user, id);
  const channel = server.channels.get(post.channelId);
  if (!channel || channel.deleteAt !== 0) {
    throw new MattermostError(400, 'api.post.delete_post.can_not_delete_post_in_deleted.error');
  }
  const now = server.now();
  for (const one of channel.posts) {
    if ((one.id !== id && one.rootId !== id) || one.deleteAt !== 0) continue;
    Object.assign(one, { deleteAt: now, updateAt: now, props: { ...one.props, deleteBy: user.id } });
  }
  server.changed();
}

function markerOf(post: Post): string {
  const key = post.props['ib_key'];
  return typeof key === 'string' ? key : '';
}
