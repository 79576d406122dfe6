import { z } from 'zod';
import type { SettingMeta } from '../../core/connector.ts';

/** What the administrator sets for PagerDuty. */
export const PagerDutySettings = z.object({
  token: z
    .string()
    .min(1)
    .meta({
      env: 'PAGERDUTY_TOKEN',
      label: 'API key',
      help: 'REST API key with write access (Integrations > API Access Keys > Create New API Key).',
      secret: true,
    } satisfies SettingMeta),
  from: z.email().meta({
    env: 'PAGERDUTY_FROM',
    label: 'Service user',
    help: 'E-mail address of the PagerDuty user in whose name the bridge acts when the presser has no account there. Best a user of its own.',
  } satisfies SettingMeta),
  apiUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://api.pagerduty.com')
    .meta({
      env: 'PAGERDUTY_API_URL',
      label: 'REST API address',
      help: 'https://api.eu.pagerduty.com in the EU service region.',
    } satisfies SettingMeta),
  eventsUrl: z
    .url({ protocol: /^https?$/ })
    .default('https://events.pagerduty.com')
    .meta({
      env: 'PAGERDUTY_EVENTS_URL',
      label: 'Events API address',
      help: 'https://events.eu.pagerduty.com in the EU service region.',
    } satisfies SettingMeta),
  routingKey: z
    .string()
    .length(32)
    .optional()
    .meta({
      env: 'PAGERDUTY_ROUTING_KEY',
      label: 'Routing key',
      help: 'Integration key of the service in which the bridge opens incidents (Events API v2). Only needed for that.',
      secret: true,
    } satisfies SettingMeta),
  webhookSecret: z
    .string()
    .optional()
    .meta({
      env: 'PAGERDUTY_WEBHOOK_SECRET',
      label: 'Webhook secret',
      help: 'Shown once when the V3 webhook subscription is made. Several, separated by commas, while rotating. Without it the door answers 503.',
      secret: true,
    } satisfies SettingMeta),
  concurrency: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(32)
    .meta({
      env: 'PAGERDUTY_CONCURRENCY',
      label: 'Calls at the same time',
      help: 'How many calls one process makes to PagerDuty at the same time.',
    } satisfies SettingMeta),
});
export type PagerDutySettings = z.infer<typeof PagerDutySettings>;
