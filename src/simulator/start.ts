import { createServer, type Server } from 'node:http';
import express from 'express';
import { systemClock } from '../core/clock.ts';
import { createControl } from './control.ts';
import { createFaults } from './faults.ts';
import { createSimulatedJira } from './jira/simulated-jira.ts';
import { openLedger } from './ledger.ts';
import { createSimulatedMattermost } from './mattermost/mattermost.ts';
import { createPage } from './page/page.ts';
import { createSimulatedPagerDuty } from './pagerduty/simulated-pagerduty.ts';
import { createRandom } from './random.ts';
import { readBody } from './read-body.ts';
import { createRequestLog } from './request-log.ts';
import type { Simulator, SimulatorOptions } from './simulator.ts';
import type { VendorContext, VendorName } from './vendor.ts';

export type { Simulator, SimulatorOptions } from './simulator.ts';

/** Starts PagerDuty, Jira and Mattermost as one HTTP server, with their page at `/` and the control API at `/control`. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const clock = options.clock ?? systemClock;
  const seed = options.seed ?? 1;
  const server = createServer();
  // The vendors put their own addresses into their answers, so the port must be known before they are made.
  const url = await listen(server, options.host ?? '127.0.0.1', options.port ?? 0);
  const ledger = openLedger(clock, options.ledgerFile);
  const requests = createRequestLog(clock);
  const faults = createFaults(createRandom(seed));
  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((listener) => listener());
  const contextOf = (name: VendorName, offset: number): VendorContext => ({
    clock,
    random: createRandom(seed + offset),
    record(entry) {
      ledger.record(name, entry);
      changed();
    },
    changed,
  });

  const pagerduty = createSimulatedPagerDuty(contextOf('pagerduty', 1), { url: `${url}/pagerduty`, ...options.pagerduty });
  const jira = createSimulatedJira(contextOf('jira', 2), { url: `${url}/jira`, ...options.jira });
  const mattermost = createSimulatedMattermost(contextOf('mattermost', 3), { ...options.mattermost });
  const vendors = [pagerduty, jira, mattermost];
  if (options.bridgeUrl !== undefined) {
    pagerduty.setWebhookTarget(`${options.bridgeUrl}/hooks/pagerduty`, options.pagerdutyWebhookSecrets ?? []);
  }

  const simulator: Simulator = {
    url,
    mattermost,
    pagerduty,
    jira,
    ledger: ledger.entries,
    requests: requests.entries,
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      faults.close();
      await Promise.all(vendors.map((vendor) => vendor.close()));
      await closeServer(server);
      ledger.close();
    },
  };

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  for (const vendor of vendors) {
    app.use(
      `/${vendor.name}`,
      ...readBody(),
      requests.handler(vendor.name),
      faults.handler(vendor.name, (request, kind) => requests.noteFault(request, kind)),
      vendor.router,
    );
  }
  app.use('/control', createControl(simulator, faults));
  app.use('/', createPage(simulator));
  server.on('request', app);
  return simulator;
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The simulator has no TCP address.'));
      else resolve(`http://${host}:${address.port}`);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    // Hanging answers (fault `hang`) and event streams would keep it open for ever.
    server.closeAllConnections();
  });
}
