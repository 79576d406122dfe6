import type { Clock } from '../../core/clock.ts';
import type { VendorContext } from '../vendor.ts';
import { createId } from './ids.ts';
import type { ActionCookie, CallbackRecord, Channel, Ephemeral, Post, Team, Token, User } from './model.ts';

export interface Limits {
  readonly actionTimeoutMs: number;
  readonly pendingPostTtlMs: number;
  readonly propsLimit: number;
}

export interface PendingPost {
  /** '' while the first request is still at work. */
  postId: string;
  readonly expiresAt: number;
}

/** Everything the simulated server knows. Only the files of this folder change it. */
export interface Server {
  readonly clock: Clock;
  readonly limits: Limits;
  readonly users: Map<string, User>;
  readonly userIdsByName: Map<string, string>;
  readonly tokens: Map<string, Token>;
  readonly teams: Map<string, Team>;
  readonly channels: Map<string, Channel>;
  /** Key: team id, a slash, the name. Archived channels stay in it: their names stay taken. */
  readonly channelIdsByName: Map<string, string>;
  readonly posts: Map<string, Post>;
  readonly pendingPosts: Map<string, PendingPost>;
  readonly ephemerals: Ephemeral[];
  readonly cookies: Map<string, ActionCookie>;
  readonly callbacks: CallbackRecord[];
  readonly closing: AbortController;
  /** Awaited while a post is being written; meanwhile a twin request is told `pending`. */
  savePost(): Promise<void>;
  now(): number;
  newId(): string;
  record: VendorContext['record'];
  changed(): void;
}

export function createServer(context: VendorContext, limits: Limits, savePost: () => Promise<void>): Server {
  return {
    clock: context.clock,
    limits,
    users: new Map(),
    userIdsByName: new Map(),
    tokens: new Map(),
    teams: new Map(),
    channels: new Map(),
    channelIdsByName: new Map(),
    posts: new Map(),
    pendingPosts: new Map(),
    ephemerals: [],
    cookies: new Map(),
    callbacks: [],
    closing: new AbortController(),
    savePost,
    now: () => context.clock.now().getTime(),
    newId: () => createId(() => context.random()),
    record: (entry) => context.record(entry),
    changed: () => context.changed(),
  };
}

export function findUserByName(server: Server, username: string): User | undefined {
  return server.users.get(server.userIdsByName.get(username.toLowerCase()) ?? '');
}

export function findTeamByName(server: Server, name: string): Team | undefined {
  const wanted = name.toLowerCase();
  for (const team of server.teams.values()) if (team.name === wanted) return team;
  return undefined;
}

export function findChannelByName(server: Server, teamId: string, name: string): Channel | undefined {
  return server.channels.get(server.channelIdsByName.get(`${teamId}/${name}`) ?? '');
}

/** The bridge's marker in a channel's purpose; '' where there is none. */
export function findMarker(text: string): string {
  return /ib-[A-Za-z0-9_.-]+/.exec(text)?.[0] ?? '';
}
