import type { Clock } from '../../core/clock.ts';
import type { HealthFinding } from '../../core/connector.ts';
import { look, lookAtClock } from '../health.ts';
import type { JiraClient } from './client.ts';
import type { JiraSettings } from './config.ts';

/** What `doctor` asks of Jira. */
export function createHealth(settings: JiraSettings, client: JiraClient, clock: Clock) {
  return async function health(signal: AbortSignal): Promise<readonly HealthFinding[]> {
    const advice = 'Check JIRA_URL, JIRA_EMAIL, JIRA_TOKEN (Cloud tokens expire after a year at most) and JIRA_AUTH.';
    const credentials = await look('credentials', advice, async () => {
      const me = await client.readMyself(signal);
      const name = me.displayName ?? me.name ?? me.accountId;
      // Wrong credentials may pass as nobody: Jira then answers 200 with less in it.
      if (!me.accountId && !me.name) return { ok: false, what: 'credentials', message: 'Jira sees us as anonymous', advice };
      return `signed in as ${name ?? 'unknown'}`;
    });
    const findings = [credentials];
    if (credentials.ok) {
      let types: readonly string[] | undefined;
      const projectAdvice = 'Set JIRA_PROJECT to a project key, and give the account Browse and Create permission there.';
      findings.push(
        await look(`project ${settings.project}`, projectAdvice, async () => {
          const project = await client.readProject(settings.project, signal);
          types = project.issueTypes?.flatMap(({ id, name }) => [id, name.toLowerCase()]);
          return `found, ${project.name ?? settings.project}`;
        }),
      );
      if (types) {
        const known = types.includes(settings.issueType.toLowerCase());
        findings.push({
          ok: known,
          what: `issue type ${settings.issueType}`,
          message: known ? 'found' : 'the project has no such issue type',
          advice: known ? '' : 'Set JIRA_ISSUE_TYPE to a name or id of an issue type of the project.',
        });
      }
    }
    const clockFinding = lookAtClock(client.lastDate(), clock);
    if (clockFinding) findings.push(clockFinding);
    return findings;
  };
}
