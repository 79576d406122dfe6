import type { Channel, Post, User } from './model.ts';
import type { Props } from './props.ts';
import type { Server } from './state.ts';

/** Comings and goings don't count as messages of a channel. */
const uncounted = new Set([
  'system_join_channel',
  'system_leave_channel',
  'system_add_to_channel',
  'system_remove_from_channel',
  'system_add_to_team',
]);

/** Puts a finished post into its channel. */
export function storePost(server: Server, channel: Channel, post: Post): void {
  server.posts.set(post.id, post);
  channel.posts.push(post);
  channel.lastPostAt = post.createAt;
  if (!uncounted.has(post.type)) {
    channel.totalMsgCount += 1;
    if (post.rootId === '') channel.totalMsgCountRoot += 1;
  }
  server.changed();
}

/** What the server itself writes. It stands in no ledger: it is a trace of an effect, not one of its own. */
export function addSystemPost(server: Server, channel: Channel, author: User, type: string, message: string, props: Props): void {
  const now = server.now();
  storePost(server, channel, {
    id: server.newId(),
    channelId: channel.id,
    userId: author.id,
    rootId: '',
    originalId: '',
    type,
    createAt: now,
    updateAt: now,
    editAt: 0,
    deleteAt: 0,
    isPinned: false,
    message,
    hashtags: '',
    props: author.isBot ? { ...props, from_bot: 'true' } : props,
    attachments: undefined,
    reactions: [],
  });
}
