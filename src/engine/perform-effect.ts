import type { EffectOptions } from '../core/action.ts';
import { InDoubtError, messageOf, PermanentError, RetryableError } from '../core/errors.ts';
import type { Failpoint } from '../core/failpoint.ts';
import type { Change } from '../core/ports.ts';
import type { Journal } from './journal.ts';
import type { KeyedLock } from './keyed-lock.ts';

export interface EffectContext {
  readonly runId: string;
  readonly journal: Journal;
  readonly locks: KeyedLock;
  readonly failpoint: Failpoint;
  readonly signal: AbortSignal;
  /** For calls that change something: reads as aborted also when the lease may have run out and nobody had the time to abort. */
  readonly callSignal: AbortSignal;
  now(): Date;
  /** Before each call; throws LeaseLost when the run may be somebody else's by now. */
  holdLease(): Promise<void>;
  /** Told when a look at the vendor found that the effect had happened; `stale`: with an input that isn't today's any more. */
  onReconciled(change: string, stale: boolean): void;
}

/** `<action>-<visit>[-r<round>][-<part>]`: the effect's key within its run, and with the run's id its marker at the vendor. */
export function effectKey(action: string, visit: number, round: number, part: string | undefined): string {
  return [action, visit, ...(round > 0 ? [`r${round}`] : []), ...(part === undefined ? [] : [part])].join('-');
}

/**
 * One outward call, once: intent (committed) → call → result. An effect that was intended without a result is in doubt: the vendor is
 * looked at before anything is repeated (reliability R6). A recorded result is handed out again without a call.
 */
export async function performEffect<I, O>(
  context: EffectContext,
  action: string,
  key: string,
  name: string,
  change: Change<I, O>,
  input: I,
  options: EffectOptions<O> = {},
): Promise<O> {
  const { journal, failpoint, signal } = context;
  const marker = `ib-${context.runId}-${key}`;
  const row = { key, action, change: name };
  const letGo = await context.locks.take(options.about ?? marker);
  try {
    const known = journal.effects.get(key);
    if (known?.state === 'done') return reviveInput<O>(known.output);
    if (known?.state === 'intended') {
      // The journal's input is looked for: it is what was sent. Its shape is the port's, by construction.
      const sent = reviveInput<I>(known.input);
      const found = await change.reconcile(sent, { signal, marker, intendedAt: known.intendedAt, now: context.now() });
      if (found.answer === 'unknown') {
        throw new RetryableError({
          code: 'effect.in_doubt',
          message: `It is not known yet whether ${name} happened; looking again.`,
          retryAfterMs: found.retryAfterMs,
        });
      }
      if (found.answer === 'found') {
        context.onReconciled(name, JSON.stringify(sent) !== JSON.stringify(input));
        return finish(found.output, sent);
      }
    }
    failpoint('effect.before-intent', name);
    for (const reference of options.reserve ?? []) journal.note({ references: [reference] });
    journal.noteEffect({ ...row, state: 'intended', input }, { echo: options.echo && { effectKey: key, ...options.echo } });
    await journal.flush();
    failpoint('effect.after-intent', name);
    await context.holdLease();
    const output = await change.call(input, { signal: context.callSignal, marker }).catch((error: unknown) => {
      recordFailure(error);
      throw error;
    });
    failpoint('effect.after-call', name);
    return finish(output, input);
  } finally {
    letGo();
  }

  function finish(output: O, sent: I): O {
    journal.noteEffect({ ...row, state: 'done', input: sent, output }, { dropEcho: options.unchanged?.(output) ?? false });
    const references = options.references?.(output) ?? [];
    if (references.length > 0) journal.note({ references });
    return output;
  }

  function recordFailure(error: unknown): void {
    // Aborted with the lease, or sent and not answered: the intent stands, and whoever comes next looks first.
    if (signal.aborted || error instanceof InDoubtError) return;
    const state = error instanceof PermanentError ? 'failed' : 'refused';
    if (!(error instanceof PermanentError) && !(error instanceof RetryableError) && !isBridgeError(error)) return;
    journal.noteEffect({ ...row, state, input, error: messageOf(error) }, { dropEcho: true });
  }
}

function isBridgeError(error: unknown): boolean {
  return error instanceof Error && 'kind' in error && error.kind === 'config';
}

/** What the journal kept as JSON, in the type it was written with: the key names the port method, and with it the type. */
function reviveInput<T>(value: unknown): T;
function reviveInput(value: unknown): unknown {
  return value;
}
