import type { Channel, Post } from './model.ts';
import { countReplies } from './posts.ts';
import type { Server } from './state.ts';
import { toWirePost } from './wire.ts';

export interface PostQuery {
  readonly page: number;
  readonly perPage: number;
  readonly before: string;
  readonly after: string;
  /** Milliseconds; 0 is as good as absent. */
  readonly since: number;
}

/** `order` is newest first, always; `posts` also holds the roots of threads that reach into the page. */
export function listPosts(server: Server, channel: Channel, query: PostQuery): Record<string, unknown> {
  if (query.since > 0) return listSince(server, channel, query.since);
  const newestFirst = channel.posts.filter((post) => post.deleteAt === 0).reverse();
  const anchor = query.before || query.after;
  const at = newestFirst.findIndex((post) => post.id === anchor);
  if (anchor !== '' && at < 0) return toPostList(server, [], '', '', false);
  const [from, to] = findRange(query, at);
  const shown = newestFirst.slice(from, to);
  const newer = shown.length > 0 && from > 0 ? newestFirst[from - 1] : undefined;
  const older = shown.length > 0 ? newestFirst[from + shown.length] : undefined;
  // Reply counts come with before= and after= only, as recorded (11#34, 11#38).
  return toPostList(server, shown, newer?.id ?? '', older?.id ?? '', anchor !== '');
}

/** Where a page begins and ends in the list of newest first; `at` is the place of the anchor, -1 without one. */
function findRange({ page, perPage, before, after }: PostQuery, at: number): readonly [number, number] {
  if (before === '' && after !== '') return [Math.max(0, at - perPage * (page + 1)), Math.max(0, at - page * perPage)];
  const from = at + 1 + page * perPage;
  return [from, from + perPage];
}

/** By update time, so that deleted posts (blanked) and the old versions of edited ones come along. */
function listSince(server: Server, channel: Channel, since: number): Record<string, unknown> {
  const touched = channel.posts
    .filter((post) => post.updateAt > since)
    .reverse()
    .sort((a, b) => b.createAt - a.createAt);
  return toPostList(server, touched, '', '', false);
}

export function listPinned(server: Server, channel: Channel): Record<string, unknown> {
  const pinned = channel.posts.filter((post) => post.isPinned && post.deleteAt === 0).reverse();
  return toPostList(server, pinned, '', '', false);
}

/** The root comes twice in `order`, as it does at the vendor (11#26). */
export function listThread(server: Server, post: Post): Record<string, unknown> {
  const rootId = post.rootId === '' ? post.id : post.rootId;
  const posts = server.channels.get(post.channelId)?.posts ?? [];
  const root = server.posts.get(rootId);
  const replies = posts.filter((one) => one.rootId === rootId && one.deleteAt === 0);
  return toPostList(server, [...(root ? [root] : []), ...replies, ...(root ? [root] : [])], '', '', true);
}

function toPostList(server: Server, shown: readonly Post[], next: string, previous: string, withReplies: boolean): Record<string, unknown> {
  const posts: Record<string, unknown> = {};
  const roots = shown.flatMap((post) => server.posts.get(post.rootId) ?? []);
  for (const post of [...shown, ...roots]) {
    const isGone = post.deleteAt !== 0;
    posts[post.id] = {
      ...toWirePost(post, withReplies ? countReplies(server, post) : 0),
      ...(isGone ? { message: '' } : {}),
    };
  }
  return { order: shown.map((post) => post.id), posts, next_post_id: next, prev_post_id: previous };
}
