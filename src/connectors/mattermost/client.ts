import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Connection } from '../connection.ts';
import { createHttpClient, type HttpAnswer, type HttpClientOptions } from '../http.ts';
import { type ErrorDialect, NO_COMPLAINT } from '../vendor-error.ts';

// Server API: https://developers.mattermost.com/api-documentation/ (version 4). Unknown members of answers pass.

const Id = z.string().min(1);

const User = z.object({
  id: Id,
  username: z.string(),
  first_name: z.string().default(''),
  last_name: z.string().default(''),
  nickname: z.string().default(''),
  /** Empty where the server's privacy settings hide it. */
  email: z.string().default(''),
  delete_at: z.number().default(0),
});
export type MattermostUser = z.infer<typeof User>;

const Team = z.object({ id: Id, name: z.string(), display_name: z.string().default('') });

const ChannelAnswer = z.object({
  id: Id,
  team_id: z.string().default(''),
  name: z.string(),
  display_name: z.string().default(''),
  header: z.string().default(''),
  purpose: z.string().default(''),
  delete_at: z.number().default(0),
});
export type MattermostChannel = z.infer<typeof ChannelAnswer>;

const Post = z.object({
  id: Id,
  create_at: z.number().default(0),
  delete_at: z.number().default(0),
  /** Set on the old version of an edited post, which `since=` lists as well. */
  original_id: z.string().default(''),
  props: z.record(z.string(), z.unknown()).nullish(),
});
export type MattermostPost = z.infer<typeof Post>;

const PostList = z.object({ order: z.array(z.string()).nullish(), posts: z.record(z.string(), Post).nullish() });

const ErrorBody = z.object({ id: z.string().default(''), message: z.string().default('') });

/** Error ids we act on; the texts follow the reader's language and are never looked at. */
export const ERROR_IDS = {
  channelExists: 'store.sql_channel.save_channel.exists.app_error',
  alreadyArchived: 'api.channel.delete_channel.deleted.app_error',
  notOnTeam: 'app.team.get_member.missing.app_error',
} as const;

/** 5xx answers that stay so however often one asks. */
const PERMANENT_5XX: ReadonlySet<string> = new Set(['app.channel.create_channel.internal_error', 'api.ldap_groups.license_error']);

export interface MattermostClientOptions {
  readonly url: string;
  readonly token: string;
  readonly concurrency: number;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly timeouts?: Pick<HttpClientOptions, 'connectTimeoutMs' | 'headersTimeoutMs' | 'totalTimeoutMs'>;
}

export type MattermostClient = ReturnType<typeof createMattermostClient>;

