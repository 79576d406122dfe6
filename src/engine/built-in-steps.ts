import type { Action, Playbook, Step } from '../core/playbook.ts';

const DAY_MS = 24 * 3_600_000;

/** Where a run goes when its incident was merged into another and the playbook says nothing of it (ENGINE, Signals). */
const MERGED = '_Merged';

/**
 * Adds what the language does by itself as ordinary steps and rules, so that the machine knows no special case.
 * Their names start with "_", which a playbook's names can't.
 */
export function withBuiltIns(playbook: Playbook): Playbook {
  if (!hasPager(playbook) || playbook.on.some((rule) => rule.event === 'merged')) return playbook;
  const channel = [...playbook.actions.values()].find((action) => action.type === 'create_channel');
  const say: Action | undefined = channel && {
    ...plainAction('_SayMerged', 'post'),
    wait: false,
    onError: 'continue',
    input: {
      channel_name: `{{.Action.${channel.name}.ChannelName}}`,
      message:
        ':twisted_rightwards_arrows: This incident was merged into {{.Signal.MergedInto.URL}}. The work goes on there; the issue here is left as it is.',
    },
    uses: [channel.name],
  };
  const step: Step = {
    name: MERGED,
    marks: undefined,
    start: [...(say ? [say] : []), plainAction('_EndMerged', 'finished_workflow')],
    finish: [],
    timeout: undefined,
    on: [],
    isLast: true,
  };
  return {
    ...playbook,
    on: [...playbook.on, { event: 'merged', source: undefined, condition: undefined, to: MERGED }],
    steps: new Map([...playbook.steps, [MERGED, step]]),
    actions: new Map([...playbook.actions, ...step.start.map((action): [string, Action] => [action.name, action])]),
  };
}

function hasPager(playbook: Playbook): boolean {
  return playbook.triggers.some((trigger) => trigger.type === 'pagerduty');
}

function plainAction(name: string, type: string): Action {
  return {
    name,
    type,
    step: MERGED,
    condition: undefined,
    wait: true,
    onError: 'fail',
    maxIntervalMs: 300_000,
    timeoutMs: DAY_MS,
    input: {},
    uses: [],
    transitions: [],
    updates: undefined,
  };
}
