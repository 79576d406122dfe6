import type { Failpoint } from '../core/failpoint.ts';
import { isOpen, type ClickSignal, type RunDoc } from '../core/run.ts';
import type { BigIntText, RunStore, WaitingSignal } from '../core/store.ts';
import { LeaseLost, type Journal } from './journal.ts';
import type { PreparedClick } from './prepare-click.ts';
import type { Input, Transitioned } from './run-input.ts';

export interface SignalInboxOptions {
  readonly runId: string;
  readonly store: Pick<RunStore, 'loadSignals'>;
  readonly journal: Journal;
  readonly failpoint: Failpoint;
  /** As they were at the claim. */
  readonly signals: readonly WaitingSignal[];
  readonly wakeSeq: BigIntText;
  doc(): RunDoc;
  apply(input: Input): Transitioned;
  /** Looks up who clicked; its end wakes the session. */
  prepare(click: ClickSignal): Promise<PreparedClick>;
  begin(key: string, work: () => Promise<void>): void;
}

/** What waits for a run: offered to the state machine in the order in which it came. */
export interface SignalInbox {
  /** Offers what waits; what is taken is noted in the journal with its outcome. */
  take(): void;
  /** Reads what came since. Throws LeaseLost where the store is silent. */
  load(): Promise<void>;
  /** The wake_seq up to which everything that came is known here. */
  wakeSeq(): BigIntText;
}

export function createSignalInbox(options: SignalInboxOptions): SignalInbox {
  const { journal, apply } = options;
  let signals = [...options.signals];
  let wakeSeq = options.wakeSeq;
  const seen = new Set(signals.map((one) => one.seq));
  const told = new Set<string>();
  const prepared = new Map<string, PreparedClick | 'under way'>();

  function offer(waiting: WaitingSignal): Transitioned['signal'] {
    const { signal } = waiting;
    if (signal.kind === 'event') return apply({ kind: 'event', event: signal.event }).signal;
    if (signal.kind === 'operator') return apply({ kind: 'operator', operator: signal }).signal;
    const doc = options.doc();
    if (signal.visit !== doc.visit || !isOpen(doc.state) || doc.state === 'finishing') {
      const actor = { name: signal.username || 'somebody', username: signal.username, email: '', id: '' };
      return apply({ kind: 'click', click: signal, actor, refusal: undefined }).signal;
    }
    if (doc.state === 'parked') return tellToWait(waiting, doc.attention);
    const who = prepared.get(waiting.seq);
    if (who === undefined) {
      prepared.set(waiting.seq, 'under way');
      options.begin(`click ${waiting.seq}`, async () => {
        prepared.set(waiting.seq, await options.prepare(signal));
      });
      return undefined;
    }
    if (who === 'under way') return undefined;
    return apply({ kind: 'click', click: signal, actor: who.actor, refusal: who.refusal }).signal;
  }

  /** Kept for after Retry or Skip; the presser is told now. */
  function tellToWait(waiting: WaitingSignal, attention: string): undefined {
    if (told.has(waiting.seq)) return;
    told.add(waiting.seq);
    const text = `This incident needs attention before it can go on (${attention}). Your click is kept.`;
    journal.noteSignal({ seq: waiting.seq, outcome: '', deliveryId: waiting.deliveryId, text });
  }

  return {
    wakeSeq: () => wakeSeq,
    take() {
      let blocked = false;
      const left: WaitingSignal[] = [];
      for (const waiting of signals) {
        const { state } = options.doc();
        const jumps = waiting.signal.kind === 'operator' || state === 'parked' || !isOpen(state);
        const taken = blocked && !jumps ? undefined : offer(waiting);
        if (taken === undefined) {
          blocked = true;
          left.push(waiting);
          continue;
        }
        const outcome = `${taken.outcome}${taken.text ? `: ${taken.text}` : ''}`;
        journal.noteSignal({ seq: waiting.seq, outcome, deliveryId: waiting.deliveryId, text: taken.text });
        if (taken.outcome === 'moved') options.failpoint('signal.after-move', waiting.signal.kind);
      }
      signals = left;
    },
    async load() {
      const loaded = await options.store.loadSignals(options.runId).catch((error: unknown) => {
        throw new LeaseLost('the store did not answer', { cause: error });
      });
      wakeSeq = loaded.wakeSeq;
      // One that was decided here and isn't committed yet still shows as waiting.
      const fresh = loaded.signals.filter((one) => !seen.has(one.seq));
      for (const one of fresh) seen.add(one.seq);
      signals.push(...fresh);
    },
  };
}
