import type { Request, Response, Router } from 'express';
import { z } from 'zod';
import { readQuery } from '../read-query.ts';
import { callerId } from './caller.ts';
import { issueJson } from './issue-json.ts';
import { badRequest, JiraError } from './jira-error.ts';
import { parseJql } from './jql.ts';
import { checkClauses, indexed, matchIssue } from './match-issue.ts';
import type { Issue } from './model.ts';
import { splitList } from './read-issue.ts';
import type { ApiVersion, JiraState } from './state.ts';

const SearchBody = z.object({
  jql: z.string().default(''),
  fields: z.array(z.string()).default([]),
  properties: z.array(z.string()).max(5).default([]),
  maxResults: z.number().int().min(0).default(50),
  nextPageToken: z.string().optional(),
  expand: z.string().optional(),
  reconcileIssues: z.array(z.number().int()).max(50).default([]),
});
type Search = z.infer<typeof SearchBody>;

/** Token paging, ids alone unless `fields` is given, and an index that lags behind the writes. */
export function addSearch(router: Router, state: JiraState, version: ApiVersion): void {
  const answer = (request: Request, response: Response, value: unknown): void => {
    const parsed = SearchBody.safeParse(value);
    if (!parsed.success) throw badRequest('Invalid request payload. Refer to the REST API documentation and try again.');
    const search = parsed.data;
    const hits = callerId(request) === undefined ? [] : findHits(state, search);
    const start = readToken(search.nextPageToken);
    const end = start + Math.min(search.maxResults, 5000);
    const isLast = end >= hits.length;
    const issues = hits
      .slice(start, end)
      .map((issue) =>
        search.fields.length === 0 && search.properties.length === 0
          ? { id: issue.id }
          : issueJson(state, version, issue, search.fields, search.properties),
      );
    response.json({ issues, isLast, ...(isLast ? {} : { nextPageToken: Buffer.from(`from:${end}`).toString('base64url') }) });
  };
  router.post('/search/jql', (request, response) => answer(request, response, request.body));
  router.get('/search/jql', (request, response) => {
    const query = readQuery(request);
    const maxResults = query['maxResults']?.[0];
    answer(request, response, {
      jql: query['jql']?.[0],
      nextPageToken: query['nextPageToken']?.[0],
      ...(maxResults === undefined ? {} : { maxResults: Number(maxResults) }),
      fields: splitList(query['fields'] ?? []),
      properties: splitList(query['properties'] ?? []),
    });
  });
  router.post('/search/approximate-count', (request, response) => {
    const parsed = SearchBody.safeParse(request.body);
    if (!parsed.success) throw badRequest('Invalid request payload. Refer to the REST API documentation and try again.');
    response.json({ count: findHits(state, parsed.data).length });
  });
  const gone = () => {
    throw new JiraError(410, [
      `The requested API has been removed. Please migrate to the /rest/api/${version}/search/jql API. A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046`,
    ]);
  };
  router.get('/search', gone);
  router.post('/search', gone);
}

/** Newest first, as Jira orders when nobody asks otherwise. `reconcileIssues` are seen as they are now. */
function findHits(state: JiraState, search: Search): Issue[] {
  const clauses = parseJql(search.jql);
  checkClauses(clauses);
  const now = state.context.clock.now();
  const isHit = (issue: Issue) => {
    const fresh = search.reconcileIssues.includes(Number(issue.id));
    const entry = indexed(issue, now.getTime() - (fresh ? 0 : state.searchLagMs()));
    return entry !== undefined && matchIssue(issue, entry, clauses, now);
  };
  return [...state.issues.values()].filter(isHit).reverse();
}

function readToken(token: string | undefined): number {
  if (token === undefined) return 0;
  const offset = /^from:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1];
  if (offset === undefined) throw badRequest('The provided next page token is invalid or expired.');
  return Number(offset);
}
