import { once } from 'node:events';
import type { Server } from 'node:http';
import express from 'express';
import type { Queue } from 'bullmq';
import { systemClock } from '../../src/core/clock.ts';
import { createConsole } from '../../src/console/create-console.ts';
import type { CommandAnswer, ConsoleStatus, RunCommand } from '../../src/console/deps.ts';
import { createConsoleReads } from '../../src/store/console-reads.ts';
import type { Database } from '../../src/store/database.ts';
import { createAccounts } from '../../src/store/sessions.ts';
import { createRecordingLog } from '../support/log.ts';
import type { RecordingLog } from '../support/log.ts';
import { openTestDatabase } from '../support/database.ts';

export const PASSWORD = 'violet harbour 42 otter';

export interface TestConsole {
  readonly database: Database;
  readonly url: string;
  readonly log: RecordingLog;
  readonly printed: string[];
  readonly commands: RunCommand[];
  readonly replays: { deliveryId: string; by: string }[];
  /** What `operate` and `replay` answer. */
  answer: CommandAnswer;
  status: ConsoleStatus;
  close(): Promise<void>;
}

export interface TestConsoleOptions {
  readonly database?: Database;
  readonly adminPassword?: string | undefined;
  /** Another public address than the one it really listens at. */
  readonly publicUrl?: string;
  readonly simulatedChatUrl?: string;
  readonly boardQueues?: (database: Database) => readonly Queue[];
  /** Addresses of proxies whose X-Forwarded-For is believed; none by default (SEC7). */
  readonly trustProxy?: string;
}

const calmStatus: ConsoleStatus = {
  mode: 'embedded',
  database: 'PGlite (embedded)',
  warnings: ['The embedded database does not survive a power cut for certain. Set DATABASE_URL for that.'],
  connectors: ['Mattermost', 'PagerDuty', 'Jira'].map((label) => ({
    id: label.toLowerCase(),
    label,
    connection: { circuit: 'closed', pausedBecause: undefined, inFlight: 0 },
  })),
};

/** The real router on a real port with the embedded database; commands are recorded. */
export async function startConsole(options: TestConsoleOptions = {}): Promise<TestConsole> {
  const database = options.database ?? (await openTestDatabase('embedded'));
  const log = createRecordingLog();
  const app = express();
  if (options.trustProxy !== undefined) app.set('trust proxy', options.trustProxy);
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${portOf(server)}`;
  const running: TestConsole = {
    database,
    url,
    log,
    printed: [],
    commands: [],
    replays: [],
    answer: { accepted: true },
    status: calmStatus,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      if (options.database === undefined) await database.close();
    },
  };
  app.use(
    await createConsole({
      reads: createConsoleReads(database),
      accounts: createAccounts(database),
      clock: systemClock,
      log,
      publicUrl: options.publicUrl ?? url,
      adminPassword: 'adminPassword' in options ? options.adminPassword : PASSWORD,
      printOnce: (text) => void running.printed.push(text),
      boardQueues: options.boardQueues?.(database) ?? [],
      operate: (command) => Promise.resolve((running.commands.push(command), running.answer)),
      runPlaybook: () => Promise.resolve({ accepted: true }),
      replay: (deliveryId, by) => Promise.resolve((running.replays.push({ deliveryId, by }), running.answer)),
      status: () => Promise.resolve(running.status),
      simulatedChatUrl: options.simulatedChatUrl,
    }).catch(async (error: unknown) => {
      await running.close();
      throw error;
    }),
  );
  return running;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the test server has no port');
  return address.port;
}

/** Logs in and returns the cookie (`ib=…`). */
export async function logIn(console: Pick<TestConsole, 'url'>, password = PASSWORD): Promise<string> {
  const response = await postJson(`${console.url}/api/v1/login`, { username: 'admin', password });
  if (response.status !== 200) throw new Error(`login answered ${response.status}: ${await response.text()}`);
  return cookieOf(response);
}

export function cookieOf(response: Response): string {
  return response.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

/** A POST as a page of ours would send it. */
export function postJson(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/json', Origin: new URL(url).origin, ...headers },
    body: JSON.stringify(body),
  });
}

export async function getJson(url: string, cookie: string): Promise<unknown> {
  const response = await fetch(url, { headers: { Cookie: cookie } });
  if (response.status !== 200) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return await response.json();
}
