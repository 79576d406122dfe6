import { z } from 'zod';
import type { SettingMeta } from '../../core/connector.ts';

/** What the administrator sets for Jira. */
export const JiraSettings = z.object({
  url: z.url({ protocol: /^https?$/ }).meta({
    env: 'JIRA_URL',
    label: 'Jira address',
    help: 'https://<site>.atlassian.net, or the address of your Data Center with its path if it has one.',
  } satisfies SettingMeta),
  token: z
    .string()
    .min(1)
    .meta({
      env: 'JIRA_TOKEN',
      label: 'API token',
      help: 'Cloud: an API token of the bridge’s account (they expire after a year at most). Data Center: a personal access token.',
      secret: true,
    } satisfies SettingMeta),
  project: z
    .string()
    .min(1)
    .meta({
      env: 'JIRA_PROJECT',
      label: 'Project',
      help: 'Key of the project where issues are opened unless the playbook names another, e.g. OPS.',
    } satisfies SettingMeta),
  email: z
    .email()
    .optional()
    .meta({
      env: 'JIRA_EMAIL',
      label: 'Account',
      help: 'E-mail address of the account that the API token belongs to. Needed with basic authentication (Cloud).',
    } satisfies SettingMeta),
  auth: z
    .enum(['basic', 'bearer'])
    .default('basic')
    .meta({
      env: 'JIRA_AUTH',
      label: 'Authentication',
      help: 'basic: e-mail address and API token (Cloud). bearer: personal access token (Data Center).',
    } satisfies SettingMeta),
  apiVersion: z
    .enum(['2', '3'])
    .default('2')
    .meta({
      env: 'JIRA_API_VERSION',
      label: 'API version',
      help: '2 works with Cloud and Data Center. 3 exists on Cloud only.',
    } satisfies SettingMeta),
  issueType: z
    .string()
    .min(1)
    .default('Task')
    .meta({
      env: 'JIRA_ISSUE_TYPE',
      label: 'Issue type',
      help: 'Name or id of the issue type used unless the playbook names another.',
    } satisfies SettingMeta),
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(64)
    .default(4)
    .meta({
      env: 'JIRA_CONCURRENCY',
      label: 'Calls at the same time',
      help: 'How many calls one process makes to Jira at the same time. Cloud limits bursts per site.',
    } satisfies SettingMeta),
  searchLag: z.coerce
    .number()
    .min(0)
    .max(3600)
    .default(120)
    .meta({
      env: 'JIRA_SEARCH_LAG',
      label: 'Search lag (seconds)',
      help: 'How long after a creation of unknown outcome an empty search is not believed. Shorter risks a second issue.',
    } satisfies SettingMeta),
});
export type JiraSettings = z.infer<typeof JiraSettings>;
