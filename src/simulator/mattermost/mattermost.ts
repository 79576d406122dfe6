import { Router } from 'express';
import type { SimulatedVendor, VendorContext } from '../vendor.ts';
import { clickAction } from './actions.ts';
import { findAction } from './attachments.ts';
import { createChannelRoutes } from './channel-routes.ts';
import { MattermostError, RouteNotFound, toErrorBody, toNotFoundBody } from './errors.ts';
import type { CallbackRecord, Channel, Ephemeral } from './model.ts';
import { addChannelMember } from './members.ts';
import { createPostRoutes } from './post-routes.ts';
import { createPost } from './posts.ts';
import { createApiRouter } from './router.ts';
import { addUser, seedServer, type TeamSeed, type UserSeed } from './seed.ts';
import { createServer, findUserByName, type Server } from './state.ts';
import { openSystemRoutes, systemRoutes } from './system-routes.ts';
import { createTeamRoutes } from './team-routes.ts';
import { createUserRoutes } from './user-routes.ts';
import { toChannelView, toPostView, type ChannelView, type PostView } from './views.ts';
import { addWebLinks } from './web-links.ts';
import { toClickAnswer } from './wire.ts';

export { mentionsIn } from './text.ts';
export type { CallbackRecord, Ephemeral } from './model.ts';
export type { TeamSeed, UserSeed } from './seed.ts';
export type { ChannelView, PostView } from './views.ts';

/** The bot's token unless another one is asked for. */
export const simulatedMattermostToken = 'simulated-mattermost-token';

export interface SimulatedMattermostOptions {
  /** The first is home: the bot and the people are on it. Default `ops`. */
  readonly teams?: readonly TeamSeed[];
  /** Of the bot `incident-bridge`; default `simulated-mattermost-token`. */
  readonly token?: string;
  /** How long a click waits for the integration, by the injected clock; default 30 000. */
  readonly actionTimeoutMs?: number;
  /** How long a `pending_post_id` is remembered after its success; default 30 000. */
  readonly pendingPostTtlMs?: number;
  /** Most characters of all props as the server's JSON; default 8000. */
  readonly propsLimit?: number;
  /** Awaited while a post is being written; a twin request meanwhile gets 500 `…pending`. Default: the next turn of the event loop. */
  readonly savePost?: () => Promise<void>;
}

/** What the clicker's client sees. */
export interface ClickResult {
  readonly status: number;
  readonly body: unknown;
  /** The private message that the click brought, if any. */
  readonly ephemeral?: string;
}

export interface SimulatedMattermost extends SimulatedVendor {
  /** By name; of several teams' the first. */
  channel(name: string): ChannelView | undefined;
  /** All of them, oldest first, archived and direct ones included. */
  channels(): readonly ChannelView[];
  /** Oldest first, without deleted ones. Throws for an unknown channel. */
  posts(channelName: string): readonly PostView[];
  /** Usernames. Throws for an unknown channel. */
  members(channelName: string): readonly string[];
  /** Presses the button with that label, by the same code as `POST /posts/{id}/actions/{action}`. Throws where nobody could see such a button. */
  click(username: string, postId: string, label: string): Promise<ClickResult>;
  /** Private messages in the order they were shown. */
  readonly ephemerals: readonly Ephemeral[];
  /** The newest 1000 calls to integrations, with their contexts: for tests that replay or forge them. */
  readonly callbacks: readonly CallbackRecord[];
  /** Posts as a person would. Rejects as the server would refuse. */
  postAs(username: string, channelName: string, text: string): Promise<PostView>;
  /** Joins a public channel as that person. Throws as the server would refuse. */
  join(username: string, channelName: string): void;
  /** Adds a person (or a bot) and answers with the id and the token. */
  addUser(seed: UserSeed): { readonly id: string; readonly token: string };
  /** `{id, username, email, isBot, isOnTeam}` of everybody. */
  users(): readonly SimulatedUser[];
  /** Switches a token off (each call then gets 401) and on again. */
  setTokenActive(token: string, isActive: boolean): void;
}

export interface SimulatedUser {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
  readonly isBot: boolean;
  readonly isOnTeam: boolean;
}

