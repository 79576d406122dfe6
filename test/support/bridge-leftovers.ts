import { setTimeout as pause } from 'node:timers/promises';
import type { RecordedRequest, Simulator } from '../../src/simulator/simulator.ts';
import type { RecordingLog } from './log.ts';
import { checkRequest, findSpecsDirectory } from './openapi.ts';
import type { TestClock } from './test-clock.ts';

export interface Leftovers {
  readonly log: RecordingLog;
  readonly clock: TestClock;
  readonly simulator: Pick<Simulator, 'requests'>;
  /** Before anything was opened. */
  readonly connections: number;
  readonly allowedErrors: readonly RegExp[];
}

const hasSpecs = findSpecsDirectory() !== undefined;
if (!hasSpecs)
  process.stderr.write("The vendors' OpenAPI documents are not here (VENDOR_SPECS_DIR): our requests are not held against them.\n");

/** Fails the test that has just closed everything: what was logged at error, what is still open, which requests no vendor would document. */
export async function checkLeftovers({ log, clock, simulator, connections, allowedErrors }: Leftovers): Promise<void> {
  const problems = log.entries
    .filter(({ level, message }) => level === 'error' && !allowedErrors.some((allowed) => allowed.test(message)))
    .map(({ message, fields }) => `logged at error: ${message} ${describe(fields)}`);
  if (clock.sleeping > 0) problems.push(`${String(clock.sleeping)} timers are left`);
  if (!(await until(() => countConnections() <= connections))) {
    problems.push(`${String(countConnections() - connections)} connections or servers are left`);
  }
  if (hasSpecs) problems.push(...new Set(simulator.requests.flatMap(checkOne)));
  if (problems.length > 0) throw new Error(`After the test:\n${problems.join('\n')}`);
}

/** Sockets and servers of this process. */
export function countConnections(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap' || name === 'TCPServerWrap').length;
}

/** Where the real server and its document differ: props are an object (test/fixtures/mattermost/04b), whatever the document says. */
const DOCUMENT_IS_WRONG = new Set(['mattermost PUT /api/v4/posts/{post_id}/patch: body /props must be string']);

function checkOne(request: RecordedRequest): readonly string[] {
  const body = isEmpty(request.body) ? undefined : request.body;
  return checkRequest(request.vendor, { ...request, body }).filter((problem) => !DOCUMENT_IS_WRONG.has(problem));
}

/** Express shows a call without a body as an empty one. */
function isEmpty(body: unknown): boolean {
  return typeof body === 'object' && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
}

function describe(fields: object): string {
  return JSON.stringify(fields, (_key, value: unknown) => (value instanceof Error ? (value.stack ?? value.message) : value));
}

/** A closed socket goes away with the next turns of the event loop. */
async function until(condition: () => boolean): Promise<boolean> {
  for (let turns = 0; turns < 200; turns += 1) {
    if (condition()) return true;
    await pause(10);
  }
  return false;
}
