import type { RunDoc } from '../core/run.ts';
import type { Rules } from './run-input.ts';

/** The document of a run that begins. */
export function firstDoc(rules: Rules, publicUrl: string): RunDoc {
  const { context, playbook } = rules.facts;
  return {
    state: 'running',
    step: playbook.firstStep,
    visit: 1,
    stage: 'start',
    cursor: 0,
    causes: { 1: { kind: 'start', actor: context.actor, fields: context.event } },
    invocations: [],
    outputs: {},
    posts: [],
    raised: [],
    lastOccurred: context.started
      ? { [`${context.started.source} ${context.started.key}`]: new Date(context.started.occurredAt).toISOString() }
      : {},
    hops: 0,
    endState: 'finished',
    attention: '',
    moves: {},
    publicUrl,
  };
}
