import type { Router } from 'express';
import { callerId, requireCaller } from './caller.ts';
import { checkFields } from './check-fields.ts';
import { badRequest, JiraError } from './jira-error.ts';
import type { Issue, IssueType, Project } from './model.ts';
import { isRecord, readName, readText } from './read-value.ts';
import { BRIDGE_ACCOUNT_ID, BRIDGE_EMAIL } from './seed.ts';
import { findProject, markerOf, now, touch, type ApiVersion, type JiraState } from './state.ts';

/** `POST /issue`. There is no idempotency key: two calls make two issues. */
export function addCreateIssue(router: Router, state: JiraState, version: ApiVersion): void {
  router.post('/issue', requireCaller, (request, response) => {
    const body: unknown = request.body;
    if (!isRecord(body) || !isRecord(body['fields'])) throw badRequest("one of 'fields' or 'update' required");
    const fields = body['fields'];
    const { project, type } = readPlace(fields);
    const values = checkFields(version, project, fields);
    if (values.summary === undefined) throw new JiraError(400, [], { summary: 'You must specify a summary of the issue.' });
    const properties = readProperties(body['properties']);
    const at = now(state);
    const issue: Issue = {
      id: String(state.newId()),
      key: state.nextKey(project),
      project,
      type,
      reporterId: callerId(request) ?? BRIDGE_ACCOUNT_ID,
      created: at,
      summary: values.summary,
      description: values.description ?? null,
      labels: values.labels ?? [],
      priority: values.priority ?? (project.screen.includes('priority') ? 'Medium' : null),
      assigneeId: values.assigneeId ?? null,
      statusId: project.workflow.statuses[0].id,
      resolution: null,
      updated: at,
      properties,
      comments: [],
      remoteLinks: [],
      index: [],
    };
    state.issues.set(issue.key, issue);
    state.issuesById.set(issue.id, issue);
    touch(state, issue);
    const detail = { id: issue.id, summary: issue.summary, project: project.key };
    state.context.record({ effect: 'issue.created', marker: markerOf(issue.labels), subject: issue.key, by: BRIDGE_EMAIL, detail });
    response.status(201).json({ id: issue.id, key: issue.key, self: `${state.url}/rest/api/${version}/issue/${issue.id}` });
  });
}

function readPlace(fields: Readonly<Record<string, unknown>>): { project: Project; type: IssueType } {
  const wanted = fields['project'];
  const project = isRecord(wanted) ? findProject(readText(wanted['key'] ?? wanted['id']) ?? '') : undefined;
  if (!project) throw new JiraError(400, [], { project: 'Specify a valid project ID or key' });
  const kind = fields['issuetype'];
  const id = isRecord(kind) ? readText(kind['id']) : undefined;
  const type = project.issueTypes.find((one) => (id === undefined ? one.name === readName(kind) : one.id === id));
  if (!type) throw new JiraError(400, [], { issuetype: 'Specify a valid issue type' });
  return { project, type };
}

function readProperties(value: unknown): Map<string, unknown> {
  const properties = new Map<string, unknown>();
  if (value === undefined) return properties;
  if (!Array.isArray(value)) throw badRequest('properties must be an array');
  for (const item of value) {
    const key = isRecord(item) ? readText(item['key']) : undefined;
    if (!isRecord(item) || key === undefined || item['value'] === undefined) throw badRequest('Each property needs a key and a value');
    properties.set(key, item['value']);
  }
  return properties;
}
