import { parseArgs } from 'node:util';
import { startSimulator } from '../simulator/start.ts';
import { print, type Command } from './command.ts';
import { untilStopped } from './until-stopped.ts';

export const simulate: Command = {
  name: 'simulate',
  usage: 'simulate [--port 8090] [--bridge http://localhost:3000] [--secret s]',
  summary: 'Run simulated PagerDuty, Jira and Mattermost, with a page to press buttons on.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: {
        port: { type: 'string', default: '8090' },
        bridge: { type: 'string' },
        secret: { type: 'string', default: 'simulated-webhook-secret' },
      },
      strict: true,
    });
    const simulator = await startSimulator({
      port: Number(values.port),
      pagerdutyWebhookSecrets: [values.secret],
      ...(values.bridge === undefined ? {} : { bridgeUrl: values.bridge }),
    });
    print(`Simulated chat, PagerDuty and Jira: ${simulator.url}`);
    for (const [name, value] of Object.entries(simulatedSettings(simulator.url, values.secret))) print(`  ${name}=${value}`);
    await untilStopped();
    await simulator.close();
    return 0;
  },
};

/** The settings with which the bridge finds the simulated vendors. */
export function simulatedSettings(url: string, secret: string): Record<string, string> {
  return {
    MATTERMOST_URL: `${url}/mattermost`,
    MATTERMOST_TOKEN: 'simulated-mattermost-token',
    MATTERMOST_TEAM: 'ops',
    PAGERDUTY_API_URL: `${url}/pagerduty`,
    PAGERDUTY_EVENTS_URL: `${url}/pagerduty`,
    PAGERDUTY_TOKEN: 'simulated-pagerduty-token',
    PAGERDUTY_FROM: 'incident-bridge@example.test',
    PAGERDUTY_WEBHOOK_SECRET: secret,
    JIRA_URL: `${url}/jira`,
    JIRA_EMAIL: 'bridge@example.test',
    JIRA_TOKEN: 'simulated-jira-token',
    JIRA_PROJECT: 'OPS',
  };
}
