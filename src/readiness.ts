import type { Express } from 'express';
import type { Clock } from './core/clock.ts';
import type { Log } from './core/log.ts';
import { every, type Repeating } from './engine/every.ts';
import type { DueStore } from './store/due.ts';

export interface ReadinessCheck {
  readonly name: string;
  /** undefined = fine, else what is wrong. */
  check(): Promise<string | undefined> | string | undefined;
}

export interface Readiness {
  watch(check: ReadinessCheck): void;
  /** The store took a write just now. */
  beat(): void;
  /** Started: from now on ready where all checks pass. Before it, every other path answers 503. */
  open(): void;
  close(): void;
  startWatchdog(options: { due: DueStore; log: Log; held(): number; onFatal(reason: string): void }): Repeating;
}

const STORE_SILENT_MS = 10_000;
const STUCK_MS = 60_000;
const WATCH_MS = 10_000;

/** `/healthz` (the process lives) and `/readyz` (it can do its work), and the watchdog that asks for a new start (reliability B2). */
export function createReadiness({ app, clock }: { readonly app: Express; readonly clock: Clock }): Readiness {
  const checks: ReadinessCheck[] = [];
  let beatenAt: number | undefined;
  let state: 'starting' | 'open' | 'stopping' = 'starting';

  async function problems(): Promise<readonly { name: string; problem: string }[]> {
    if (state !== 'open') return [{ name: 'process', problem: state }];
    const found: { name: string; problem: string }[] = [];
    if (beatenAt === undefined || clock.now().getTime() - beatenAt > STORE_SILENT_MS)
      found.push({ name: 'database', problem: 'it has taken no write for ten seconds' });
    for (const { name, check } of checks) {
      const problem = await Promise.resolve()
        .then(() => check())
        .catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
      if (problem !== undefined) found.push({ name, problem });
    }
    return found;
  }

  app.get('/healthz', (_request, response) => void response.json({ status: 'alive' }));
  app.get('/readyz', async (_request, response) => {
    const found = await problems();
    response
      .status(found.length === 0 ? 200 : 503)
      .json(found.length === 0 ? { status: 'ready' } : { status: 'not ready', problems: found });
  });
  app.use((_request, response, next) => {
    if (state === 'open') return next();
    response
      .status(503)
      .set('Retry-After', '5')
      .json({ error: `the bridge is ${state}` });
  });

  return {
    watch: (check) => void checks.push(check),
    beat() {
      beatenAt = clock.now().getTime();
    },
    open() {
      state = 'open';
      beatenAt ??= clock.now().getTime();
    },
    close() {
      state = 'stopping';
    },
    startWatchdog({ due, log, held, onFatal }) {
      let stuckSince: number | undefined;
      return every(WATCH_MS, 'the watchdog', clock, log, async () => {
        const { overdueMs, undecidedMs } = await due.lag();
        const now = clock.now().getTime();
        const stuck = Math.max(overdueMs, undecidedMs) > 2 * STUCK_MS && held() === 0;
        stuckSince = stuck ? (stuckSince ?? now) : undefined;
        if (stuckSince !== undefined && now - stuckSince > STUCK_MS)
          onFatal('work is due and nothing has been taken up for a minute; starting again');
      });
    },
  };
}
