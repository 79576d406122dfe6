import { defineConnector } from '../../core/connector.ts';
import { createConnection } from '../connection.ts';
import { createPagerDutyClient } from './client.ts';
import { PagerDutySettings } from './config.ts';
import { createHealth } from './health.ts';
import { createPager } from './pager.ts';
import { identifyPagerDuty, parsePagerDuty } from './parse-event.ts';
import { parseSecrets, verifyPagerDuty } from './verify.ts';

/** PagerDuty: V3 webhooks in, incidents and on-call people out. */
export const pagerduty = defineConnector({
  id: 'pagerduty',
  label: 'PagerDuty',
  settings: PagerDutySettings,
  create(settings, { clock, log }) {
    const connection = createConnection({ id: 'pagerduty', concurrency: settings.concurrency, clock, log });
    const client = createPagerDutyClient({ ...settings, connection, clock });
    const secrets = parseSecrets(settings.webhookSecret);
    return {
      ingest: { secrets, verify: verifyPagerDuty, identify: identifyPagerDuty, parse: parsePagerDuty },
      pager: createPager({ client, clock, from: settings.from }),
      health: createHealth(settings, secrets, client, clock),
      connection: connection.state,
      close: client.close,
    };
  },
});
