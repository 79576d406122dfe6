import type { Clock } from '../../core/clock.ts';
import type { HealthFinding } from '../../core/connector.ts';
import { look, lookAtClock } from '../health.ts';
import type { PagerDutyClient } from './client.ts';
import type { PagerDutySettings } from './config.ts';

/** What `doctor` asks of PagerDuty. */
export function createHealth(settings: PagerDutySettings, secrets: readonly string[], client: PagerDutyClient, clock: Clock) {
  return async function health(signal: AbortSignal): Promise<readonly HealthFinding[]> {
    const findings: HealthFinding[] = [];
    let date: string | undefined;
    let emails: readonly string[] | undefined;
    // An account key has no user of its own to ask for, so one search shows both that the key is good and that the user exists.
    findings.push(
      await look('credentials', 'Check PAGERDUTY_API_URL (EU accounts have another) and PAGERDUTY_TOKEN.', async () => {
        const answer = await client.searchUsers(settings.from, signal);
        date = answer.date;
        emails = answer.users.map((user) => user.email.toLowerCase());
        return 'the API key is accepted';
      }),
    );
    if (emails) {
      const known = emails.includes(settings.from.toLowerCase());
      findings.push({
        ok: known,
        what: `user ${settings.from}`,
        message: known ? 'found' : 'no user of the account has this address',
        advice: known ? '' : 'Set PAGERDUTY_FROM to the login address of a PagerDuty user.',
      });
    }
    findings.push({
      ok: secrets.length > 0,
      what: 'webhook secret',
      message: secrets.length > 0 ? `${secrets.length} configured` : 'none configured: the webhook door answers 503',
      advice: secrets.length > 0 ? '' : 'Set PAGERDUTY_WEBHOOK_SECRET to the secret shown when the V3 webhook subscription was made.',
    });
    const clockFinding = lookAtClock(date, clock);
    if (clockFinding) findings.push(clockFinding);
    return findings;
  };
}
