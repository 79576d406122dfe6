import { Router } from 'express';
import type { SimulatedVendor, VendorContext } from '../vendor.ts';
import { plainText } from './adf.ts';
import { answerErrors } from './answer-errors.ts';
import { addBrowse } from './browse.ts';
import { requireJson } from './caller.ts';
import { addComments } from './comments.ts';
import { addCreateIssue } from './create-issue.ts';
import { addCreateMetadata } from './create-metadata.ts';
import { addEditIssue } from './edit-issue.ts';
import { addIssueProperties } from './issue-properties.ts';
import type { Issue } from './model.ts';
import { addReadIssue } from './read-issue.ts';
import { addRemoteLinks } from './remote-links.ts';
import { addSearch } from './search.ts';
import { addSite } from './site.ts';
import { createState, findIssue, getStatus, type ApiVersion, type JiraState } from './state.ts';
import { addTransitions, moveIssue, offeredTransitions } from './transitions.ts';

export interface SimulatedJiraOptions {
  /** How far the search index is behind the writes, by the injected clock. Default 0. */
  readonly searchLagMs?: number;
  /** Data Center is still to come. */
  readonly flavour?: 'cloud';
}

export interface SimulatedJira extends SimulatedVendor {
  readonly name: 'jira';
  issue(idOrKey: string): Issue | undefined;
  /** In order of creation. */
  issues(): readonly Issue[];
  /** The status by its name, e.g. `Done`. */
  statusOf(idOrKey: string): string | undefined;
  /** A person moves the issue in Jira's own pages, by one transition to the status of that name. */
  transition(idOrKey: string, statusName: string, by?: string): void;
  setSearchLag(ms: number): void;
}

const ENDPOINTS = [
  addSite,
  addCreateMetadata,
  addCreateIssue,
  addReadIssue,
  addEditIssue,
  addTransitions,
  addComments,
  addRemoteLinks,
  addIssueProperties,
  addSearch,
] as const;

export function createSimulatedJira(context: VendorContext, options: SimulatedJiraOptions & { readonly url: string }): SimulatedJira {
  let searchLagMs = options.searchLagMs ?? 0;
  const state = createState(context, options.url, () => searchLagMs);

  const router = Router();
  addBrowse(router, state);
  router.use('/rest/api/2', createApi(state, 2));
  router.use('/rest/api/3', createApi(state, 3));
  answerErrors(router);

  const statusName = (issue: Issue) => getStatus(issue, issue.statusId).name;
  return {
    name: 'jira',
    router,
    issue: (idOrKey) => findIssue(state, idOrKey),
    issues: () => [...state.issues.values()],
    statusOf: (idOrKey) => {
      const issue = findIssue(state, idOrKey);
      return issue && statusName(issue);
    },
    transition(idOrKey, wanted, by = 'maya@example.test') {
      const issue = findIssue(state, idOrKey);
      if (!issue) throw new Error(`The simulated Jira has no issue ${idOrKey}.`);
      const transition = offeredTransitions(issue).find(({ to }) => getStatus(issue, to).name === wanted);
      if (!transition) throw new Error(`${idOrKey} cannot go from ${statusName(issue)} to ${wanted} in one step.`);
      moveIssue(state, issue, transition, transition.needsResolution === true ? 'Done' : undefined, by);
    },
    setSearchLag(ms) {
      searchLagMs = ms;
    },
    snapshot: () => ({
      issues: [...state.issues.values()].map((issue) => ({
        id: issue.id,
        key: issue.key,
        url: `${state.url}/browse/${issue.key}`,
        summary: issue.summary,
        description: issue.description === null ? '' : plainText(issue.description),
        status: statusName(issue),
        resolution: issue.resolution,
        labels: issue.labels,
        comments: issue.comments.map(({ body }) => plainText(body)),
        remoteLinks: issue.remoteLinks.map(({ content }) => content),
        properties: Object.fromEntries(issue.properties),
      })),
    }),
    close: () => Promise.resolve(),
  };
}

function createApi(state: JiraState, version: ApiVersion): Router {
  const api = Router();
  api.use(requireJson);
  for (const add of ENDPOINTS) add(api, state, version);
  return api;
}
