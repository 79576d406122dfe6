import type { Channel, Post } from './model.ts';
import { findMarker, type Server } from './state.ts';
import { toWireProps } from './wire.ts';

/** What tests and the page look at: the same state as the REST API's, in plain words. */
export interface ChannelView {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  /** Team name; '' for a direct channel. */
  readonly team: string;
  readonly type: 'O' | 'P' | 'D';
  readonly header: string;
  readonly purpose: string;
  readonly isArchived: boolean;
  readonly createAt: number;
  readonly lastPostAt: number;
  /** Usernames. */
  readonly members: readonly string[];
  /** The bridge's marker in the purpose, or ''. */
  readonly marker: string;
}

export interface ActionView {
  readonly id: string;
  /** What the button says. */
  readonly label: string;
  readonly type: string;
  readonly style: string;
  /** False: the button is dead, because its integration was lost or never given. */
  readonly isLive: boolean;
}

export interface AttachmentView {
  readonly color: string;
  readonly pretext: string;
  readonly title: string;
  readonly titleLink: string;
  readonly text: string;
  readonly footer: string;
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
  readonly actions: readonly ActionView[];
}

export interface PostView {
  readonly id: string;
  /** Channel name. */
  readonly channel: string;
  readonly username: string;
  readonly isBot: boolean;
  readonly message: string;
  /** '' for people's and bots' posts; `system_…` for what the server wrote. */
  readonly type: string;
  readonly rootId: string;
  readonly createAt: number;
  readonly editAt: number;
  readonly isPinned: boolean;
  /** As any reader sees them, attachments included, integrations stripped. */
  readonly props: Readonly<Record<string, unknown>>;
  readonly attachments: readonly AttachmentView[];
}

export function toChannelView(server: Server, channel: Channel): ChannelView {
  return {
    id: channel.id,
    name: channel.name,
    displayName: channel.displayName,
    team: server.teams.get(channel.teamId)?.name ?? '',
    type: channel.type,
    header: channel.header,
    purpose: channel.purpose,
    isArchived: channel.deleteAt !== 0,
    createAt: channel.createAt,
    lastPostAt: channel.lastPostAt,
    members: [...channel.members.keys()].map((id) => nameOf(server, id)),
    marker: findMarker(channel.purpose),
  };
}

export function toPostView(server: Server, post: Post): PostView {
  return {
    id: post.id,
    channel: server.channels.get(post.channelId)?.name ?? '',
    username: nameOf(server, post.userId),
    isBot: server.users.get(post.userId)?.isBot ?? false,
    message: post.message,
    type: post.type,
    rootId: post.rootId,
    createAt: post.createAt,
    editAt: post.editAt,
    isPinned: post.isPinned,
    props: toWireProps(post),
    attachments: (post.attachments ?? []).map((attachment) => ({
      color: attachment.color,
      pretext: attachment.pretext,
      title: attachment.title,
      titleLink: attachment.title_link,
      text: attachment.text,
      footer: attachment.footer,
      fields: (attachment.fields ?? []).map(({ title, value, short }) => ({ title, value: toText(value), short })),
      actions: (attachment.actions ?? []).map((action) => ({
        id: action.id,
        label: action.name ?? '',
        type: action.type ?? '',
        style: action.style ?? '',
        isLive: action.integration !== undefined,
      })),
    })),
  };
}

function nameOf(server: Server, userId: string): string {
  return server.users.get(userId)?.username ?? '';
}

/** A field's value may be anything; people see text. */
function toText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === null || value === undefined ? '' : JSON.stringify(value);
}
