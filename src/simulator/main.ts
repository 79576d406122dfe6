import { startSimulator } from './start.ts';

/** `node src/simulator/main.ts [port]`: the simulated vendors as a program of their own. */
const port = Number(process.argv[2] ?? process.env['PORT'] ?? 8090);
if (!Number.isInteger(port) || port < 0 || port > 65_535) {
  process.stderr.write('The port must be a number from 0 to 65535: give it as the first argument or in PORT.\n');
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
process.stdout.write(`page        ${simulator.url}/\n`);
for (const vendor of [simulator.pagerduty, simulator.jira, simulator.mattermost])
  process.stdout.write(`${vendor.name.padEnd(11)} ${simulator.url}/${vendor.name}\n`);

const stop = () => {
  simulator.close().then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exit(1);
    },
  );
};
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
