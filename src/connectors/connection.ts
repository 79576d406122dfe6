import { setMaxListeners } from 'node:events';
import type { Clock } from '../core/clock.ts';
import type { ConnectionState } from '../core/connector.ts';
import { ConfigError, InDoubtError, RetryableError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import { type Admission, type CircuitLimits, CIRCUIT_LIMITS, createCircuit, createGate } from './circuit.ts';

export interface ConnectionOptions {
  /** The connector's id; heads every error code. */
  readonly id: string;
  /** Calls at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly log: Log;
  /** Calls that may wait for a free place; more are sent back to the journal. Default 2 000. */
  readonly maxWaiting?: number;
  readonly limits?: Partial<CircuitLimits>;
}

/** One vendor's line: how many calls at once, and whether it makes sense to call at all. */
export interface Connection {
  /** Runs the call when there is a place for it. Throws RetryableError with `countsAsAttempt: false` if nothing was sent. */
  run<T>(call: (signal: AbortSignal) => Promise<T>, options: { readonly signal: AbortSignal }): Promise<T>;
  readonly state: () => ConnectionState;
}

interface Waiter {
  readonly start: () => void;
}

/** Concurrency limit (first in, first out), circuit and pause on refused credentials, in one place per vendor. */
export function createConnection(options: ConnectionOptions): Connection {
  const { id, clock, log } = options;
  const maxWaiting = options.maxWaiting ?? 2_000;
  const limits = { ...CIRCUIT_LIMITS, ...options.limits };
  const circuit = createCircuit(clock, limits);
  const pause = createGate(clock, limits.probeEveryMs);
  const waiting = new Set<Waiter>();
  let pausedBecause: string | undefined;
  let inFlight = 0;

  function aborted(signal: AbortSignal): RetryableError {
    return new RetryableError({
      code: `${id}.aborted`,
      message: `The call to ${id} was stopped before anything was sent.`,
      cause: signal.reason,
      countsAsAttempt: false,
    });
  }

  /** Resolves when a place is ours; the place is handed over by `leave`, so `inFlight` is not touched between. */
  function waitForPlace(signal: AbortSignal): Promise<void> {
    if (waiting.size >= maxWaiting) {
      throw new RetryableError({
        code: `${id}.busy`,
        message: `${waiting.size} calls to ${id} are waiting already. Nothing was sent; it is tried again by itself.`,
        retryAfterMs: 1_000,
        countsAsAttempt: false,
      });
    }
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        waiting.delete(waiter);
        reject(aborted(signal));
      };
      const waiter: Waiter = {
        start() {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      waiting.add(waiter);
      signal.addEventListener('abort', giveUp, { once: true });
    });
  }

  function leave(): void {
    for (const next of waiting) {
      waiting.delete(next);
      next.start();
      return;
    }
    inFlight -= 1;
  }

  function admit(): { pauseProbe: boolean; circuitProbe: boolean } {
    const byPause = pause.admit();
    if (!byPause.admitted) throw refusedByPause(byPause.waitMs);
    const byCircuit: Admission = circuit.admit();
    if (!byCircuit.admitted) {
      if (byPause.probe) pause.release();
      throw new RetryableError({
        code: `${id}.circuit_open`,
        message: `${id} has failed repeatedly, so calls to it wait. Nothing was sent; one probe goes out now and then, and the rest follows when it answers.`,
        retryAfterMs: byCircuit.waitMs,
        countsAsAttempt: false,
      });
    }
    return { pauseProbe: byPause.probe, circuitProbe: byCircuit.probe };
  }

  function refusedByPause(waitMs: number): RetryableError {
    return new RetryableError({
      code: `${id}.paused`,
      message: `Calls to ${id} are paused: ${pausedBecause ?? 'its credentials were refused.'} Nothing was sent.`,
      retryAfterMs: waitMs,
      countsAsAttempt: false,
    });
  }

  function noteSuccess(probes: { pauseProbe: boolean; circuitProbe: boolean }): void {
    if (probes.pauseProbe) {
      pause.open();
      pausedBecause = undefined;
      log.info({ connector: id }, 'credentials accepted again');
    }
    if (circuit.succeeded(probes.circuitProbe)) log.info({ connector: id }, 'circuit closed');
  }

  function noteFailure(error: unknown, probes: { pauseProbe: boolean; circuitProbe: boolean }): void {
    if (error instanceof ConfigError && error.code === `${id}.credentials_refused`) {
      const news = !pause.isShut();
      pausedBecause = error.message;
      pause.shut();
      circuit.succeeded(probes.circuitProbe);
      // Error level once: somebody must act. Each refused probe after it says nothing new.
      if (news) log.error({ connector: id, code: error.code, reason: error.message }, 'credentials refused: connection paused');
    } else if (isVendorFailure(error)) {
      if (probes.pauseProbe) pause.release();
      if (circuit.failed(probes.circuitProbe)) log.warn({ connector: id, code: codeOf(error) }, 'circuit opened');
    } else if (isAnswer(error)) {
      noteSuccess(probes);
    } else {
      if (probes.pauseProbe) pause.release();
      if (probes.circuitProbe) circuit.release();
    }
  }

  return {
    async run(call, { signal }) {
      if (signal.aborted) throw aborted(signal);
      // One run's signal, or a whole process's, stops many calls at once: that is no leak to be warned of.
      setMaxListeners(0, signal);
      if (inFlight >= options.concurrency) await waitForPlace(signal);
      else inFlight += 1;
      try {
        // Asked when the call's turn has come: what waited while the circuit opened must not go out.
        const probes = admit();
        try {
          const result = await call(signal);
          noteSuccess(probes);
          return result;
        } catch (error) {
          noteFailure(error, probes);
          throw error;
        }
      } finally {
        leave();
      }
    },
    state: () => ({ circuit: circuit.state(), pausedBecause, inFlight }),
  };
}

function codeOf(error: unknown): string {
  return error instanceof RetryableError || error instanceof InDoubtError ? error.code : '';
}

/** The vendor is in trouble: neither a rate limit, nor our own stopping. */
function isVendorFailure(error: unknown): boolean {
  if (!(error instanceof RetryableError || error instanceof InDoubtError)) return false;
  if (error.code.endsWith('.rate_limited') || error.code.endsWith('.aborted')) return false;
  return !(error instanceof RetryableError && !error.countsAsAttempt);
}

/** The vendor answered, only not what we wished: it is alive. A thrown bug says nothing of the vendor. */
function isAnswer(error: unknown): boolean {
  if (error instanceof Error && 'kind' in error && (error.kind === 'permanent' || error.kind === 'config')) return true;
  return error instanceof RetryableError && error.code.endsWith('.rate_limited');
}
