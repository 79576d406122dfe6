import { z } from 'zod';
import { clickAction } from './actions.ts';
import { createEphemeralPost } from './ephemeral.ts';
import { forbidden, invalidBody, MattermostError } from './errors.ts';
import { listThread } from './list-posts.ts';
import type { Post } from './model.ts';
import { canSeeChannel, findPost, getChannel, getChannelOfMember } from './permissions.ts';
import { countReplies, createPost, deletePost, getPostToEdit, updatePost } from './posts.ts';
import { addReaction, removeReaction } from './reactions.ts';
import { created, done, idParam, ok, parseBody, type Call, type Route } from './router.ts';
import type { Server } from './state.ts';
import { toClickAnswer, toWirePost, toWireReaction } from './wire.ts';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const props = z.record(z.string(), z.unknown()).nullish();
const postBody = z.object({
  id: text,
  channel_id: text,
  message: text,
  root_id: text,
  type: text,
  props: props.transform((value) => value ?? {}),
  pending_post_id: text,
});
const patchBody = z.object({ message: z.string().nullish(), props, is_pinned: z.boolean().nullish() });
const clickBody = z.object({ selected_option: text, cookie: text }).catch({ selected_option: '', cookie: '' });
const reactionBody = z.object({ user_id: text, post_id: text, emoji_name: text });

const archivedPatch = 'api.post.patch_post.can_not_update_post_in_deleted.error';
const archivedUpdate = 'api.post.update_post.can_not_update_post_in_deleted.error';

export function createPostRoutes(server: Server): readonly Route[] {
  return [
    {
      method: 'post',
      path: '/posts',
      async run(call) {
        const body = parseBody(postBody, call, 'post');
        return created(
          await createPost(server, call.user, {
            channelId: body.channel_id,
            message: body.message,
            rootId: body.root_id,
            type: body.type,
            props: body.props,
            pendingPostId: body.pending_post_id,
          }),
        );
      },
    },
    {
      method: 'post',
      path: '/posts/ephemeral',
      run(call) {
        const body = parseBody(z.object({ user_id: text, post: postBody }), call, 'body');
        const { channel_id: channelId, message, props: sent } = body.post;
        return created(createEphemeralPost(server, call.user, { userId: body.user_id, channelId, message, props: sent }));
      },
    },
    {
      method: 'get',
      path: '/posts/:post_id',
      run(call) {
        const post = getReadablePost(server, call);
        return ok(toWirePost(post, countReplies(server, post)));
      },
    },
    { method: 'get', path: '/posts/:post_id/thread', run: (call) => ok(listThread(server, getReadablePost(server, call))) },
    {
      method: 'put',
      path: '/posts/:post_id/patch',
      run(call) {
        const patch = parseBody(patchBody, call, 'post');
        const post = getPostToEdit(server, call.user, idParam(call, 'post_id'));
        const change = { message: patch.message ?? undefined, props: patch.props ?? undefined, isPinned: patch.is_pinned ?? undefined };
        return ok(toWirePost(updatePost(server, call.user, post, change, archivedPatch)));
      },
    },
    {
      method: 'put',
      path: '/posts/:post_id',
      run(call) {
        const body = parseBody(postBody, call, 'post');
        const postId = idParam(call, 'post_id');
        if (body.id !== postId) throw invalidBody('id');
        const post = getPostToEdit(server, call.user, postId);
        return ok(toWirePost(updatePost(server, call.user, post, { message: body.message, props: body.props }, archivedUpdate)));
      },
    },
    {
      method: 'delete',
      path: '/posts/:post_id',
      run(call) {
        deletePost(server, call.user, idParam(call, 'post_id'));
        return done;
      },
    },
    { method: 'post', path: '/posts/:post_id/pin', run: (call) => pin(server, call, true) },
    { method: 'post', path: '/posts/:post_id/unpin', run: (call) => pin(server, call, false) },
    {
      method: 'post',
      path: '/posts/:post_id/actions/:action_id',
      async run(call) {
        const postId = idParam(call, 'post_id');
        const { selected_option: selectedOption, cookie } = clickBody.parse(call.body);
        const actionId = call.params['action_id'] ?? '';
        const { triggerId } = await clickAction(server, call.user, { postId, actionId, selectedOption, cookie });
        return ok(toClickAnswer(triggerId));
      },
    },
    ...createReactionRoutes(server),
  ];
}

function createReactionRoutes(server: Server): readonly Route[] {
  return [
    {
      method: 'post',
      path: '/reactions',
      run(call) {
        const body = parseBody(reactionBody, call, 'reaction');
        const { post, reaction } = addReaction(server, call.user, {
          userId: body.user_id,
          postId: body.post_id,
          emojiName: body.emoji_name,
        });
        return ok(toWireReaction(post.id, reaction));
      },
    },
    {
      method: 'get',
      path: '/posts/:post_id/reactions',
      run(call) {
        const post = getReadablePost(server, call);
        return ok(post.reactions.map((reaction) => toWireReaction(post.id, reaction)));
      },
    },
    {
      method: 'delete',
      path: '/users/:user_id/posts/:post_id/reactions/:emoji_name',
      run(call) {
        removeReaction(server, call.user, idParam(call, 'user_id'), idParam(call, 'post_id'), call.params['emoji_name'] ?? '');
        return done;
      },
    },
  ];
}

/** A single post of a public channel may be read without being in it, unlike the channel's list. */
function getReadablePost(server: Server, call: Call): Post {
  const post = findPost(server, idParam(call, 'post_id'));
  if (!post) throw new MattermostError(404, 'app.post.get.app_error');
  if (!canSeeChannel(server, getChannel(server, post.channelId), call.user)) throw forbidden();
  return post;
}

/** Everybody in the channel may pin. */
function pin(server: Server, call: Call, isPinned: boolean) {
  const post = findPost(server, idParam(call, 'post_id'));
  if (!post) throw forbidden();
  getChannelOfMember(server, post.channelId, call.user);
  updatePost(server, call.user, post, { isPinned }, archivedPatch);
  return done;
}
