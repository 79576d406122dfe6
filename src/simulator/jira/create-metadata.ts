import type { Router } from 'express';
import { requireCaller } from './caller.ts';
import { JiraError } from './jira-error.ts';
import type { Project } from './model.ts';
import { PRIORITIES } from './seed.ts';
import { findProject, type ApiVersion, type JiraState } from './state.ts';

/** What the create screen has. The old `/issue/createmeta` itself is gone. */
export function addCreateMetadata(router: Router, state: JiraState, version: ApiVersion): void {
  const api = `${state.url}/rest/api/${version}`;
  router.get('/issue/createmeta/:project/issuetypes', requireCaller, (request, response) => {
    const issueTypes = getProject(request.params.project).issueTypes.map(({ id, name }) => ({
      self: `${api}/issuetype/${id}`,
      id,
      name,
      description: '',
      iconUrl: '',
      subtask: false,
      hierarchyLevel: 0,
    }));
    response.json({ startAt: 0, maxResults: 50, total: issueTypes.length, issueTypes });
  });
  router.get('/issue/createmeta/:project/issuetypes/:typeId', requireCaller, (request, response) => {
    const project = getProject(request.params.project);
    if (!project.issueTypes.some(({ id }) => id === request.params.typeId)) throw new JiraError(404, ['Issue type not found.']);
    const fields = ['project', 'issuetype', ...project.screen].map(fieldJson);
    response.json({ startAt: 0, maxResults: 50, total: fields.length, fields });
  });
}

function getProject(idOrKey: string): Project {
  const project = findProject(idOrKey);
  if (!project) throw new JiraError(404, [`No project could be found with key '${idOrKey}'.`]);
  return project;
}

const TYPES: Readonly<Record<string, string>> = { labels: 'array', assignee: 'user', summary: 'string', description: 'string' };
const REQUIRED = new Set(['project', 'issuetype', 'summary']);

function fieldJson(name: string): unknown {
  return {
    fieldId: name,
    key: name,
    name: name.charAt(0).toUpperCase() + name.slice(1),
    required: REQUIRED.has(name),
    hasDefaultValue: name === 'priority',
    operations: name === 'labels' ? ['add', 'set', 'remove'] : ['set'],
    schema: { type: TYPES[name] ?? name, system: name, ...(name === 'labels' ? { items: 'string' } : {}) },
    ...(name === 'priority' ? { allowedValues: PRIORITIES.map((priority) => ({ name: priority })) } : {}),
  };
}
