import type { Router } from 'express';
import { readQuery } from '../read-query.ts';
import { callerId } from './caller.ts';
import { issueJson } from './issue-json.ts';
import { issueNotFound } from './jira-error.ts';
import { getIssue, type ApiVersion, type JiraState } from './state.ts';

export function addReadIssue(router: Router, state: JiraState, version: ApiVersion): void {
  router.get('/issue/:idOrKey', (request, response) => {
    // No anonymous access to these projects: not visible is not there.
    if (callerId(request) === undefined) throw issueNotFound();
    const issue = getIssue(state, request.params.idOrKey);
    const query = readQuery(request);
    const fields = query['fields'] && splitList(query['fields']);
    response.json(issueJson(state, version, issue, fields, splitList(query['properties'] ?? [])));
  });
}

/** `fields=a,b&fields=c` -> a, b, c. */
export function splitList(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',')).map((value) => value.trim());
}
