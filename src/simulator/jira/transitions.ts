import type { Router } from 'express';
import { readQuery } from '../read-query.ts';
import { callerId, requireCaller } from './caller.ts';
import { badField, badRequest } from './jira-error.ts';
import type { Issue, Transition } from './model.ts';
import { takeComments } from './comments.ts';
import { isRecord, readName, readText } from './read-value.ts';
import { BRIDGE_EMAIL, RESOLUTIONS } from './seed.ts';
import { getIssue, getStatus, markerOf, touch, type ApiVersion, type JiraState } from './state.ts';
import { statusJson } from './status-json.ts';

export function addTransitions(router: Router, state: JiraState, version: ApiVersion): void {
  const api = `${state.url}/rest/api/${version}`;
  router.get('/issue/:idOrKey/transitions', (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const withFields = readQuery(request)['expand']?.join(',').includes('transitions.fields') === true;
    // An anonymous visitor may not move anything: the list is empty, not refused.
    const offered = callerId(request) === undefined ? [] : offeredTransitions(issue);
    const transitions = offered.map((transition) => ({
      id: transition.id,
      name: transition.name,
      to: statusJson(api, getStatus(issue, transition.to)),
      hasScreen: transition.needsResolution === true,
      isGlobal: false,
      isInitial: false,
      isAvailable: true,
      isConditional: false,
      isLooped: false,
      ...(withFields ? { fields: transition.needsResolution === true ? { resolution: resolutionField(api) } : {} } : {}),
    }));
    response.json({ expand: 'transitions', transitions });
  });

  router.post('/issue/:idOrKey/transitions', requireCaller, (request, response) => {
    const issue = getIssue(state, request.params.idOrKey);
    const body: unknown = request.body;
    const wanted = isRecord(body) && isRecord(body['transition']) ? readText(body['transition']['id']) : undefined;
    if (!isRecord(body) || wanted === undefined) throw badRequest("Missing 'transition' identifier");
    const transition = offeredTransitions(issue).find(({ id }) => id === wanted);
    if (!transition) throw badRequest(`Transition id '${wanted}' is not valid for this issue.`);
    const resolution = checkScreen(transition, isRecord(body['fields']) ? body['fields'] : {});
    const comments = takeComments(state, version, issue, isRecord(body['update']) ? body['update']['comment'] : undefined);
    issue.comments.push(...comments);
    moveIssue(state, issue, transition, resolution, BRIDGE_EMAIL);
    response.status(204).end();
  });
}

export function offeredTransitions(issue: Issue): readonly Transition[] {
  return issue.project.workflow.transitions.filter(({ from }) => from.includes(issue.statusId));
}

export function moveIssue(state: JiraState, issue: Issue, transition: Transition, resolution: string | undefined, by: string): void {
  const from = getStatus(issue, issue.statusId);
  const to = getStatus(issue, transition.to);
  issue.statusId = to.id;
  // Where no screen asks for it, the workflow sets the resolution by itself.
  issue.resolution = to.category === 'done' ? (resolution ?? 'Done') : null;
  touch(state, issue);
  const detail = { from: from.name, to: to.name, transition: transition.id };
  state.context.record({ effect: 'issue.transitioned', marker: markerOf(issue.labels), subject: issue.key, by, detail });
}

function checkScreen(transition: Transition, fields: Readonly<Record<string, unknown>>): string | undefined {
  for (const name of Object.keys(fields)) {
    if (name !== 'resolution' || transition.needsResolution !== true) {
      throw badField(name, `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`);
    }
  }
  if (transition.needsResolution !== true) return undefined;
  const resolution = readName(fields['resolution']);
  if (resolution === undefined) throw badField('resolution', 'Resolution is required.');
  if (!RESOLUTIONS.includes(resolution)) throw badField('resolution', `Resolution '${resolution}' is not valid`);
  return resolution;
}

function resolutionField(api: string): unknown {
  return {
    required: true,
    schema: { type: 'resolution', system: 'resolution' },
    name: 'Resolution',
    key: 'resolution',
    hasDefaultValue: false,
    operations: ['set'],
    allowedValues: RESOLUTIONS.map((name, position) => ({
      self: `${api}/resolution/${10_000 + position}`,
      id: String(10_000 + position),
      name,
    })),
  };
}
