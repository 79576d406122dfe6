import type { Server } from 'node:http';
import express from 'express';
import { z } from 'zod';
import type { Clock } from '../../src/core/clock.ts';
import {
  createSimulatedMattermost,
  type SimulatedMattermost,
  type SimulatedMattermostOptions,
} from '../../src/simulator/mattermost/mattermost.ts';
import { createRandom } from '../../src/simulator/random.ts';

export interface Recorded {
  readonly effect: string;
  readonly marker: string;
  readonly subject: string;
  readonly by: string;
  readonly detail?: Record<string, unknown>;
}

export interface Reply {
  readonly status: number;
  readonly contentType: string;
  readonly body: unknown;
}

const object = z.record(z.string(), z.unknown());

/** A simulated Mattermost behind a real socket, with a clock that a test moves and a ledger that it reads. */
export async function startMattermost(options: SimulatedMattermostOptions = {}) {
  const ledger: Recorded[] = [];
  const clock = createTestClock();
  const mattermost = createSimulatedMattermost(
    { clock, random: createRandom(1), record: (entry) => void ledger.push(entry), changed: () => undefined },
    options,
  );
  const app = express();
  app.use('/mattermost', mattermost.router);
  const server = app.listen(0, '127.0.0.1');
  const url = `${await addressOf(server)}/mattermost`;

  /** `token` may also be a whole Authorization header. */
  const call = async (method: string, path: string, body?: unknown, token = 'simulated-mattermost-token'): Promise<Reply> => {
    const response = await fetch(`${url}/api/v4${path}`, {
      method,
      headers: {
        ...(token === '' ? {} : { Authorization: token.includes(' ') ? token : `Bearer ${token}` }),
        'Content-Type': 'application/json',
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, contentType: response.headers.get('content-type') ?? '', body: JSON.parse(text) };
  };
  /** The answer's body as an object, for calls that must succeed. */
  const get = async (method: string, path: string, body?: unknown, token?: string): Promise<Record<string, unknown>> => {
    const reply = await call(method, path, body, token);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return object.parse(reply.body);
  };
  return { mattermost, ledger, clock, url, call, get, close: () => close(server, mattermost) };
}

function createTestClock() {
  let now = Date.parse('2026-07-01T12:00:00Z');
  const sleepers = new Set<() => void>();
  const clock: Clock = {
    now: () => new Date(now),
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const due = now + ms;
        const wake = () => {
          if (now < due && !signal?.aborted) return;
          sleepers.delete(wake);
          resolve();
        };
        sleepers.add(wake);
        signal?.addEventListener('abort', wake, { once: true });
        wake();
      }),
  };
  return {
    ...clock,
    advance(ms: number) {
      now += ms;
      for (const wake of sleepers) wake();
    },
  };
}

/** An integration that answers as told and remembers what it got. */
export async function startIntegration(answer: (request: express.Request, response: express.Response) => void) {
  const requests: { method: string; path: string; headers: Record<string, unknown>; body: unknown }[] = [];
  const app = express();
  app.use(express.json());
  app.use((request, response) => {
    requests.push({ method: request.method, path: request.path, headers: request.headers, body: request.body });
    answer(request, response);
  });
  const server = app.listen(0, '127.0.0.1');
  return { url: await addressOf(server), requests, close: () => close(server) };
}

/** Something a test waits for, or makes others wait for. */
export function createGate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

async function addressOf(server: Server): Promise<string> {
  await new Promise((resolve) => void server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no TCP address');
  return `http://127.0.0.1:${address.port}`;
}

async function close(server: Server, mattermost?: SimulatedMattermost): Promise<void> {
  await mattermost?.close();
  const closed = new Promise((resolve) => void server.close(resolve));
  server.closeAllConnections();
  await closed;
}
