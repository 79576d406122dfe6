import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ButtonClick, InteractiveIngest } from '../../core/connector.ts';

/*
 * POST of the Mattermost server when somebody presses a button; nothing signs it, so the token in `context` is the only proof:
 * {"user_id":"uwbd…","user_name":"kathy","channel_id":"9cx1…","channel_name":"inc-7","team_id":"o3pf…","team_domain":"ops",
 *  "post_id":"wq7a…","trigger_id":"bW9j…","type":"button","data_source":"","context":{"token":"…"}}
 * https://developers.mattermost.com/integrate/plugins/interactive-messages/
 */
const Click = z.object({
  user_id: z.string().min(1).max(64),
  user_name: z.string().max(128).default(''),
  channel_id: z.string().min(1).max(64),
  post_id: z.string().min(1).max(64),
  trigger_id: z.string().max(2_000).default(''),
  context: z.object({ token: z.string().min(1).max(2_000) }),
});

/** The interactive door for Mattermost. */
export const mattermostInteractive: InteractiveIngest = {
  parseClick,
  // Never an `update`: changing the post here would be an effect without a journal.
  answer: (text) => (text === undefined || text === '' ? {} : { ephemeral_text: text, skip_slack_parsing: true }),
};

function parseClick(body: unknown): ButtonClick | undefined {
  const parsed = Click.safeParse(body);
  if (!parsed.success) return undefined;
  const click = parsed.data;
  // The trigger id is new with each click. Servers without it: the same press of the same person on the same card counts once.
  const name = click.trigger_id !== '' ? click.trigger_id : `${click.post_id} ${click.user_id} ${click.context.token}`;
  return {
    token: click.context.token,
    personId: click.user_id,
    username: click.user_name,
    channelId: click.channel_id,
    postId: click.post_id,
    clickId: createHash('sha256').update(name).digest('hex'),
  };
}
