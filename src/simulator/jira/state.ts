import type { VendorContext } from '../vendor.ts';
import { issueNotFound } from './jira-error.ts';
import type { Issue, JiraUser, Project, Status } from './model.ts';
import { PROJECTS, USERS } from './seed.ts';

export type ApiVersion = 2 | 3;

export interface JiraState {
  readonly context: VendorContext;
  /** The site's address, context path included. */
  readonly url: string;
  readonly searchLagMs: () => number;
  readonly issues: Map<string, Issue>;
  readonly issuesById: Map<string, Issue>;
  newId(): number;
  nextKey(project: Project): string;
}

export function createState(context: VendorContext, url: string, searchLagMs: () => number): JiraState {
  let id = 10_300;
  const numbers = new Map<string, number>();
  return {
    context,
    url,
    searchLagMs,
    issues: new Map(),
    issuesById: new Map(),
    newId: () => (id += 1),
    nextKey(project) {
      const number = (numbers.get(project.key) ?? 0) + 1;
      numbers.set(project.key, number);
      return `${project.key}-${number}`;
    },
  };
}

/** Keys are taken in any case. */
export function findIssue({ issues, issuesById }: JiraState, idOrKey: string): Issue | undefined {
  return issues.get(idOrKey.toUpperCase()) ?? issuesById.get(idOrKey);
}

export function getIssue(state: JiraState, idOrKey: string): Issue {
  const issue = findIssue(state, idOrKey);
  if (!issue) throw issueNotFound();
  return issue;
}

export function findProject(idOrKey: string): Project | undefined {
  return PROJECTS.find(({ id, key }) => id === idOrKey || key === idOrKey.toUpperCase());
}

export function findUser(accountId: string): JiraUser | undefined {
  return USERS.find((user) => user.accountId === accountId);
}

export function getStatus({ project }: Pick<Issue, 'project'>, id: string): Status {
  return project.workflow.statuses.find((status) => status.id === id) ?? project.workflow.statuses[0];
}

/** Jira's own form: `2026-03-11T09:14:02.311+0000`. */
export function now({ context }: JiraState): string {
  return context.clock.now().toISOString().replace('Z', '+0000');
}

/** Marks the issue as changed, and lets the search index learn of it after the lag. */
export function touch(state: JiraState, issue: Issue): void {
  issue.updated = now(state);
  const { summary, labels, statusId, updated } = issue;
  issue.index.push({ at: state.context.clock.now().getTime(), summary, labels, statusId, updated });
  state.context.changed();
}

/** The bridge's label, by which the ledger knows whose issue this is. */
export function markerOf(labels: readonly string[]): string {
  return labels.find((label) => label.startsWith('ib-')) ?? '';
}
