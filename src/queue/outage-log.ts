import type { Log } from '../core/log.ts';

/** Says that something stopped working once, not at each failed try, and again when it works. */
export interface OutageLog {
  failed(error: unknown): void;
  recovered(): void;
}

/** How often a long outage is mentioned. */
const REPEAT_MS = 60_000;

export function createOutageLog(log: Log, what: string): OutageLog {
  let since: number | undefined;
  let saidAt = 0;
  return {
    failed: (error) => {
      const now = performance.now();
      since ??= now;
      if (saidAt > 0 && now - saidAt < REPEAT_MS) return;
      saidAt = now;
      log.warn({ err: error, downForMs: Math.round(now - since) }, `${what} fails; trying again`);
    },
    recovered: () => {
      if (since === undefined) return;
      log.info({ downForMs: Math.round(performance.now() - since) }, `${what} works again`);
      since = undefined;
      saidAt = 0;
    },
  };
}
