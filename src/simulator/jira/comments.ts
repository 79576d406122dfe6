import type { Router } from 'express';
import { parseRichText, showRichText } from './adf.ts';
import { requireCaller } from './caller.ts';
import { badField } from './jira-error.ts';
import type { Comment, Issue } from './model.ts';
import { isRecord } from './read-value.ts';
import { BRIDGE_ACCOUNT_ID, BRIDGE_EMAIL } from './seed.ts';
import { getIssue, markerOf, now, touch, type ApiVersion, type JiraState } from './state.ts';
import { userJsonById } from './user-json.ts';

export function addComments(router: Router, state: JiraState, version: ApiVersion): void {
  router.get('/issue/:idOrKey/comment', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const comments = issue.comments.map((comment) => commentJson(state, version, issue, comment));
    response.json({ startAt: 0, maxResults: 5000, total: comments.length, comments });
  });
  // No natural key: two posts make two comments.
  router.post('/issue/:idOrKey/comment', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const comment = createComment(state, version, request.body);
    issue.comments.push(comment);
    touch(state, issue);
    const detail = { commentId: comment.id };
    state.context.record({ effect: 'comment.created', marker: markerOf(issue.labels), subject: issue.key, by: BRIDGE_EMAIL, detail });
    response.status(201).json(commentJson(state, version, issue, comment));
  });
}

/** The comments that a transition brings along: `[{"add": {"body": …}}]`. */
export function takeComments(state: JiraState, version: ApiVersion, _issue: Issue, operations: unknown): Comment[] {
  if (!Array.isArray(operations)) return [];
  return operations.flatMap((operation: unknown) => (isRecord(operation) ? [createComment(state, version, operation['add'])] : []));
}

function createComment(state: JiraState, version: ApiVersion, value: unknown): Comment {
  const body = isRecord(value) ? parseRichText(version, value['body']) : undefined;
  if (body === undefined || body === '') throw badField('comment', 'Comment body is not valid!');
  return { id: String(state.newId()), authorId: BRIDGE_ACCOUNT_ID, body, created: now(state) };
}

function commentJson(state: JiraState, version: ApiVersion, issue: Issue, comment: Comment): unknown {
  const author = userJsonById(state.url, comment.authorId);
  return {
    self: `${state.url}/rest/api/${version}/issue/${issue.id}/comment/${comment.id}`,
    id: comment.id,
    author,
    body: showRichText(version, comment.body),
    updateAuthor: author,
    created: comment.created,
    updated: comment.created,
    jsdPublic: true,
  };
}
