import type { Clock } from '../core/clock.ts';
import type { HealthFinding } from '../core/connector.ts';
import { messageOf } from '../core/errors.ts';

/** Runs one look; what it throws becomes a finding with `advice`. */
export async function look(what: string, advice: string, check: () => Promise<string | HealthFinding>): Promise<HealthFinding> {
  try {
    const result = await check();
    return typeof result === 'string' ? { ok: true, what, message: result, advice: '' } : result;
  } catch (error) {
    return { ok: false, what, message: messageOf(error), advice };
  }
}

const MAX_SKEW_MS = 60_000;

/** Compares our clock with the vendor's `Date` header (whole seconds). undefined = the vendor didn't say. */
export function lookAtClock(date: string | undefined, clock: Clock): HealthFinding | undefined {
  const theirs = date === undefined ? NaN : Date.parse(date);
  if (Number.isNaN(theirs)) return undefined;
  const skewMs = clock.now().getTime() - theirs;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return { ok: true, what: 'clock', message: `within ${seconds} s of the vendor's`, advice: '' };
  return {
    ok: false,
    what: 'clock',
    message: `our clock is ${seconds} s ${skewMs > 0 ? 'ahead of' : 'behind'} the vendor's`,
    advice: 'Synchronise the clock of this host (NTP).',
  };
}
