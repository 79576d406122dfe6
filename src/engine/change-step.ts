import type { Step } from '../core/playbook.ts';
import type { Cause, RunDoc } from '../core/run.ts';
import { changePost, redraw } from './draw-posts.ts';
import { causeOf, holds, say, stepOf, type RunDraft } from './run-draft.ts';
import { skipOpen } from './skip-action.ts';

/** Steps in a row that no signal and no time-out caused: more is an endless cycle. */
const MAX_HOPS = 100;

/** Begins to leave the step: its finish actions come next. */
export function leave({ doc }: RunDraft, to: string, by: Cause): void {
  doc.moves = { ...doc.moves, [doc.visit]: { by: by.actor.name, to } };
  doc.leaving = { to, cause: by };
  // Already being left (a finish action's on_error): only the target changes, finish actions run once.
  if (doc.stage !== 'finish') doc.cursor = 0;
  doc.stage = 'finish';
  delete doc.settledAt;
}

/** Leaves because of something that came from outside, or because of time: no endless cycle. */
export function leaveForSignal(run: RunDraft, to: string, by: Cause): void {
  run.doc.hops = 0;
  leave(run, to, by);
}

/** The end of the list of actions: the step is settled, or left for good. */
export function endList(run: RunDraft): void {
  const { doc } = run;
  if (doc.stage === 'finish' && doc.leaving) return enter(run, doc.leaving.to, doc.leaving.cause);
  doc.stage = 'settled';
  doc.settledAt = run.now;
}

function enter(run: RunDraft, to: string, by: Cause): void {
  const { doc } = run;
  const left = doc.visit;
  doc.hops += 1;
  doc.visit += 1;
  doc.step = to;
  doc.stage = 'start';
  doc.cursor = 0;
  delete doc.leaving;
  doc.causes = { ...causesInUse(doc), [doc.visit]: by };
  tellEntered(run);
  const here = stepOf(run);
  for (const post of doc.posts) {
    if (post.buttonsVisit !== left) continue;
    // Where the step begins with drawing the same post, one patch brings the new text and takes the old buttons.
    if (here && drawsFirst(run, here, post.name, by)) changePost(run, post, { buttonsVisit: 0 });
    else redraw(run, post, { buttonsVisit: 0 });
  }
  if (doc.hops > MAX_HOPS)
    park(
      run,
      `the playbook went through ${MAX_HOPS} steps without anybody doing anything: its transition_to actions lead round in a circle`,
    );
}

export function tellEntered(run: RunDraft): void {
  const by = causeOf(run);
  const marks = stepOf(run)?.marks;
  say(run, { kind: 'step_entered', step: run.doc.step, by: by.actor.name, cause: by.kind, ...(marks ? { marks } : {}) });
  if (marks) run.marks.push(marks);
}

/** A run may go round for weeks: only what can still be rendered is kept. */
function causesInUse({ causes, invocations, posts }: RunDoc): RunDoc['causes'] {
  const visits = new Set([...invocations.map((one) => one.visit), ...posts.map((post) => post.textVisit)]);
  return Object.fromEntries(Object.entries(causes).filter(([visit]) => visits.has(Number(visit))));
}

/** Whether the step updates the post before any other waiting action. */
function drawsFirst(run: RunDraft, entered: Step, post: string, by: Cause): boolean {
  for (const action of entered.start) {
    if (action.updates === post && holds(run, action.condition, by)) return true;
    if (action.wait) return false;
  }
  return false;
}

/** Stops until a person says how to go on. */
export function park(run: RunDraft, reason: string, action?: string): void {
  run.doc.state = 'parked';
  run.doc.attention = reason;
  say(run, { kind: 'parked', reason, ...(action === undefined ? {} : { action }) });
}

export function unpark({ doc }: RunDraft): void {
  doc.state = 'running';
  doc.attention = '';
}

/** Begins the end: it comes when nothing is open any more. */
export function finish(run: RunDraft, endState: RunDoc['endState'], reason: string): void {
  const { doc } = run;
  doc.state = 'finishing';
  doc.endState = endState;
  doc.attention = '';
  delete doc.settledAt;
  for (const post of doc.posts) if (post.buttonsVisit !== 0) redraw(run, post, { buttonsVisit: 0 });
  if (endState !== 'finished') skipOpen(run, reason);
}

export function endIfNothingIsOpen(run: RunDraft): void {
  const { doc } = run;
  if (doc.invocations.some((one) => one.state === 'open') || doc.posts.some((post) => post.revision > post.drawn)) return;
  doc.state = doc.endState;
  say(run, { kind: 'run_ended', state: doc.endState, reason: doc.step });
}
