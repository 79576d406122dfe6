import type { Clock } from '../core/clock.ts';

/** When a circuit opens and how it asks again. */
export interface CircuitLimits {
  /** Failures without a success between them. */
  readonly failuresInARow: number;
  /** Share of failures in the window that opens it … */
  readonly failedShare: number;
  /** … once there were so many calls. */
  readonly minimumCalls: number;
  readonly windowMs: number;
  /** One probe per so many milliseconds, ± 20 %. */
  readonly probeEveryMs: number;
}

export const CIRCUIT_LIMITS: CircuitLimits = {
  failuresInARow: 5,
  failedShare: 0.5,
  minimumCalls: 20,
  windowMs: 30_000,
  probeEveryMs: 30_000,
};

/** May a call go out? `waitMs` says when to ask again. */
export type Admission = { readonly admitted: true; readonly probe: boolean } | { readonly admitted: false; readonly waitMs: number };

const ADMITTED: Admission = { admitted: true, probe: false };
const PROBE: Admission = { admitted: true, probe: true };
/** While the probe is under way nobody knows; ask again soon, so that a vendor that is back isn't left waiting. */
const WAIT_FOR_PROBE: Admission = { admitted: false, waitMs: 2_000 };

/** A gate that is shut with one probe at a time: the circuit's, and the pause for refused credentials. */
export function createGate(clock: Clock, probeEveryMs: number) {
  let shut = false;
  let probing = false;
  let nextProbeAt = 0;
  return {
    isShut: () => shut,
    isProbing: () => probing,
    shut() {
      shut = true;
      probing = false;
      // Jitter, so that several processes don't probe in step.
      nextProbeAt = clock.now().getTime() + probeEveryMs * (0.8 + 0.4 * Math.random());
    },
    open() {
      shut = false;
      probing = false;
    },
    /** A probe that told us nothing (aborted, a bug): the next caller may be the probe. */
    release: () => {
      probing = false;
    },
    admit: (): Admission => {
      if (!shut) return ADMITTED;
      if (probing) return WAIT_FOR_PROBE;
      const waitMs = nextProbeAt - clock.now().getTime();
      if (waitMs > 0) return { admitted: false, waitMs: Math.ceil(waitMs) };
      probing = true;
      return PROBE;
    },
  };
}

/** Own circuit breaker: the libraries read `Date.now`, and ours must follow the injected clock. */
export function createCircuit(clock: Clock, limits: CircuitLimits = CIRCUIT_LIMITS) {
  const gate = createGate(clock, limits.probeEveryMs);
  const bucketMs = limits.windowMs / 10;
  let buckets: { startedAt: number; calls: number; failed: number }[] = [];
  let inARow = 0;

  function count(failed: boolean): void {
    const now = clock.now().getTime();
    let last = buckets.at(-1);
    if (!last || now - last.startedAt >= bucketMs || now < last.startedAt) {
      buckets = buckets.filter((bucket) => now - bucket.startedAt < limits.windowMs && bucket.startedAt <= now);
      last = { startedAt: now, calls: 0, failed: 0 };
      buckets.push(last);
    }
    last.calls += 1;
    if (failed) last.failed += 1;
  }

  function isTooBad(): boolean {
    if (inARow >= limits.failuresInARow) return true;
    const since = clock.now().getTime() - limits.windowMs;
    let calls = 0;
    let failed = 0;
    for (const bucket of buckets) {
      if (bucket.startedAt <= since) continue;
      calls += bucket.calls;
      failed += bucket.failed;
    }
    return calls >= limits.minimumCalls && failed >= calls * limits.failedShare;
  }

  return {
    admit: gate.admit,
    release: gate.release,
    state: (): 'closed' | 'open' | 'probing' => (gate.isShut() ? (gate.isProbing() ? 'probing' : 'open') : 'closed'),
    /** True if this success closed the circuit. A late success of a call from before doesn't close it: only the probe's does. */
    succeeded(probe: boolean): boolean {
      count(false);
      inARow = 0;
      if (!probe) return false;
      buckets = [];
      gate.open();
      return true;
    },
    /** True if this failure opened the circuit. */
    failed(probe: boolean): boolean {
      count(true);
      inARow += 1;
      if (probe) {
        gate.shut();
        return false;
      }
      if (gate.isShut() || !isTooBad()) return false;
      gate.shut();
      return true;
    },
  };
}
