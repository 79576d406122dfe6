import { expandProps } from './attachments.ts';
import { forbidden } from './errors.ts';
import type { Channel, Post, User } from './model.ts';
import type { Props } from './props.ts';
import { getChannelOfMember, getUser, isAdmin } from './permissions.ts';
import type { Server } from './state.ts';
import { toWirePost } from './wire.ts';

/** Shows a message to one person; nothing is stored at the vendor. */
export function showEphemeral(server: Server, shown: { user: User; by: User; channel: Channel; postId: string; text: string }): void {
  const { user, by, channel, postId, text } = shown;
  server.ephemerals.push({ id: server.newId(), user: user.username, channel: channel.name, text, postId, at: server.now() });
  server.record({
    effect: 'ephemeral.shown',
    marker: '',
    subject: `${channel.name}/${user.username}`,
    by: by.id,
    detail: { channel: channel.name, user: user.username, text, postId },
  });
  server.changed();
}

/** Needs create_post_ephemeral, which on 5.37 only administrators have: a plain bot gets 403. */
export function createEphemeralPost(
  server: Server,
  author: User,
  input: { userId: string; channelId: string; message: string; props: Props },
): Record<string, unknown> {
  if (!isAdmin(author)) throw forbidden();
  const channel = getChannelOfMember(server, input.channelId, author);
  const user = getUser(server, input.userId);
  const { props, attachments } = expandProps(input.props, () => server.newId());
  const postId = server.newId();
  // The integration goes to the client inside a cookie and comes back with the click.
  const withCookies = attachments?.map((attachment) => ({
    ...attachment,
    ...(attachment.actions
      ? {
          actions: attachment.actions.map((action) => {
            if (!action.integration) return action;
            const cookie = Buffer.from(`${server.newId()}${server.newId()}`).toString('base64');
            server.cookies.set(cookie, {
              postId,
              channelId: channel.id,
              actionType: action.type ?? '',
              dataSource: action.data_source ?? '',
              integration: action.integration,
            });
            return { ...action, cookie };
          }),
        }
      : {}),
  }));
  const now = server.now();
  const post: Post = {
    id: postId,
    channelId: channel.id,
    userId: author.id,
    rootId: '',
    originalId: '',
    type: 'system_ephemeral',
    createAt: now,
    updateAt: 0,
    editAt: 0,
    deleteAt: 0,
    isPinned: false,
    message: input.message,
    hashtags: '',
    props,
    attachments: attachments === undefined ? undefined : (withCookies ?? null),
    reactions: [],
  };
  showEphemeral(server, { user, by: author, channel, postId, text: input.message });
  return toWirePost(post);
}
