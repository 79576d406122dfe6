import { showRichText } from './adf.ts';
import type { Issue } from './model.ts';
import { getStatus, type ApiVersion, type JiraState } from './state.ts';
import { statusJson } from './status-json.ts';
import { userJsonById } from './user-json.ts';

/** `fields` undefined: all of them; `[]`: none but id, key and self. */
export function issueJson(
  state: JiraState,
  version: ApiVersion,
  issue: Issue,
  fields: readonly string[] | undefined,
  properties: readonly string[],
): unknown {
  const api = `${state.url}/rest/api/${version}`;
  const all = allFields(state, version, issue);
  const wanted = fields === undefined || fields.includes('*all') || fields.includes('*navigable') ? Object.keys(all) : fields;
  const shown = Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name) && !fields?.includes(`-${name}`)));
  const stamps = [...issue.properties].filter(([key]) => properties.includes(key) || properties.includes('*all'));
  return {
    expand: 'renderedFields,names,schema,operations,editmeta,changelog,versionedRepresentations',
    id: issue.id,
    self: `${api}/issue/${issue.id}`,
    key: issue.key,
    fields: shown,
    ...(properties.length > 0 ? { properties: Object.fromEntries(stamps) } : {}),
  };
}

function allFields(state: JiraState, version: ApiVersion, issue: Issue): Record<string, unknown> {
  const api = `${state.url}/rest/api/${version}`;
  return {
    summary: issue.summary,
    issuetype: { self: `${api}/issuetype/${issue.type.id}`, id: issue.type.id, name: issue.type.name, subtask: false },
    project: { self: `${api}/project/${issue.project.id}`, id: issue.project.id, key: issue.project.key, name: issue.project.name },
    status: statusJson(api, getStatus(issue, issue.statusId)),
    resolution: issue.resolution === null ? null : { name: issue.resolution },
    description: showRichText(version, issue.description),
    labels: issue.labels,
    priority: issue.priority === null ? null : { name: issue.priority },
    assignee: userJsonById(state.url, issue.assigneeId),
    reporter: userJsonById(state.url, issue.reporterId),
    creator: userJsonById(state.url, issue.reporterId),
    created: issue.created,
    updated: issue.updated,
  };
}
