import type { RequestHandler } from 'express';
import type { Clock } from '../../core/clock.ts';
import { PagerDutyError } from './pagerduty-error.ts';

const LIMIT = 960;
const WINDOW_MS = 60_000;

/** The three headers on every answer. Beyond `enforced` calls in a minute: 429; null only counts, so that load tests measure the bridge. */
export function rateLimit(clock: Clock, enforced: number | null): RequestHandler {
  const limit = enforced ?? LIMIT;
  let windowEnd = 0;
  let used = 0;
  return (_request, response, next) => {
    const now = clock.now().getTime();
    if (now >= windowEnd) {
      windowEnd = now + WINDOW_MS;
      used = 0;
    }
    used += 1;
    response.set({
      'ratelimit-limit': String(limit),
      'ratelimit-remaining': String(Math.max(0, limit - used)),
      // Seconds until the reset, not a date.
      'ratelimit-reset': String(Math.ceil((windowEnd - now) / 1000)),
    });
    if (enforced !== null && used > enforced) throw new PagerDutyError(429, 2020, 'Rate Limit Exceeded');
    next();
  };
}
