import { defineConnector } from '../../core/connector.ts';
import { createConnection } from '../connection.ts';
import { createJiraClient } from './client.ts';
import { JiraSettings } from './config.ts';
import { createHealth } from './health.ts';
import { createTracker } from './tracker.ts';

/** Jira, Cloud and Data Center: issues. */
export const jira = defineConnector({
  id: 'jira',
  label: 'Jira',
  settings: JiraSettings,
  create(settings, { clock, log }) {
    const connection = createConnection({ id: 'jira', concurrency: settings.concurrency, clock, log });
    const client = createJiraClient({ ...settings, connection, clock });
    return {
      tracker: createTracker({ client, clock, log, settings }),
      health: createHealth(settings, client, clock),
      connection: connection.state,
      close: client.close,
    };
  },
});
