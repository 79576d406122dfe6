import type { Attachment, Integration } from './attachments.ts';
import type { Props } from './props.ts';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly roles: string;
  readonly isBot: boolean;
  readonly botDescription: string;
  readonly createAt: number;
  readonly updateAt: number;
}

export interface Token {
  readonly userId: string;
  active: boolean;
}

export interface Team {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly inviteId: string;
  readonly createAt: number;
  /** User ids. */
  readonly members: Set<string>;
}

export type ChannelType = 'O' | 'P' | 'D';

export interface ChannelMember {
  readonly userId: string;
  readonly isAdmin: boolean;
  readonly lastUpdateAt: number;
}

export interface Channel {
  readonly id: string;
  /** Empty for a direct channel. */
  readonly teamId: string;
  readonly type: ChannelType;
  readonly createAt: number;
  readonly creatorId: string;
  name: string;
  displayName: string;
  header: string;
  purpose: string;
  updateAt: number;
  /** 0 while the channel lives; set = archived. */
  deleteAt: number;
  lastPostAt: number;
  totalMsgCount: number;
  totalMsgCountRoot: number;
  readonly members: Map<string, ChannelMember>;
  /** Oldest first, deleted ones and old versions of edited ones included, as `since=` shows them. */
  readonly posts: Post[];
}

export interface Reaction {
  readonly userId: string;
  readonly emojiName: string;
  readonly createAt: number;
  updateAt: number;
}

export interface Post {
  readonly id: string;
  readonly channelId: string;
  readonly userId: string;
  readonly rootId: string;
  /** Set on the old version that an edit leaves behind. */
  readonly originalId: string;
  readonly type: string;
  readonly createAt: number;
  updateAt: number;
  editAt: number;
  deleteAt: number;
  isPinned: boolean;
  message: string;
  hashtags: string;
  /** All props but the attachments. */
  props: Props;
  /** With their integrations, which no read ever shows. null: the key was sent with something unreadable. */
  attachments: readonly Attachment[] | null | undefined;
  reactions: Reaction[];
}

/** A message shown to one person only; it is stored nowhere at the vendor. */
export interface Ephemeral {
  readonly id: string;
  /** Username of the person who sees it. */
  readonly user: string;
  /** Channel name. */
  readonly channel: string;
  readonly text: string;
  /** The post it belongs to; '' where none. */
  readonly postId: string;
  readonly at: number;
}

/** An ephemeral post's button travels with the client; here it is kept under the cookie's text. */
export interface ActionCookie {
  readonly postId: string;
  readonly channelId: string;
  readonly actionType: string;
  readonly dataSource: string;
  readonly integration: Integration;
}

/** One call to an integration, as a test that replays or forges callbacks needs it. */
export interface CallbackRecord {
  readonly url: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** undefined: no answer. */
  status: number | undefined;
  answer: string;
}
