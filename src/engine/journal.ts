import { messageOf } from '../core/errors.ts';
import type { Reference } from '../core/event.ts';
import type { TimelineEntry } from '../core/timeline.ts';
import type { RunDoc } from '../core/run.ts';
import type { BigIntText, DecidedSignal, EffectRow, ExpectedEcho, JournalResult, RunStore, StoredEffect } from '../core/store.ts';
import type { Failpoint } from '../core/failpoint.ts';

/** The lease is somebody else's, or the store did not answer: this process may do nothing more for the run. */
export class LeaseLost extends Error {}

/**
 * A run's writes, gathered: what is noted in one turn of the event loop goes to the store as one row, so that a result and the
 * next intent are one write. Every write names the run's epoch.
 */
export interface Journal {
  readonly effects: ReadonlyMap<string, StoredEffect>;
  setDoc(doc: RunDoc, dueAt: string | undefined): void;
  note(entry: {
    timeline?: readonly TimelineEntry[];
    marks?: readonly ('acknowledged' | 'resolved')[];
    references?: readonly Reference[];
  }): void;
  noteEffect(effect: EffectRow, more?: { echo?: ExpectedEcho | undefined; dropEcho?: boolean }): void;
  noteSignal(signal: DecidedSignal): void;
  /** Resolves when everything noted so far is committed; throws LeaseLost. */
  flush(): Promise<void>;
  /** Flushes and lets the lease go, unless wake_seq has moved on. */
  release(wakeSeq: BigIntText): Promise<JournalResult>;
  readonly isDirty: boolean;
}

export interface JournalOptions {
  readonly store: RunStore;
  readonly runId: string;
  readonly epoch: BigIntText;
  readonly doc: RunDoc;
  readonly effects: readonly StoredEffect[];
  readonly failpoint: Failpoint;
  now(): Date;
}

interface Pending {
  effects: EffectRow[];
  references: Reference[];
  echoes: ExpectedEcho[];
  droppedEchoes: string[];
  timeline: TimelineEntry[];
  signals: DecidedSignal[];
  marks: ('acknowledged' | 'resolved')[];
}

const nothing = (): Pending => ({ effects: [], references: [], echoes: [], droppedEchoes: [], timeline: [], signals: [], marks: [] });

const ALL_WRITTEN: JournalResult = { held: true, released: false, wakeSeq: '' };

export function createJournal(options: JournalOptions): Journal {
  const { store, runId, epoch } = options;
  const effects = new Map(options.effects.map((effect) => [effect.key, effect]));
  let doc = options.doc;
  let dueAt: string | undefined;
  let pending = nothing();
  let dirty = false;
  let scheduled: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function writeNow(releaseAt: BigIntText | undefined): Promise<JournalResult> {
    if (!dirty && releaseAt === undefined) return ALL_WRITTEN;
    const entry = { runId, epoch, doc, dueAt, ...pending, releaseAt };
    pending = nothing();
    dirty = false;
    const result = await store.write(entry).catch((error: unknown) => {
      throw new LeaseLost(`run ${runId}: the store did not take a write (${messageOf(error)})`, { cause: error });
    });
    if (!result.held) throw new LeaseLost(`run ${runId}: the lease was lost`);
    return result;
  }

  /** One after another: a document must not be written when what belongs to it was in a write before that failed. */
  function write(releaseAt: BigIntText | undefined): Promise<JournalResult> {
    const result = last.then(() => writeNow(releaseAt));
    last = result;
    return result;
  }

  return {
    effects,
    get isDirty() {
      return dirty;
    },
    setDoc(next, due) {
      doc = next;
      dueAt = due;
      dirty = true;
    },
    note({ timeline = [], marks = [], references = [] }) {
      pending.timeline.push(...timeline);
      pending.marks.push(...marks);
      pending.references.push(...references);
      if (timeline.length + marks.length + references.length > 0) dirty = true;
    },
    noteEffect(effect, more = {}) {
      effects.set(effect.key, {
        ...effect,
        intendedAt: effect.state === 'intended' ? options.now() : (effects.get(effect.key)?.intendedAt ?? options.now()),
      });
      pending.effects.push(effect);
      if (more.echo) {
        pending.echoes.push(more.echo);
        // Dropped by the attempt before and not written yet: it is expected again.
        pending.droppedEchoes = pending.droppedEchoes.filter((key) => key !== effect.key);
      }
      if (more.dropEcho) pending.droppedEchoes.push(effect.key);
      dirty = true;
    },
    noteSignal(signal) {
      pending.signals.push(signal);
      dirty = true;
    },
    flush() {
      // A macrotask later: what the same turn still notes (the next action's intent) goes along.
      scheduled ??= new Promise<void>((resolve, reject) => {
        setImmediate(() => {
          scheduled = undefined;
          write(undefined).then(() => {
            resolve();
          }, reject);
        });
      });
      return scheduled;
    },
    async release(wakeSeq) {
      if (scheduled) await scheduled;
      options.failpoint('release.before');
      const result = await write(wakeSeq);
      options.failpoint('release.after');
      return result;
    },
  };
}
