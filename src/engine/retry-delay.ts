const FIRST_MS = 1000;

/** Full jitter: somewhere between nothing and a growing limit, so that a thousand runs don't knock at once. The vendor's wish is a floor. */
export function retryDelayMs(attempts: number, maxIntervalMs: number, floorMs: number | undefined, random: () => number): number {
  const limit = Math.min(maxIntervalMs, FIRST_MS * 2 ** Math.min(attempts, 20));
  return Math.round(Math.max(random() * limit, floorMs ?? 0));
}
