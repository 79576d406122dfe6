import type { Router } from 'express';
import { requireCaller } from './caller.ts';
import { badRequest, JiraError } from './jira-error.ts';
import { getIssue, type ApiVersion, type JiraState } from './state.ts';

const MAX_LENGTH = 32_768;
const MAX_KEY = 255;

/** Invisible stamps on an issue; a plain REST client cannot search by them. */
export function addIssueProperties(router: Router, state: JiraState, version: ApiVersion): void {
  router.get('/issue/:idOrKey/properties', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const self = (key: string) => `${state.url}/rest/api/${version}/issue/${issue.id}/properties/${encodeURIComponent(key)}`;
    response.json({ keys: [...issue.properties.keys()].map((key) => ({ self: self(key), key })) });
  });
  router.get('/issue/:idOrKey/properties/:key', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const { key } = request.params;
    if (!issue.properties.has(key)) throw new JiraError(404, [`The property with key '${key}' does not exist.`]);
    response.json({ key, value: issue.properties.get(key) });
  });
  router.put('/issue/:idOrKey/properties/:key', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const { key } = request.params;
    const value: unknown = request.body;
    if (key.length > MAX_KEY) throw badRequest(`The property key is longer than ${MAX_KEY} characters.`);
    if (value === undefined || JSON.stringify(value).length > MAX_LENGTH)
      throw badRequest('The property value must be JSON of at most 32768 characters.');
    const isNew = !issue.properties.has(key);
    issue.properties.set(key, value);
    state.context.changed();
    response.status(isNew ? 201 : 200).end();
  });
}
