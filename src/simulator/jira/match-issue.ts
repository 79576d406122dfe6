import { badRequest } from './jira-error.ts';
import type { Clause } from './jql.ts';
import type { IndexEntry, Issue } from './model.ts';
import { findProject, getStatus } from './state.ts';

/** What the index knew of the issue `lag` ago; undefined: it has not seen it yet. */
export function indexed(issue: Issue, until: number): IndexEntry | undefined {
  return issue.index.findLast(({ at }) => at <= until);
}

export function matchIssue(issue: Issue, entry: IndexEntry, clauses: readonly Clause[], now: Date): boolean {
  return clauses.every((clause) => matchClause(issue, entry, clause, now));
}

/** Refuses what Jira refuses before it looks at any issue. */
export function checkClauses(clauses: readonly Clause[]): void {
  if (clauses.length === 0) throw badRequest('Unbounded JQL queries are not allowed here. Please add a search restriction to your query.');
  for (const { field, values } of clauses) {
    if (field !== 'project') continue;
    const unknown = values.find((value) => !findProject(value));
    if (unknown !== undefined) throw badRequest(`The value '${unknown}' does not exist for the field 'project'.`);
  }
}

function matchClause(issue: Issue, entry: IndexEntry, clause: Clause, now: Date): boolean {
  const { field, operator, values } = clause;
  const among = (...own: readonly string[]) => {
    const hit = own.some((value) => values.some((wanted) => wanted.toLowerCase() === value.toLowerCase()));
    if (operator === '=' || operator === 'in') return hit;
    // Jira's `!=` does not find issues in which the field is empty.
    if (operator === '!=' || operator === 'not in') return own.length > 0 && !hit;
    throw badRequest(`The operator '${operator}' is not supported by the '${field}' field.`);
  };
  const status = getStatus(issue, entry.statusId);
  switch (field) {
    case 'project':
      return among(issue.project.key, issue.project.id, issue.project.name);
    case 'labels':
      return among(...entry.labels);
    case 'key':
    case 'issuekey':
    case 'issue':
    case 'id':
      return among(issue.key, issue.id);
    case 'status':
      return among(status.name, status.id);
    case 'statuscategory':
      return among(status.category, CATEGORY_NAMES[status.category]);
    case 'summary':
      return entry.summary.toLowerCase().includes((values[0] ?? '').toLowerCase());
    case 'created':
      return matchTime(issue.created, clause, now);
    case 'updated':
    case 'updateddate':
      return matchTime(entry.updated, clause, now);
    default:
      throw badRequest(`Field '${field}' does not exist or you do not have permission to view it.`);
  }
}

const CATEGORY_NAMES = { new: 'To Do', indeterminate: 'In Progress', done: 'Done' } as const;
const UNITS_MS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function matchTime(own: string, { operator, values, field }: Clause, now: Date): boolean {
  const text = values[0] ?? '';
  const relative = /^(-?\d+)([mhdw])$/.exec(text);
  const wanted = relative
    ? now.getTime() + Number(relative[1]) * (UNITS_MS[relative[2] ?? ''] ?? 0)
    : Date.parse(/^\d{4}[-/]\d\d?[-/]\d\d?( \d\d:\d\d)?$/.test(text) ? `${text.replaceAll('/', '-')} UTC` : '');
  if (Number.isNaN(wanted)) {
    throw badRequest(
      `Date value '${text}' for field '${field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'.`,
    );
  }
  const time = Date.parse(own.replace('+0000', 'Z'));
  if (operator === '>=') return time >= wanted;
  if (operator === '<=') return time <= wanted;
  if (operator === '>') return time > wanted;
  if (operator === '<') return time < wanted;
  throw badRequest(`The operator '${operator}' is not supported by the '${field}' field here.`);
}
