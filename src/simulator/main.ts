import { startSimulator } from './start.ts';

/** `node src/simulator/main.ts [port]`: the simulated vendors as a program of their own. */
const port = Number(process.argv[2] ?? process.env['PORT'] ?? 8090);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  console.error('The port must be a number from 0 to 65535: give it as the first argument or in PORT.');
  process.exit(1);
}
const bridgeUrl = process.env['BRIDGE_URL'];
const secrets = (process.env['PAGERDUTY_WEBHOOK_SECRETS'] ?? '').split(',').filter((secret) => secret !== '');
const ledgerFile = process.env['LEDGER_FILE'];
const simulator = await startSimulator({
  port,
  pagerdutyWebhookSecrets: secrets,
  ...(bridgeUrl === undefined ? {} : { bridgeUrl }),
  ...(ledgerFile === undefined ? {} : { ledgerFile }),
});
console.log(`page        ${simulator.url}/`);
for (const vendor of [simulator.pagerduty, simulator.jira, simulator.mattermost])
  console.log(`${vendor.name.padEnd(11)} ${simulator.url}/${vendor.name}`);

const stop = () => {
  simulator.close().then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
