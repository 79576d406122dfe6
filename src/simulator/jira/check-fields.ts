import { parseRichText } from './adf.ts';
import { JiraError } from './jira-error.ts';
import type { Issue, Project } from './model.ts';
import { PRIORITIES } from './seed.ts';
import { findUser, type ApiVersion } from './state.ts';
import { isRecord, readName, readText } from './read-value.ts';

export type FieldValues = Partial<Pick<Issue, 'summary' | 'description' | 'labels' | 'priority' | 'assigneeId'>>;

const MAX_SUMMARY = 255;
const MAX_TEXT = 32_767;

/** Turns the `fields` of a create or edit into values, or throws one 400 with a text for each bad field. */
export function checkFields(version: ApiVersion, project: Project, fields: Readonly<Record<string, unknown>>): FieldValues {
  const errors: Record<string, string> = {};
  const values: FieldValues = {};
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'project' || name === 'issuetype') continue;
    const problem = project.screen.includes(name) ? takeField(version, values, name, value) : notOnScreen(name);
    if (problem !== undefined) errors[name] = problem;
  }
  if (Object.keys(errors).length > 0) throw new JiraError(400, [], errors);
  return values;
}

const notOnScreen = (name: string) => `Field '${name}' cannot be set. It is not on the appropriate screen, or unknown.`;

function takeField(version: ApiVersion, values: FieldValues, name: string, value: unknown): string | undefined {
  switch (name) {
    case 'summary': {
      if (typeof value !== 'string' || value.trim() === '') return 'You must specify a summary of the issue.';
      if (value.length > MAX_SUMMARY) return `Summary must be less than ${MAX_SUMMARY} characters.`;
      if (/[\r\n]/.test(value)) return 'The summary is invalid because it contains newline characters.';
      values.summary = value;
      return undefined;
    }
    case 'description': {
      if (value === null) {
        values.description = null;
        return undefined;
      }
      const text = parseRichText(version, value);
      if (text === undefined)
        return version === 3
          ? 'Operation value must be an Atlassian Document (see the Atlassian Document Format)'
          : 'Operation value must be a string';
      if (typeof text === 'string' && text.length > MAX_TEXT)
        return `The entered text is too long. It exceeds the allowed limit of ${MAX_TEXT} characters.`;
      values.description = text;
      return undefined;
    }
    case 'labels':
      return takeLabels(values, value);
    case 'priority': {
      const priority = readName(value);
      if (priority === undefined || !PRIORITIES.includes(priority)) return 'The priority selected is invalid.';
      values.priority = priority;
      return undefined;
    }
    case 'assignee':
      return takeAssignee(values, value);
    default:
      return notOnScreen(name);
  }
}

function takeLabels(values: FieldValues, value: unknown): string | undefined {
  if (!Array.isArray(value)) return 'Operation value must be an array';
  const labels: string[] = [];
  for (const label of value) {
    if (typeof label !== 'string') return 'Operation value must be a string';
    const problem = labelProblem(label);
    if (problem !== undefined) return problem;
    labels.push(label);
  }
  values.labels = [...new Set(labels)];
  return undefined;
}

export function labelProblem(label: string): string | undefined {
  if (/\s/.test(label)) return `The label '${label}' contains spaces which is invalid.`;
  return label.length > 255 ? `The label '${label.slice(0, 20)}…' exceeds the maximum length of 255 characters.` : undefined;
}

function takeAssignee(values: FieldValues, value: unknown): string | undefined {
  const accountId = isRecord(value) ? readText(value['accountId'] ?? value['id']) : undefined;
  if (value !== null && (accountId === undefined || !findUser(accountId))) return 'The account cannot be assigned issues.';
  values.assigneeId = accountId ?? null;
  return undefined;
}
