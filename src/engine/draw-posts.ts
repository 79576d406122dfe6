import type { Action } from '../core/playbook.ts';
import type { Invocation, Output, PostState } from '../core/run.ts';
import { replaceInvocation, say, typeOf, type RunDraft } from './run-draft.ts';
import type { Outcome } from './run-input.ts';
import { textOf } from './text-of.ts';

type Done = Extract<Outcome, { readonly kind: 'done' }>;

export function changePost({ doc }: RunDraft, post: PostState, change: Partial<PostState>): void {
  doc.posts[doc.posts.indexOf(post)] = { ...post, ...change };
}

/** Wants the post drawn anew, at once. */
export function redraw({ doc }: RunDraft, post: PostState, change: Partial<PostState>): void {
  const { dueAt: _dueAt, ...rest } = post;
  doc.posts[doc.posts.indexOf(post)] = { ...rest, ...change, revision: post.revision + 1, attempts: 0 };
}

/** The vendor has it. */
export function redrawn({ doc }: RunDraft, name: string, revision: number): void {
  const post = doc.posts.find((one) => one.name === name);
  if (!post) return;
  const { dueAt: _dueAt, ...rest } = post;
  doc.posts[doc.posts.indexOf(post)] = { ...rest, drawn: Math.max(post.drawn, revision), attempts: 0 };
}

/** Without a next time the post is gone, or its channel is archived: nothing to draw any more. */
export function redrawFailed(run: RunDraft, name: string, dueAt: string | undefined, error: string): void {
  const post = run.doc.posts.find((one) => one.name === name);
  if (!post) return;
  if (dueAt !== undefined) return changePost(run, post, { attempts: post.attempts + 1, dueAt });
  changePost(run, post, { drawn: post.revision, seen: {}, buttonsVisit: 0 });
  say(run, { kind: 'action_failed', action: post.name, type: 'redraw', error, code: 'redraw' });
}

/** An update_post that did not happen leaves a post with buttons of a step that was left. */
export function takeLeftButtons(run: RunDraft, invocation: Invocation): void {
  const updates = run.playbook.actions.get(invocation.action)?.updates;
  const post = updates === undefined ? undefined : run.doc.posts.find((one) => one.name === updates);
  if (post && post.buttonsVisit === 0) redraw(run, post, {});
}

/** What a finished action means for posts and headers: one more to draw again, or something that was missing has come. */
export function outputCame(run: RunDraft, action: Action, invocation: Invocation, outcome: Done): void {
  drew(run, action, invocation, outcome);
  if (outcome.stale && run.rules.registry.actions.get(action.type)?.redraws) doAgain(run, action.name, invocation.visit);
  arrived(run, action.name, outcome.output);
}

/** The post that an action made or changed, from now on ours to draw again. */
function drew(run: RunDraft, action: Action, invocation: Invocation, outcome: Done): void {
  const { doc, rules } = run;
  const kind = rules.registry.actions.get(action.type)?.post;
  if (kind === 'create') madePost(run, action, invocation, outcome);
  if (kind === 'update') updatedPost(run, action, invocation, outcome);
  const drawn = doc.posts.find((one) => one.textAction === action.name && one.textVisit === invocation.visit);
  if (outcome.stale && drawn) redraw(run, drawn, {});
  // An output may have come while the text was on its way.
  for (const [name, seen] of Object.entries(outcome.seen)) {
    const output = doc.outputs[name];
    if (seen === null && output) arrived(run, name, output);
  }
}

function madePost(run: RunDraft, action: Action, invocation: Invocation, { output, seen }: Done): void {
  const { doc } = run;
  const buttonsVisit = action.transitions.length > 0 ? invocation.visit : 0;
  const live = isLive(run, invocation);
  const made: PostState = {
    name: action.name,
    id: textOf(output['PostID'], ''),
    channelId: textOf(output['ChannelID'], ''),
    channelName: textOf(output['ChannelName'], ''),
    textAction: action.name,
    textVisit: invocation.visit,
    seen,
    buttonsVisit: live ? buttonsVisit : 0,
    revision: 0,
    drawn: 0,
    attempts: 0,
  };
  doc.posts = [...doc.posts.filter((post) => post.name !== action.name), made];
  if (!live && buttonsVisit !== 0) redraw(run, made, {});
}

function updatedPost(run: RunDraft, action: Action, invocation: Invocation, { seen }: Done): void {
  const { doc } = run;
  const post = doc.posts.find((one) => one.name === action.updates);
  if (!post) return;
  // An update that comes after a newer one's text would show the past.
  if (post.textVisit > invocation.visit) return redraw(run, post, {});
  const buttonsVisit = action.transitions.length > 0 ? invocation.visit : 0;
  const live = isLive(run, invocation);
  const { dueAt: _dueAt, ...rest } = post;
  const changed: PostState = {
    ...rest,
    textAction: action.name,
    textVisit: invocation.visit,
    seen,
    buttonsVisit: live ? buttonsVisit : 0,
    drawn: post.revision,
  };
  doc.posts[doc.posts.indexOf(post)] = changed;
  if (!live && buttonsVisit !== 0) redraw(run, changed, {});
}

/** Whether buttons of that visit may be pressed; a parked run answers them. */
function isLive({ doc }: RunDraft, { visit }: Invocation): boolean {
  return visit === doc.visit && (doc.state === 'running' || doc.state === 'parked') && doc.stage !== 'finish';
}

/** A late output: what shows "-" for it is drawn again. */
function arrived(run: RunDraft, name: string, output: Output): void {
  for (const post of run.doc.posts) {
    if (post.seen[name] === null) redraw(run, post, { seen: { ...post.seen, [name]: output } });
  }
  for (const one of run.doc.invocations) {
    if (one.state === 'done' && one.missing.includes(name) && run.rules.registry.actions.get(typeOf(run, one.action))?.redraws)
      doAgain(run, one.action, one.visit);
  }
}

/** Does a finished action that shows outputs once more. */
function doAgain(run: RunDraft, action: string, visit: number): void {
  const done = run.doc.invocations.find((one) => one.action === action && one.visit === visit && one.state === 'done');
  if (!done) return;
  replaceInvocation(run, done, { state: 'open', wait: false, attempts: 0, startedAt: run.now, missing: [], round: done.round + 1 });
}
