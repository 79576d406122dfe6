/**
 * Where the process is killed in the life of an incident, in order: each failpoint comes after the recovery from the one before it.
 * Several in one life, because a start costs a second.
 */
export interface Life {
  readonly name: string;
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly does:
    'trigger' | 'press Acknowledge' | 'press Resolve' | 'acknowledge in PagerDuty' | 'resolve in PagerDuty' | 'let Jira come back';
  readonly dies: readonly string[];
}

/** The four moments of a change at a vendor; `type` is the action that makes it. */
const around = (change: string, type?: string): readonly string[] => [
  `effect.before-intent:${change}`,
  `effect.after-intent:${change}`,
  `effect.after-call:${change}`,
  ...(type === undefined ? [] : [`effect.after-result:${type}`]),
];
const DOORS = ['ingest.before-commit', 'ingest.after-commit', 'route.before-commit', 'route.after-commit'];

export const LIVES: readonly Life[] = [
  {
    name: 'the doors, the issue and the wishes',
    stages: [
      { does: 'trigger', dies: [...DOORS, ...around('tracker.createIssue', 'create_issue'), 'release.before', 'release.after'] },
      { does: 'press Acknowledge', dies: [...DOORS, 'signal.after-move:click', ...around('pager.setStatus', 'acknowledge_incident')] },
      { does: 'press Resolve', dies: [...around('tracker.transitionIssue', 'transition_issue'), 'release.before'] },
    ],
  },
  {
    name: 'the channel and its people, moved in PagerDuty',
    stages: [
      { does: 'trigger', dies: [...around('chat.createChannel', 'create_channel'), ...around('chat.addMember', 'add_users_channel')] },
      { does: 'acknowledge in PagerDuty', dies: ['signal.after-move:event', ...around('chat.updatePost', 'update_post')] },
      { does: 'resolve in PagerDuty', dies: ['release.after'] },
    ],
  },
  {
    name: 'posts, and the end',
    stages: [
      { does: 'trigger', dies: ['effect.after-result:find_on_call', ...around('chat.post', 'post')] },
      { does: 'press Acknowledge', dies: [] },
      {
        does: 'press Resolve',
        dies: ['effect.after-call:pager.setStatus', 'effect.after-result:resolve_incident', 'effect.after-call:chat.post'],
      },
    ],
  },
  {
    name: 'the header, and posts drawn again when Jira is back',
    stages: [
      { does: 'trigger', dies: around('chat.setHeader', 'set_channel_header') },
      { does: 'let Jira come back', dies: around('chat.updatePost') },
      { does: 'press Acknowledge', dies: [] },
      { does: 'press Resolve', dies: [] },
    ],
  },
];
