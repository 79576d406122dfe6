import type { Clock } from '../../core/clock.ts';
import type { HealthFinding } from '../../core/connector.ts';
import { look, lookAtClock } from '../health.ts';
import type { MattermostClient } from './client.ts';
import type { MattermostSettings } from './config.ts';

/** What `doctor` asks of Mattermost. */
export function createHealth(settings: MattermostSettings, client: MattermostClient, clock: Clock) {
  return async function health(signal: AbortSignal): Promise<readonly HealthFinding[]> {
    let botId: string | undefined;
    let date: string | undefined;
    let teamId: string | undefined;
    const findings: HealthFinding[] = [];
    findings.push(
      await look('credentials', 'Check MATTERMOST_URL and MATTERMOST_TOKEN; the bot account must be enabled.', async () => {
        const me = await client.readMe(signal);
        botId = me.user.id;
        date = me.date;
        return `signed in as ${me.user.username}`;
      }),
    );
    if (botId === undefined) return findings;
    const bot = botId;
    findings.push(
      await look(
        `team ${settings.team}`,
        'Set MATTERMOST_TEAM to the team name in the address, and add the bot to that team.',
        async () => {
          const team = await client.readTeam(settings.team, signal);
          teamId = team.id;
          return `found, ${team.display_name || team.name}`;
        },
      ),
    );
    if (teamId !== undefined) {
      const team = teamId;
      const advice = `Create the channel ${settings.incidentsChannel} in team ${settings.team} (or set MATTERMOST_INCIDENTS_CHANNEL) and invite the bot to it.`;
      findings.push(
        await look(`channel ${settings.incidentsChannel}`, advice, async () => {
          const channel = await client.readChannelByName(team, settings.incidentsChannel, signal, false);
          await client.readMember(channel.id, bot, signal);
          return 'found, and the bot is in it';
        }),
      );
    }
    const clockFinding = lookAtClock(date, clock);
    if (clockFinding) findings.push(clockFinding);
    return findings;
  };
}
