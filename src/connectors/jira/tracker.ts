import type { Clock } from '../../core/clock.ts';
import type { Log } from '../../core/log.ts';
import type { Tracker } from '../../core/ports.ts';
import { VendorRefusal } from '../vendor-error.ts';
import type { JiraClient } from './client.ts';
import { createIssueCreation, type IssueDefaults } from './create-issue.ts';
import { createIssueTransition, isDone } from './transition-issue.ts';

/** Jira as the Tracker port. */
export function createTracker(options: { client: JiraClient; clock: Clock; log: Log; settings: IssueDefaults }): Tracker {
  const { client } = options;
  return {
    createIssue: createIssueCreation(options),
    transitionIssue: createIssueTransition(client),
    async readStatus(issueId, signal) {
      try {
        const status = await client.readStatus(issueId, signal);
        return { status: status.name, done: isDone(status) };
      } catch (error) {
        if (error instanceof VendorRefusal && error.status === 404) return undefined;
        throw error;
      }
    },
  };
}
