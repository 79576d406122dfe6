import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startApp, type App } from '../app.ts';
import { systemClock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import { startSimulator, type Simulator } from '../simulator/start.ts';
import { print, tell, type Command } from './command.ts';
import { createLog } from './create-log.ts';
import { portOrAny } from './port-or-any.ts';
import { playDemo } from './play-demo.ts';
import { readConfig } from './read-config.ts';
import { simulatedSettings } from './simulate.ts';
import { untilStopped } from './until-stopped.ts';

const SECRET = 'simulated-webhook-secret';
const PASSWORD = 'demo-night-watch';

export const demo: Command = {
  name: 'demo',
  usage: 'demo [--once] [--json]',
  summary: 'The main job on simulated vendors, on the embedded database. --once: play it through and end.',
  async run(args) {
    const { values } = parseArgs({
      args: [...args],
      options: { once: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
      strict: true,
    });
    const began = performance.now();
    // A folder of its own for each demo: it leaves nothing behind and meets nobody else's data.
    const dataDir = mkdtempSync(join(tmpdir(), 'incident-bridge-demo-'));
    try {
      return await inFolder(dataDir, values, began);
    } catch (error) {
      if (!values.json) throw error;
      print(JSON.stringify({ ok: false, reasons: [messageOf(error)], durationMs: Math.round(performance.now() - began) }));
      return 1;
    } finally {
      rmSync(dataDir, { recursive: true, force: true });
    }
  },
};

async function inFolder(dataDir: string, values: { readonly once: boolean; readonly json: boolean }, began: number): Promise<number> {
  if (!values.json)
    tell('Starting: an embedded database (a few seconds the first time), simulated PagerDuty, Jira and Mattermost, and the bridge …');
  const simulator = await startSimulator({
    pagerdutyWebhookSecrets: [SECRET],
    port: values.once ? 0 : await portOrAny(Number(process.env['SIMULATOR_PORT'] ?? 8090)),
  });
  let app: App | undefined;
  try {
    app = await startBridge(dataDir, simulator, values.once);
    simulator.pagerduty.setWebhookTarget(`${app.publicUrl}/hooks/pagerduty`, [SECRET]);
    if (values.once) return await once(simulator, app, values.json, began);
    print(
      [
        '',
        `  Simulated chat and PagerDuty   ${simulator.url}`,
        `  Console                        ${app.publicUrl}   (user admin, password ${PASSWORD})`,
        '',
        '  Trigger an incident in the PagerDuty panel, then press Acknowledge and Resolve in the chat, or in PagerDuty. Ctrl+C ends it.',
      ].join('\n'),
    );
    await untilStopped();
    return 0;
  } finally {
    await app?.stop();
    await simulator.close();
  }
}

async function startBridge(dataDir: string, simulator: Simulator, anyPort: boolean): Promise<App> {
  const env = {
    PORT: anyPort ? '0' : String(await portOrAny(Number(process.env['PORT'] ?? 3000))),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    ADMIN_PASSWORD: PASSWORD,
    LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'error',
    ...simulatedSettings(simulator.url, SECRET),
  };
  const config = readConfig('all', undefined, env);
  return await startApp({
    config,
    clock: systemClock,
    log: createLog(config.LOG_LEVEL),
    printOnce: tell,
    onFatal: tell,
    simulatedChatUrl: simulator.url,
  });
}

async function once(simulator: Simulator, app: App, json: boolean, began: number): Promise<number> {
  const result = { ...(await playDemo(simulator, app)), durationMs: Math.round(performance.now() - began) };
  if (json) print(JSON.stringify(result));
  else {
    for (const effect of result.effects) print(`  ${effect.vendor.padEnd(10)} ${effect.effect.padEnd(22)} ${effect.subject}`);
    print(
      result.ok
        ? `The run finished: ${result.run.title} (${result.run.step}), ${result.durationMs} ms in all.`
        : `It did not work: ${result.reasons.join('; ')}`,
    );
  }
  return result.ok ? 0 : 1;
}
