import type { Clock } from '../../core/clock.ts';
import type { Chat } from '../../core/ports.ts';
import { createCache } from '../cache.ts';
import { VendorRefusal } from '../vendor-error.ts';
import { buildPost } from './buttons.ts';
import { orGone } from './channels.ts';
import type { MattermostClient, MattermostPost } from './client.ts';
import type { Directory } from './directory.ts';

/** The marker of the post, for its whole life; `ib_update` names the last change. */
const KEY = 'ib_key';
const UPDATE_KEY = 'ib_update';
const PAGE = 200;
/** A busy channel during a long outage: 10 000 posts, then we'd rather say "can't tell". */
const MAX_PAGES = 50;

type PostPort = Pick<Chat, 'post' | 'updatePost'>;

export function createPosts(options: { client: MattermostClient; directory: Directory; clock: Clock; actionsUrl: string }): PostPort {
  const { client, directory, actionsUrl } = options;
  /** Post id -> its own marker, so that an update needs no read before it. Never wrong, so age doesn't matter. */
  const ownKeys = createCache<string>({ clock: options.clock, ttlMs: 7 * 24 * 3_600_000, maxEntries: 10_000 });

  return {
    post: {
      async call({ channelId, message }, { marker, signal }) {
        const botId = await directory.readBotId();
        const content = buildPost(message, { [KEY]: marker }, actionsUrl);
        try {
          // pending_post_id: a twin within 30 s gets the first one's answer. It lives in one server's memory, so it is no proof.
          const post = await client.createPost({ channel_id: channelId, ...content, pending_post_id: `${botId}:${marker}` }, signal);
          return await remember(post, channelId, marker);
        } catch (error) {
          if (error instanceof VendorRefusal) await directory.forgetChannel(channelId);
          throw error;
        }
      },

      // "Absent" is safe at once: should the first request still be on its way, pending_post_id makes the second its twin.
      async reconcile({ channelId }, { marker, signal, intendedAt }) {
        const since = intendedAt.getTime() - 60_000;
        let before: string | undefined;
        for (let page = 0; page < MAX_PAGES; page += 1) {
          const query = { per_page: String(PAGE), ...(before !== undefined && { before }) };
          const posts = await client.listPosts(channelId, query, signal);
          const ours = posts.find((post) => post.props?.[KEY] === marker && post.original_id === '');
          if (ours) return { answer: 'found', output: await remember(ours, channelId, marker) };
          const oldest = posts.at(-1);
          if (!oldest || posts.length < PAGE || oldest.create_at < since) return { answer: 'absent' };
          before = oldest.id;
        }
        return { answer: 'unknown', retryAfterMs: 60_000 };
      },
    },

    updatePost: {
      async call({ postId, message }, { marker, signal }) {
        const own = await ownKeys.get(postId, () => readOwnKey(postId, marker, signal));
        await client.patchPost(postId, buildPost(message, { [KEY]: own, [UPDATE_KEY]: marker }, actionsUrl), signal);
        return {};
      },
      async reconcile({ postId }, { marker, signal }) {
        const post = await orUnreadable(client.readPost(postId, signal));
        return post?.props?.[UPDATE_KEY] === marker ? { answer: 'found', output: {} } : { answer: 'absent' };
      },
    },
  };

  async function remember(post: MattermostPost, channelId: string, marker: string) {
    ownKeys.set(post.id, marker);
    return { id: post.id, url: await directory.postUrl(channelId, post.id) };
  }

  /** After a restart: a patch replaces all props, and the key must survive it. */
  async function readOwnKey(postId: string, fallback: string, signal: AbortSignal): Promise<string> {
    const key = (await client.readPost(postId, signal)).props?.[KEY];
    return typeof key === 'string' ? key : fallback;
  }
}

/** The server says 403 for posts that don't exist, too. */
async function orUnreadable(read: Promise<MattermostPost>): Promise<MattermostPost | undefined> {
  try {
    return await orGone(read);
  } catch (error) {
    if (error instanceof VendorRefusal && error.status === 403) return undefined;
    throw error;
  }
}
