import { isOpen, type RunDoc } from '../core/run.ts';
import { advance } from './advance-run.ts';
import { tellEntered } from './change-step.ts';
import { redraw, redrawFailed, redrawn } from './draw-posts.ts';
import { endAttempt } from './end-action.ts';
import { takeOperator } from './operate-run.ts';
import { createDraft, openInvocation, replaceInvocation, type RunDraft } from './run-draft.ts';
import type { Answer, Input, Rules, Transitioned } from './run-input.ts';
import { skip } from './skip-action.ts';
import { takeClick, takeEvent } from './take-signal.ts';

/**
 * The state machine: (state, input) -> (state, what happened). Pure and total: it knows no vendor, no database and no clock;
 * open invocations and undrawn posts in the state it returns are what the runner has to do next.
 */
export function transition(rules: Rules, before: RunDoc, input: Input, now: string): Transitioned {
  const run = createDraft(rules, before, now);
  const signal = take(run, input);
  advance(run);
  return { doc: run.doc, timeline: run.timeline, signal, marks: run.marks };
}

function take(run: RunDraft, input: Input): Answer {
  const { doc } = run;
  // Signals are answered for ever; nothing else touches a run that has ended.
  if (!isOpen(doc.state) && !['click', 'event', 'operator'].includes(input.kind)) return undefined;
  switch (input.kind) {
    case 'advance':
      if (doc.visit === 1 && doc.cursor === 0 && doc.stage === 'start' && doc.invocations.length === 0) tellEntered(run);
      return undefined;
    case 'ended': {
      const invocation = openInvocation(run, input.action, input.visit);
      if (invocation) endAttempt(run, invocation, input.outcome);
      return undefined;
    }
    case 'superseded': {
      const invocation = openInvocation(run, input.action, input.visit);
      if (invocation && input.underWay) replaceInvocation(run, invocation, { superseded: true });
      else if (invocation) skip(run, invocation, 'superseded');
      return undefined;
    }
    case 'raised':
      doc.raised.push({ type: input.type, source: input.source, actor: input.actor });
      return undefined;
    case 'address_changed':
      doc.publicUrl = input.publicUrl;
      for (const post of doc.posts) if (post.buttonsVisit !== 0) redraw(run, post, {});
      return undefined;
    case 'redrawn':
      redrawn(run, input.post, input.revision);
      return undefined;
    case 'redraw_failed':
      redrawFailed(run, input.post, input.dueAt, input.error);
      return undefined;
    case 'click':
      return takeClick(run, input.click, input.actor, input.refusal);
    case 'event':
      return takeEvent(run, input.event);
    case 'operator':
      return takeOperator(run, input.operator);
  }
}
