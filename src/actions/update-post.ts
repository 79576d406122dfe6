import { z } from 'zod';
import { defineAction } from '../core/action.ts';
import { PermanentError } from '../core/errors.ts';
import { Name } from '../core/playbook.ts';
import { markdown, transitions } from './fields.ts';

export const updatePost = defineAction({
  type: 'update_post',
  summary: 'Give an earlier post a new text and new buttons.',
  input: z.strictObject({
    post: Name.meta({ template: 'none', description: 'Name of the post action that made it.', refersTo: 'post' }),
    message: markdown('Markdown; cut to 4000 characters.'),
    transitions,
  }),
  output: z.object({ PostID: z.string(), URL: z.string() }),
  example: {
    post: 'Card',
    message: ':eyes: {{.Event.Title}}, taken by {{.Actor.Name}}',
    transitions: [{ label: 'Resolve', to: 'Resolved' }],
  },
  post: 'update',
  lane: (input) => `post:${input.post}`,
  async run({ input, chat, effect, findPost, compose }) {
    const target = findPost(input.post);
    if (!target) {
      throw new PermanentError({
        code: 'update_post.no_post',
        message: `The post "${input.post}" was never made, so there is nothing to update.`,
      });
    }
    const message = compose(input.message, input.transitions, target.channelId);
    await effect(
      'chat.updatePost',
      chat.updatePost,
      { postId: target.id, channelId: target.channelId, message },
      { about: `post:${target.id}` },
    );
    return { PostID: target.id, URL: '' };
  },
});
