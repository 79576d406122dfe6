import type { ConnectorDefinition } from '../core/connector.ts';
import { jira } from './jira/index.ts';
import { mattermost } from './mattermost/index.ts';
import { pagerduty } from './pagerduty/index.ts';

/** Every connector, one line each. */
export const connectors = [mattermost, pagerduty, jira] satisfies readonly ConnectorDefinition[];
