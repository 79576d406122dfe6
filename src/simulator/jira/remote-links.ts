import type { Router } from 'express';
import { readQuery } from '../read-query.ts';
import { requireCaller } from './caller.ts';
import { badField, JiraError } from './jira-error.ts';
import type { Issue, RemoteLink } from './model.ts';
import { isRecord, readText } from './read-value.ts';
import { BRIDGE_EMAIL } from './seed.ts';
import { getIssue, markerOf, touch, type ApiVersion, type JiraState } from './state.ts';

/** The natural upsert: the same `globalId` on the same issue replaces (200), a new one adds (201). */
export function addRemoteLinks(router: Router, state: JiraState, version: ApiVersion): void {
  const selfOf = (issue: Issue, link: RemoteLink) => `${state.url}/rest/api/${version}/issue/${issue.id}/remotelink/${link.id}`;

  router.get('/issue/:idOrKey/remotelink', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const globalId = readQuery(request)['globalId']?.[0];
    const show = (link: RemoteLink) => ({ id: link.id, self: selfOf(issue, link), ...link.content });
    if (globalId === undefined) return void response.json(issue.remoteLinks.map(show));
    const link = issue.remoteLinks.find((one) => one.globalId === globalId);
    if (!link) throw new JiraError(404, ['The remote link does not exist.']);
    response.json(show(link));
  });

  router.post('/issue/:idOrKey/remotelink', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const content = checkLink(request.body);
    const globalId = readText(content['globalId']) ?? null;
    const known = globalId === null ? undefined : issue.remoteLinks.find((link) => link.globalId === globalId);
    const link = known ?? { id: state.newId(), globalId, content };
    // An update nulls what it leaves out.
    if (known) known.content = content;
    else issue.remoteLinks.push(link);
    touch(state, issue);
    state.context.record({
      effect: 'issue.linked',
      marker: markerOf(issue.labels),
      subject: issue.key,
      by: BRIDGE_EMAIL,
      detail: { globalId, linkId: link.id },
    });
    response.status(known ? 200 : 201).json({ id: link.id, self: selfOf(issue, link) });
  });
}

function checkLink(body: unknown): Readonly<Record<string, unknown>> {
  const object = isRecord(body) ? body['object'] : undefined;
  if (!isRecord(body) || !isRecord(object)) throw badField('object', "'object' is required.");
  if (!readText(object['title'])) throw badField('title', "'title' is required.");
  if (!URL.canParse(readText(object['url']) ?? '')) throw badField('url', "'url' is not a valid URL.");
  if ((readText(body['globalId']) ?? '').length > 255) throw badField('globalId', "'globalId' must be at most 255 characters.");
  return body;
}
