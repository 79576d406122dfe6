import { forbidden, MattermostError } from './errors.ts';
import type { Post, Reaction, User } from './model.ts';
import { findPost, getChannelOfMember } from './permissions.ts';
import type { Server } from './state.ts';

/** Repeating a reaction only moves its time; unknown emoji names are accepted. */
export function addReaction(
  server: Server,
  user: User,
  input: { userId: string; postId: string; emojiName: string },
): { post: Post; reaction: Reaction } {
  if (input.userId !== user.id) throw new MattermostError(403, 'api.reaction.save_reaction.user_id.app_error');
  const post = findPost(server, input.postId);
  if (!post) throw forbidden();
  const channel = getChannelOfMember(server, post.channelId, user);
  if (channel.deleteAt !== 0) throw new MattermostError(403, 'api.reaction.save.archived_channel.app_error');
  const now = server.now();
  const existing = post.reactions.find((one) => one.userId === user.id && one.emojiName === input.emojiName);
  if (existing) existing.updateAt = now;
  else post.reactions.push({ userId: user.id, emojiName: input.emojiName, createAt: now, updateAt: now });
  server.changed();
  const answer: Reaction = { userId: user.id, emojiName: input.emojiName, createAt: now, updateAt: now };
  return { post, reaction: answer };
}

export function removeReaction(server: Server, user: User, userId: string, postId: string, emojiName: string): void {
  const post = findPost(server, postId);
  if (!post || userId !== user.id) throw forbidden();
  getChannelOfMember(server, post.channelId, user);
  post.reactions = post.reactions.filter((one) => one.userId !== userId || one.emojiName !== emojiName);
  server.changed();
}
