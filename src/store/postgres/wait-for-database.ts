import { ConfigError, messageOf, RetryableError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { setTimeout as sleep } from 'node:timers/promises';

/** Wrong password, role, database or permission: waiting doesn't help (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const WRONG_SETTINGS = new Set(['28P01', '28000', '3D000', '42501', 'ERR_INVALID_URL']);

/**
 * Tries until the server answers. BullMQ objects must not be made before that: a worker built while its database was down never starts.
 * Throws a ConfigError as soon as the server says that we are not welcome, a RetryableError after `waitMs`.
 */
export async function waitForDatabase(probe: () => Promise<unknown>, options: { waitMs: number; log: Log }): Promise<void> {
  const giveUpAt = performance.now() + options.waitMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      await probe();
      if (attempt > 1) options.log.info({ attempts: attempt }, 'the database answers');
      return;
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && WRONG_SETTINGS.has(String(cause.code))) {
        throw new ConfigError({
          code: 'database.refused',
          message: `the database refuses us (${messageOf(cause)}): check DATABASE_URL`,
          cause,
        });
      }
      if (performance.now() >= giveUpAt) {
        throw new RetryableError({
          code: 'database.unreachable',
          message: `no database after ${Math.round(options.waitMs / 1000)} s (${describe(cause)}): start the server, or check DATABASE_URL`,
          cause,
        });
      }
      if (attempt === 1) options.log.warn({ err: cause }, 'the database does not answer; waiting for it');
      await sleep(Math.min(250 * attempt, 2000));
    }
  }
}

/** Node's error for a host with several addresses has no message of its own. */
function describe(error: unknown): string {
  return error instanceof AggregateError ? error.errors.map(messageOf).join(', ') : messageOf(error);
}