/** The calls we make, one function each. */
export function createMattermostClient(options: MattermostClientOptions) {
  const dialect: ErrorDialect = {
    id: 'mattermost',
    label: 'Mattermost',
    credentialSettings: 'MATTERMOST_TOKEN',
    urlSetting: 'MATTERMOST_URL',
    secrets: [options.token],
    permanentCodes: PERMANENT_5XX,
    readComplaint(body) {
      const parsed = ErrorBody.safeParse(body);
      return parsed.success ? { code: parsed.data.id, text: `${parsed.data.message} (${parsed.data.id})`, fields: [] } : NO_COMPLAINT;
    },
  };
  const http = createHttpClient({
    baseUrl: `${options.url.replace(/\/+$/, '')}/api/v4`,
    headers: { Authorization: `Bearer ${options.token}` },
    connection: options.connection,
    dialect,
    clock: options.clock,
    sockets: options.concurrency,
    ...options.timeouts,
  });

  function get<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal, query?: Record<string, string>): Promise<HttpAnswer<T>> {
    return http.request({ method: 'GET', path, idempotent: true, signal, schema, ...(query && { query }) });
  }

  /** `repeatable`: doing it twice leaves the same as doing it once. */
  function change<T>(
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body: unknown,
    schema: z.ZodType<T>,
    signal: AbortSignal,
    repeatable: boolean,
  ): Promise<HttpAnswer<T>> {
    return http.request({ method, path, body, idempotent: repeatable, signal, schema });
  }

  return {
    close: http.close,

    async readMe(signal: AbortSignal) {
      const { body, header } = await get('/users/me', User, signal);
      return { user: body, date: header('date') };
    },

    async readTeam(name: string, signal: AbortSignal) {
      return (await get(`/teams/name/${encodeURIComponent(name)}`, Team, signal)).body;
    },

    async readChannelByName(teamId: string, name: string, signal: AbortSignal, includeArchived: boolean): Promise<MattermostChannel> {
      const query = includeArchived ? { include_deleted: 'true' } : undefined;
      return (await get(`/teams/${encodeURIComponent(teamId)}/channels/name/${encodeURIComponent(name)}`, ChannelAnswer, signal, query))
        .body;
    },

    async readChannel(id: string, signal: AbortSignal): Promise<MattermostChannel> {
      return (await get(`/channels/${encodeURIComponent(id)}`, ChannelAnswer, signal)).body;
    },

    async createChannel(
      channel: { team_id: string; name: string; display_name: string; type: 'O' | 'P'; header: string; purpose: string },
      signal: AbortSignal,
    ): Promise<MattermostChannel> {
      return (await change('POST', '/channels', channel, ChannelAnswer, signal, false)).body;
    },

    async patchChannel(id: string, patch: { header: string }, signal: AbortSignal): Promise<void> {
      await change('PUT', `/channels/${encodeURIComponent(id)}/patch`, patch, z.unknown(), signal, true);
    },

    async archiveChannel(id: string, signal: AbortSignal): Promise<void> {
      await change('DELETE', `/channels/${encodeURIComponent(id)}`, undefined, z.unknown(), signal, true);
    },

    async readMember(channelId: string, userId: string, signal: AbortSignal): Promise<void> {
      await get(`/channels/${encodeURIComponent(channelId)}/members/${encodeURIComponent(userId)}`, z.unknown(), signal);
    },

    async addMember(channelId: string, userId: string, signal: AbortSignal): Promise<void> {
      await change('POST', `/channels/${encodeURIComponent(channelId)}/members`, { user_id: userId }, z.unknown(), signal, true);
    },

    async addTeamMember(teamId: string, userId: string, signal: AbortSignal): Promise<void> {
      const body = { team_id: teamId, user_id: userId };
      await change('POST', `/teams/${encodeURIComponent(teamId)}/members`, body, z.unknown(), signal, true);
    },

    /** Unknown ones are silently left out; an empty list is a 400. */
    async readUsersBy(what: 'usernames' | 'ids', names: readonly string[], signal: AbortSignal): Promise<readonly MattermostUser[]> {
      return (await change('POST', `/users/${what}`, names, z.array(User), signal, true)).body;
    },

    async readUserByEmail(email: string, signal: AbortSignal): Promise<MattermostUser> {
      return (await get(`/users/email/${encodeURIComponent(email)}`, User, signal)).body;
    },

    async createPost(
      post: { channel_id: string; message: string; props: Readonly<Record<string, unknown>>; pending_post_id: string },
      signal: AbortSignal,
    ): Promise<MattermostPost> {
      return (await change('POST', '/posts', post, Post, signal, false)).body;
    },

    async patchPost(id: string, patch: { message: string; props: Readonly<Record<string, unknown>> }, signal: AbortSignal): Promise<void> {
      await change('PUT', `/posts/${encodeURIComponent(id)}/patch`, patch, z.unknown(), signal, true);
    },

    async readPost(id: string, signal: AbortSignal): Promise<MattermostPost> {
      return (await get(`/posts/${encodeURIComponent(id)}`, Post, signal)).body;
    },

    /** Newest first, at most 200. */
    async listPosts(channelId: string, query: Record<string, string>, signal: AbortSignal): Promise<readonly MattermostPost[]> {
      const { body } = await get(`/channels/${encodeURIComponent(channelId)}/posts`, PostList, signal, query);
      const posts = body.posts ?? {};
      // `posts` may hold more than `order` (thread roots), so `order` leads.
      return (body.order ?? []).flatMap((id) => posts[id] ?? []);
    },
  };
}
