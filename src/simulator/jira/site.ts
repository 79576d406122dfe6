import type { Router } from 'express';
import { readQuery } from '../read-query.ts';
import { callerId, requireCaller } from './caller.ts';
import { badRequest, JiraError } from './jira-error.ts';
import type { JiraUser, Project } from './model.ts';
import { PROJECTS, USERS } from './seed.ts';
import { findProject, findUser, type ApiVersion, type JiraState } from './state.ts';
import { userJson } from './user-json.ts';

/** The site: who am I, what are you, people, projects. */
export function addSite(router: Router, state: JiraState, version: ApiVersion): void {
  const api = `${state.url}/rest/api/${version}`;
  router.get('/myself', requireCaller, (request, response) => {
    const user = findUser(callerId(request) ?? '');
    response.json(user && userJson(state.url, user));
  });
  router.get('/serverInfo', (_request, response) => {
    response.json({
      baseUrl: state.url,
      version: '1001.0.0-SNAPSHOT',
      versionNumbers: [1001, 0, 0],
      deploymentType: 'Cloud',
      buildNumber: 100_290,
      serverTime: state.context.clock.now().toISOString(),
      serverTitle: 'Simulated Jira',
    });
  });

  router.get('/user/search', requireCaller, (request, response) => {
    const wanted = readQuery(request)['query']?.[0];
    if (wanted === undefined) throw badRequest('Either query, username, accountId or property must be set');
    response.json(findPeople(wanted).map((user) => userJson(state.url, user)));
  });
  router.get('/user/assignable/search', requireCaller, (request, response) => {
    const query = readQuery(request);
    if (!findProject(query['project']?.[0] ?? ''))
      throw new JiraError(404, [`No project could be found with key '${query['project']?.[0] ?? ''}'.`]);
    response.json(findPeople(query['query']?.[0] ?? '').map((user) => userJson(state.url, user)));
  });

  // Without credentials the lists are empty rather than refused.
  router.get('/project', (request, response) => {
    response.json(callerId(request) === undefined ? [] : PROJECTS.map((project) => projectJson(api, project)));
  });
  router.get('/project/:idOrKey', (request, response) => {
    const project = callerId(request) === undefined ? undefined : findProject(request.params.idOrKey);
    if (!project) throw new JiraError(404, [`No project could be found with key '${request.params.idOrKey}'.`]);
    response.json(projectJson(api, project));
  });
}

/** By the start of a name, or by an e-mail address that its owner shows. */
function findPeople(text: string): JiraUser[] {
  const wanted = text.toLowerCase();
  const isHit = (user: JiraUser) =>
    user.displayName
      .toLowerCase()
      .split(' ')
      .some((word) => word.startsWith(wanted)) ||
    user.displayName.toLowerCase().startsWith(wanted) ||
    (user.emailVisible && user.email.startsWith(wanted));
  return USERS.filter(isHit);
}

function projectJson(api: string, project: Project): unknown {
  return {
    self: `${api}/project/${project.id}`,
    id: project.id,
    key: project.key,
    name: project.name,
    description: '',
    issueTypes: project.issueTypes.map(({ id, name }) => ({
      self: `${api}/issuetype/${id}`,
      id,
      name,
      description: '',
      subtask: false,
      hierarchyLevel: 0,
    })),
    projectTypeKey: 'software',
    simplified: false,
    style: 'classic',
    isPrivate: false,
    roles: {},
    properties: {},
  };
}
