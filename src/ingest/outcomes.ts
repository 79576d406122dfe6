import type { Clock } from '../core/clock.ts';
import type { DeliveryStore } from '../core/store.ts';

/** Waits for what became of a click (ENGINE, Interactive doors). */
export interface Outcomes {
  wait(deliveryId: string): PendingOutcome;
  close(): Promise<void>;
}

export interface PendingOutcome {
  /** The answer for the presser; undefined when it is not decided in time. */
  text(): Promise<string | undefined>;
  stop(): void;
}

export interface OutcomesOptions {
  readonly deliveries: DeliveryStore;
  readonly clock: Clock;
  listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>>;
}

const WAIT_MS = 1500;
const POLL_MS = 250;

/** One LISTEN connection a web role; the row is polled beside it, because a notification may be lost. */
export async function createOutcomes(options: OutcomesOptions): Promise<Outcomes> {
  const waiting = new Map<string, () => void>();
  const unlisten = await options.listen('bridge_outcome', (id) => waiting.get(id)?.());

  return {
    wait(id) {
      let told = false;
      let wake: () => void = () => undefined;
      waiting.set(id, () => {
        told = true;
        wake();
      });
      return {
        async text() {
          const { clock } = options;
          const until = clock.now().getTime() + WAIT_MS;
          for (let left = WAIT_MS; left > 0; left = until - clock.now().getTime()) {
            if (!told) {
              const awake = new AbortController();
              await Promise.race([
                new Promise<void>((resolve) => {
                  wake = resolve;
                }),
                clock.sleep(Math.min(POLL_MS, left), awake.signal),
              ]);
              awake.abort();
            }
            told = false;
            // The click is stored: a store that went away since is no reason to tell the presser that it isn't.
            const answer = await options.deliveries.readAnswer(id).catch(() => undefined);
            if (answer !== undefined) return answer;
          }
          return undefined;
        },
        stop: () => void waiting.delete(id),
      };
    },
    close: unlisten,
  };
}