/** A Mattermost 5.37 as far as a bridge needs it: it keeps state and refuses what the real one refuses. */
export function createSimulatedMattermost(context: VendorContext, options: SimulatedMattermostOptions = {}): SimulatedMattermost {
  const server = createServer(
    context,
    {
      actionTimeoutMs: options.actionTimeoutMs ?? 30_000,
      pendingPostTtlMs: options.pendingPostTtlMs ?? 30_000,
      propsLimit: options.propsLimit ?? 8000,
    },
    options.savePost ?? (() => new Promise((resolve) => void setImmediate(resolve))),
  );
  seedServer(server, options.teams ?? [{ name: 'ops', displayName: 'Operations' }], options.token ?? simulatedMattermostToken);

  const router = Router();
  const routes = [
    ...createUserRoutes(server),
    ...createTeamRoutes(server),
    ...createChannelRoutes(server),
    ...createPostRoutes(server),
    ...systemRoutes,
  ];
  router.use('/api/v4', createApiRouter(server, openSystemRoutes, routes));
  addWebLinks(router, server);

  const channels = () => [...server.channels.values()].map((channel) => toChannelView(server, channel));
  const posts = (name: string) =>
    getChannelByName(server, name)
      .posts.filter((post) => post.deleteAt === 0)
      .map((post) => toPostView(server, post));
  return {
    name: 'mattermost',
    router,
    channels,
    posts,
    channel(name) {
      const channel = findAnyChannel(server, name);
      return channel && toChannelView(server, channel);
    },
    members: (name) => toChannelView(server, getChannelByName(server, name)).members,
    click: (username, postId, label) => click(server, username, postId, label),
    ephemerals: server.ephemerals,
    callbacks: server.callbacks,
    async postAs(username, channelName, text) {
      const channelId = getChannelByName(server, channelName).id;
      const wire = await createPost(server, getUserByName(server, username), {
        channelId,
        message: text,
        rootId: '',
        type: '',
        props: {},
        pendingPostId: '',
      });
      const post = server.posts.get(String(wire['id']));
      if (!post) throw new Error('The post is gone.');
      return toPostView(server, post);
    },
    join(username, channelName) {
      const user = getUserByName(server, username);
      addChannelMember(server, user, getChannelByName(server, channelName).id, user.id);
    },
    addUser(seed) {
      const { id } = addUser(server, seed);
      server.changed();
      return { id, token: seed.token ?? `token-${seed.username}` };
    },
    users: () => listUsers(server),
    setTokenActive(token, isActive) {
      const known = server.tokens.get(token);
      if (!known) throw new Error('There is no such token at the simulated Mattermost.');
      known.active = isActive;
    },
    snapshot: () => ({
      users: listUsers(server),
      channels: channels().map((channel) => ({ ...channel, posts: channel.type === 'D' ? [] : posts(channel.name) })),
      ephemerals: server.ephemerals,
    }),
    close() {
      server.closing.abort();
      return Promise.resolve();
    },
  };
}

async function click(server: Server, username: string, postId: string, label: string): Promise<ClickResult> {
  const user = getUserByName(server, username);
  const action = findAction(server.posts.get(postId)?.attachments, (one) => one.name === label);
  if (!action) throw new Error(`Post ${postId} shows no button "${label}".`);
  const actionId = action.id;
  try {
    const { triggerId, ephemeral } = await clickAction(server, user, { postId, actionId, selectedOption: '', cookie: '' });
    return { status: 200, body: toClickAnswer(triggerId), ...(ephemeral === undefined ? {} : { ephemeral }) };
  } catch (error) {
    if (error instanceof MattermostError) return { status: error.status, body: toErrorBody(error, server.newId()) };
    if (error instanceof RouteNotFound) return { status: 404, body: toNotFoundBody(`/api/v4/posts/${postId}/actions/${actionId}`) };
    throw error;
  }
}

function findAnyChannel(server: Server, name: string): Channel | undefined {
  for (const channel of server.channels.values()) if (channel.name === name) return channel;
  return undefined;
}

function getChannelByName(server: Server, name: string): Channel {
  const channel = findAnyChannel(server, name);
  if (!channel) throw new Error(`The simulated Mattermost has no channel "${name}".`);
  return channel;
}

function getUserByName(server: Server, username: string) {
  const user = findUserByName(server, username);
  if (!user) throw new Error(`The simulated Mattermost knows no "${username}".`);
  return user;
}

function listUsers(server: Server): readonly SimulatedUser[] {
  const [home] = server.teams.values();
  return [...server.users.values()].map((user) => ({
    id: user.id,
    username: user.username,
    name: `${user.firstName} ${user.lastName}`.trim(),
    email: user.email,
    isBot: user.isBot,
    isOnTeam: home?.members.has(user.id) ?? false,
  }));
}
