import { z } from 'zod';
import { findAction, type Integration } from './attachments.ts';
import { postCallback, type CallbackAnswer } from './callback.ts';
import { showEphemeral } from './ephemeral.ts';
import { forbidden, MattermostError, RouteNotFound } from './errors.ts';
import type { CallbackRecord, Channel, Post, User } from './model.ts';
import type { Props } from './props.ts';
import { isInChannel } from './permissions.ts';
import { updatePost } from './posts.ts';
import type { Server } from './state.ts';
import { toMarkdownLinks } from './text.ts';

export interface Click {
  readonly postId: string;
  readonly actionId: string;
  readonly selectedOption: string;
  /** Comes from an ephemeral post; it stands for the integration there. */
  readonly cookie: string;
}

/** What a button stands for, found by the post or by the cookie. */
interface Target {
  readonly channel: Channel;
  readonly type: string;
  readonly dataSource: string;
  readonly integration: Integration;
  /** Undefined: the post is ephemeral, there is nothing to update. */
  readonly post: Post | undefined;
}

const answerSchema = z
  .object({
    update: z.object({ message: z.string().nullish(), props: z.record(z.string(), z.unknown()).nullish() }).nullish(),
    ephemeral_text: z.string().nullish(),
    skip_slack_parsing: z.boolean().nullish(),
  })
  .nullable();
type ActionAnswer = NonNullable<z.output<typeof answerSchema>>;

/** How many callbacks are remembered for tests. */
const rememberedCallbacks = 1000;

export interface Clicked {
  readonly triggerId: string;
  /** The private message that the click brought; its HTTP answer doesn't carry it. */
  readonly ephemeral: string | undefined;
}

/** One press of a button. The server makes no difference between first and second presses: each one is a call of its own. */
export async function clickAction(server: Server, user: User, click: Click): Promise<Clicked> {
  // Letters and digits only: any other id is stored and shown, but no route leads to it (04b#9).
  if (!/^[A-Za-z0-9]+$/.test(click.actionId)) throw new RouteNotFound();
  const target = findTarget(server, user, click);
  const triggerId = server.newId();
  const answer = await callIntegration(server, user, click, target, triggerId);
  if (answer?.update) applyUpdate(server, user, click, target, answer.update);
  const ephemeral = readEphemeralText(answer);
  if (ephemeral !== undefined) {
    showEphemeral(server, { user, by: user, channel: target.channel, postId: click.postId, text: ephemeral });
  }
  return { triggerId, ephemeral };
}

function readEphemeralText(answer: ActionAnswer | null): string | undefined {
  const text = answer?.ephemeral_text;
  if (!text) return undefined;
  return answer.skip_slack_parsing ? text : toMarkdownLinks(text);
}

function findTarget(server: Server, user: User, click: Click): Target {
  if (click.cookie !== '') return findCookieTarget(server, user, click);
  const post = server.posts.get(click.postId);
  const channel = server.channels.get(post?.channelId ?? '');
  // An unknown post is a 403; a deleted one a 404 (04b#14, 04b#102).
  if (!post || !channel || !isInChannel(channel, user)) throw forbidden();
  if (post.deleteAt !== 0) throw new MattermostError(404, 'app.post.get.app_error');
  const action = findAction(post.attachments, (one) => one.id === click.actionId);
  if (!action?.integration) throw new MattermostError(404, 'api.post.do_action.action_id.app_error');
  return { channel, post, type: action.type ?? '', dataSource: action.data_source ?? '', integration: action.integration };
}

/** Whoever may read the channel may replay a cookie (04d#13). */
function findCookieTarget(server: Server, user: User, click: Click): Target {
  const cookie = server.cookies.get(click.cookie);
  if (!cookie || cookie.postId !== click.postId) throw failed();
  const channel = server.channels.get(cookie.channelId);
  if (!channel || !isInChannel(channel, user)) throw forbidden();
  return { channel, post: undefined, type: cookie.actionType, dataSource: cookie.dataSource, integration: cookie.integration };
}

function failed(): MattermostError {
  return new MattermostError(400, 'api.post.do_action.action_integration.app_error');
}

async function callIntegration(server: Server, user: User, click: Click, target: Target, triggerId: string): Promise<ActionAnswer | null> {
  const body = createBody(server, user, click, target, triggerId);
  const record: CallbackRecord = { url: target.integration.url, body, status: undefined, answer: '' };
  server.callbacks.push(record);
  if (server.callbacks.length > rememberedCallbacks) server.callbacks.shift();
  const { status, text } = await callInTime(server, target.integration.url, JSON.stringify(body));
  record.status = status;
  record.answer = text;
  if (status !== 200) throw failed();
  return parseAnswer(text);
}

function createBody(server: Server, user: User, click: Click, target: Target, triggerId: string): Record<string, unknown> {
  const team = server.teams.get(target.channel.teamId);
  const context: Record<string, unknown> = { ...target.integration.context };
  if (target.type === 'select' && click.selectedOption !== '') context['selected_option'] = click.selectedOption;
  const trigger = `${triggerId}:${user.id}:${server.now()}:simulated-signature`;
  return {
    user_id: user.id,
    user_name: user.username,
    channel_id: target.channel.id,
    channel_name: target.channel.name,
    team_id: target.channel.teamId,
    team_domain: team?.name ?? '',
    post_id: click.postId,
    trigger_id: Buffer.from(trigger).toString('base64'),
    type: target.type,
    data_source: target.dataSource,
    ...(Object.keys(context).length > 0 ? { context } : {}),
  };
}

/** Gives up after `actionTimeoutMs` of the injected clock; the integration may have done its work all the same. */
async function callInTime(server: Server, url: string, body: string): Promise<CallbackAnswer> {
  const done = new AbortController();
  const expired = new AbortController();
  const timer = server.clock.sleep(server.limits.actionTimeoutMs, done.signal).then(() => expired.abort());
  try {
    return await postCallback(url, body, AbortSignal.any([expired.signal, server.closing.signal]));
  } catch {
    throw failed();
  } finally {
    done.abort();
    await timer;
  }
}

/** Only JSON that is an object or null counts, whatever its content type; unknown members are ignored. */
function parseAnswer(text: string): ActionAnswer | null {
  try {
    return answerSchema.parse(JSON.parse(text));
  } catch {
    throw failed();
  }
}

/** Props that an update can neither set nor remove; everything else of the old props goes, `from_bot` too. */
const retained = ['from_webhook', 'override_username', 'override_icon_url'];

function applyUpdate(server: Server, user: User, click: Click, target: Target, update: NonNullable<ActionAnswer['update']>): void {
  const post = server.posts.get(click.postId);
  if (!target.post || !post || post.deleteAt !== 0) throw new MattermostError(404, 'app.post.get.app_error');
  updatePost(
    server,
    user,
    post,
    // Props without a message empty the message (04b#84).
    { message: update.message ?? '', props: update.props ? withRetained(post.props, update.props) : undefined },
    'api.post.update_post.can_not_update_post_in_deleted.error',
  );
}

function withRetained(old: Props, next: Props): Props {
  const free = Object.entries(next).filter(([name]) => !retained.includes(name));
  const kept = Object.entries(old).filter(([name]) => retained.includes(name));
  return Object.fromEntries([...free, ...kept]);
}
