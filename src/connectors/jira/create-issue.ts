import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { Issue, IssueInput, Tracker } from '../../core/ports.ts';
import { InDoubtError } from '../../core/errors.ts';
import { createCache } from '../cache.ts';
import { VendorRefusal } from '../vendor-error.ts';
import { textToAdf } from './adf.ts';
import type { JiraClient } from './client.ts';
import type { JiraSettings } from './config.ts';

/** The entity property that confirms what the label claims. Searches go by the label: plain clients can't search properties. */
const PROPERTY = 'incident-bridge';
/** Fields an issue may do without when the project's create screen lacks them. Labels are not among them: they carry the marker. */
const DROPPABLE: ReadonlySet<string> = new Set(['priority', 'description']);
/** When to look after a creation of unknown outcome, as parts of the lag: 5, 15, 45 and 120 s of 120. */
const LOOKS_AT = [5 / 120, 15 / 120, 45 / 120, 1];

export type IssueDefaults = Pick<JiraSettings, 'url' | 'project' | 'issueType' | 'apiVersion' | 'searchLag'>;

export function createIssueCreation(options: {
  client: JiraClient;
  clock: Clock;
  log: Log;
  settings: IssueDefaults;
}): Tracker['createIssue'] {
  const { client, clock, log, settings } = options;
  const base = settings.url.replace(/\/+$/, '');
  const lagMs = settings.searchLag * 1000;
  /** When this process last sent a creation whose outcome it didn't learn: a later attempt starts the lag anew. */
  const doubts = createCache<number>({ clock, ttlMs: Math.max(lagMs, 1) * 2, maxEntries: 10_000 });

  function toIssue({ id, key }: { id: string; key: string }): Issue {
    return { id, key, url: `${base}/browse/${key}` };
  }

  function fieldsFor(input: IssueInput, marker: string): Record<string, unknown> {
    return {
      project: named(input.project ?? settings.project, 'key'),
      issuetype: named(input.issueType ?? settings.issueType, 'name'),
      // One line, at most 255.
      summary: cut(input.summary.replace(/\s+/g, ' ').trim(), 255),
      ...(input.description !== '' && { description: describe(input.description) }),
      labels: [...new Set([...input.labels.map(toLabel).filter((label) => label !== ''), marker])],
      ...(input.priority !== undefined && input.priority !== '' && { priority: named(input.priority, 'name') }),
    };
  }

  function describe(text: string): unknown {
    const cutText = cut(text, 32_767);
    return settings.apiVersion === '3' ? textToAdf(cutText) : cutText;
  }

  async function send(fields: Record<string, unknown>, marker: string, signal: AbortSignal): Promise<Issue> {
    try {
      return toIssue(await client.createIssue({ fields, properties: [{ key: PROPERTY, value: { marker } }] }, signal));
    } catch (error) {
      if (error instanceof InDoubtError) doubts.set(marker, clock.now().getTime());
      throw error;
    }
  }

  return {
    async call(input, { marker, signal }) {
      const fields = fieldsFor(input, marker);
      try {
        return await send(fields, marker, signal);
      } catch (error) {
        if (!(error instanceof VendorRefusal) || error.status !== 400 || error.fields.length === 0) throw error;
        if (!error.fields.every((field) => DROPPABLE.has(field) && field in fields)) throw error;
        log.warn({ connector: 'jira', dropped: error.fields }, 'fields missing on the create screen were left out');
        const dropped = new Set(error.fields);
        return send(Object.fromEntries(Object.entries(fields).filter(([field]) => !dropped.has(field))), marker, signal);
      }
    },

    async reconcile(input, { marker, signal, intendedAt, now }) {
      const project = input.project ?? settings.project;
      const found = await client.search(`project = ${quote(project)} AND labels = ${quote(marker)}`, signal);
      const first = found.toSorted((a, b) => Number(a.id) - Number(b.id))[0];
      if (first) {
        if (found.length > 1) {
          log.error(
            { connector: 'jira', marker, issues: found.map(({ key }) => key) },
            'one creation left several issues: close all but the first',
          );
        }
        return { answer: 'found', output: toIssue(first) };
      }
      const doubtedAt = await doubts.peek(marker);
      const sinceIntent = now.getTime() - intendedAt.getTime();
      const elapsed = doubtedAt === undefined ? sinceIntent : Math.min(sinceIntent, clock.now().getTime() - doubtedAt);
      // The search index lags behind writes, so an empty answer is believed only after the lag.
      const next = LOOKS_AT.map((part) => part * lagMs).find((at) => at > elapsed);
      return next === undefined ? { answer: 'absent' } : { answer: 'unknown', retryAfterMs: Math.ceil(next - elapsed) };
    },
  };
}

/** Ids are safer than names, which can be renamed and translated: a number is taken for one. */
function named(value: string, word: 'key' | 'name'): Record<string, string> {
  return /^\d+$/.test(value) ? { id: value } : { [word]: value };
}

/** Jira refuses spaces in labels. */
function toLabel(label: string): string {
  return label.trim().replace(/\s+/g, '-').slice(0, 255);
}

/** The one place where a value goes into JQL. */
function quote(value: string): string {
  return `"${value.replace(/[\\"]/g, '\\$&')}"`;
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
