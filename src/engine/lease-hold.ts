import type { Clock } from '../core/clock.ts';
import type { BigIntText, RunStore } from '../core/store.ts';
import { LeaseLost } from './journal.ts';

export interface LeaseHoldOptions {
  readonly clock: Clock;
  readonly store: Pick<RunStore, 'renew'>;
  readonly runId: string;
  readonly epoch: BigIntText;
  readonly leaseMs: number;
  readonly signal: AbortSignal;
}

/** Whether a run's lease can still be counted on by this process's own clock. */
export interface LeaseHold {
  /** Before each call to a vendor; throws LeaseLost when the run may be somebody else's by now. */
  hold(): Promise<void>;
  /** The lease was renewed; asked for at that moment, milliseconds of the clock. */
  renewed(askedAt: number): void;
  /** For calls that change something: reads as aborted also when the lease may have run out. */
  readonly callSignal: AbortSignal;
}

/**
 * A process that was stopped for longer than its lease (frozen machine, long pause) must not send what its successor may have sent:
 * the epoch keeps it from writing, but no vendor knows of epochs.
 */
export function createLeaseHold(options: LeaseHoldOptions): LeaseHold {
  const { clock, store, runId, epoch, leaseMs, signal } = options;
  let heldUntil = clock.now().getTime() + leaseMs;
  const ranOut = (): boolean => clock.now().getTime() >= heldUntil;

  async function hold(): Promise<void> {
    while (ranOut()) {
      const askedAt = clock.now().getTime();
      const kept = await store.renew([{ id: runId, epoch }], leaseMs).catch((error: unknown) => {
        throw new LeaseLost('the store did not answer', { cause: error });
      });
      if (!kept.has(runId)) throw new LeaseLost(`run ${runId}: the lease ran out while this process stood still`);
      heldUntil = askedAt + leaseMs;
    }
  }

  return {
    hold,
    renewed(askedAt) {
      heldUntil = askedAt + leaseMs;
    },
    // Calls that passed `hold` and have not reached their socket when the process is stopped: the connection looks once more before it
    // sends, and finds that time has gone by, before anything else here has run.
    callSignal: Object.defineProperty(AbortSignal.any([signal]), 'aborted', { get: () => signal.aborted || ranOut() }),
  };
}
