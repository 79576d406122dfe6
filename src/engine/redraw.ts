import { PermanentError } from '../core/errors.ts';
import type { PostState, RunDoc } from '../core/run.ts';
import { z } from 'zod';
import { composeCard } from './card.ts';
import { performEffect } from './perform-effect.ts';
import { renderInput, type ActionRun } from './run-action.ts';

const Text = z.object({ message: z.string() });

/**
 * Draws a post anew: the latest text with the outputs it was first drawn with plus the late ones, its buttons where they are still
 * live, always the whole of it (ENGINE, Posts).
 */
export async function redrawPost(run: ActionRun, doc: RunDoc, post: PostState): Promise<void> {
  const { rules, ports, signer, effects } = run;
  const action = rules.facts.playbook.actions.get(post.textAction);
  const definition = action && rules.registry.actions.get(action.type);
  if (!action || !definition) throw new PermanentError({ code: 'redraw.unknown', message: `The action "${post.textAction}" is unknown.` });
  const { input } = renderInput(rules, doc, action, definition, { visit: post.textVisit }, post.seen);
  const { message } = Text.parse(input);
  const transitions = post.buttonsVisit === 0 ? [] : action.transitions;
  const card = composeCard(signer, message, transitions, {
    runId: rules.facts.id,
    action: post.textAction,
    visit: post.textVisit,
    channelId: post.channelId,
  });
  await performEffect(
    effects,
    post.name,
    `${post.name}-draw-${post.revision}`,
    'chat.updatePost',
    ports.chat.updatePost,
    { postId: post.id, channelId: post.channelId, message: card },
    { about: `post:${post.id}` },
  );
}
