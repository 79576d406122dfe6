import type { Router } from 'express';
import { requireCaller } from './caller.ts';
import { checkFields, labelProblem, type FieldValues } from './check-fields.ts';
import { badField, badRequest } from './jira-error.ts';
import type { Issue } from './model.ts';
import { isList, isRecord, readText } from './read-value.ts';
import { BRIDGE_EMAIL } from './seed.ts';
import { findUser, getIssue, markerOf, touch, type ApiVersion, type JiraState } from './state.ts';

export function addEditIssue(router: Router, state: JiraState, version: ApiVersion): void {
  router.put('/issue/:idOrKey', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const body: unknown = request.body;
    if (!isRecord(body) || (body['fields'] === undefined && body['update'] === undefined))
      throw badRequest("one of 'fields' or 'update' required");
    // A `transition` in this body is ignored, as at the vendor.
    const values = isRecord(body['fields']) ? checkFields(version, issue.project, body['fields']) : {};
    const labels = isRecord(body['update']) ? editLabels(issue, body['update']['labels']) : undefined;
    applyFields(state, issue, { ...values, ...(labels ? { labels } : {}) });
    response.status(204).end();
  });
  router.put('/issue/:idOrKey/assignee', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const body: unknown = request.body;
    const accountId = isRecord(body) ? body['accountId'] : undefined;
    if (accountId !== null && findUser(readText(accountId) ?? '') === undefined)
      throw badField('assignee', 'The account cannot be assigned issues.');
    applyFields(state, issue, { assigneeId: readText(accountId) ?? null });
    response.status(204).end();
  });
}

function applyFields(state: JiraState, issue: Issue, values: FieldValues): void {
  Object.assign(issue, values);
  touch(state, issue);
  state.context.record({
    effect: 'issue.updated',
    marker: markerOf(issue.labels),
    subject: issue.key,
    by: BRIDGE_EMAIL,
    detail: { fields: Object.keys(values) },
  });
}

/** `[{"add": "x"}, {"remove": "y"}, {"set": ["z"]}]`, in order. */
function editLabels(issue: Issue, operations: unknown): readonly string[] | undefined {
  if (operations === undefined) return undefined;
  if (!Array.isArray(operations)) throw badField('labels', 'Operations must be an array');
  const labels = new Set(issue.labels);
  for (const operation of operations) {
    if (!isRecord(operation)) throw badField('labels', 'Operation must be an object');
    const { add, remove, set } = operation;
    if (isList(set)) labels.clear();
    for (const label of [add, ...(isList(set) ? set : [])]) {
      if (typeof label !== 'string') continue;
      const problem = labelProblem(label);
      if (problem !== undefined) throw badField('labels', problem);
      labels.add(label);
    }
    if (typeof remove === 'string') labels.delete(remove);
  }
  return [...labels];
}
