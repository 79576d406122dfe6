import { setImmediate as turn } from 'node:timers/promises';
import { noFailpoint } from '../../src/core/failpoint.ts';
import type { Change, Reconciled } from '../../src/core/ports.ts';
import type { EffectRow, JournalEntry, JournalResult, RunStore, StoredEffect } from '../../src/core/store.ts';
import { createJournal, type Journal } from '../../src/engine/journal.ts';
import { createKeyedLock, type KeyedLock } from '../../src/engine/keyed-lock.ts';
import type { EffectContext } from '../../src/engine/perform-effect.ts';
import { beginRun, playbookText, RUN_ID } from './make-run.ts';

/** A store that keeps what it is told; `lose()` makes it answer that the lease is somebody else's. */
export interface FakeRunStore extends RunStore {
  readonly entries: JournalEntry[];
  /** Every effect that was written, in order: `key state`. */
  effects(): readonly string[];
  lose(): void;
}

export function createFakeRunStore(): FakeRunStore {
  const entries: JournalEntry[] = [];
  let held = true;
  const written = (): JournalResult => ({ held, released: held, wakeSeq: '1' });
  return {
    entries,
    effects: () => entries.flatMap((entry) => entry.effects.map((effect) => `${effect.key} ${effect.state}`)),
    lose: () => (held = false),
    claim: () => Promise.resolve([]),
    write: (entry) => {
      entries.push(structuredClone(entry));
      return Promise.resolve(written());
    },
    renew: () => Promise.resolve(new Set(held ? [RUN_ID] : [])),
    loadSignals: () => Promise.resolve({ wakeSeq: '1', signals: [] }),
    findNews: () => Promise.resolve([]),
    park: () => Promise.resolve(),
    release: () => Promise.resolve(),
  };
}

const INTENDED_AT = new Date('2026-03-01T10:00:00.000Z');

export function storedEffect(key: string, state: EffectRow['state'], more: Partial<StoredEffect> = {}): StoredEffect {
  return { key, action: 'Card', change: 'chat.post', state, input: { text: 'first' }, intendedAt: INTENDED_AT, ...more };
}

/** What performEffect needs, on the fake store. */
export function makeEffects(stored: readonly StoredEffect[] = [], locks: KeyedLock = createKeyedLock()) {
  const store = createFakeRunStore();
  const abort = new AbortController();
  const reconciled: [string, boolean][] = [];
  const run = beginRun(playbookText(`  - { name: A, start_actions: [{ name: Card, type: post, channel_name: x, message: m }] }`));
  const now = (): Date => new Date('2026-03-01T10:05:00.000Z');
  const journal: Journal = createJournal({
    store,
    runId: RUN_ID,
    epoch: '3',
    doc: run.doc(),
    effects: stored,
    failpoint: noFailpoint,
    now,
  });
  const context: EffectContext = {
    runId: RUN_ID,
    journal,
    locks,
    failpoint: noFailpoint,
    signal: abort.signal,
    callSignal: abort.signal,
    now,
    holdLease: () => Promise.resolve(),
    onReconciled: (change, stale) => void reconciled.push([change, stale]),
  };
  return { store, abort, reconciled, journal, context };
}

export interface FakeInput {
  readonly text: string;
}
export interface FakeOutput {
  readonly id: string;
}

/** A change that answers as told and remembers what it was asked: `call:<text>` and `look:<text>`. */
export function makeChange(answers: { call?: () => Promise<FakeOutput>; look?: Reconciled<FakeOutput> | Error } = {}) {
  const asked: string[] = [];
  const markers: string[] = [];
  let underWay = 0;
  let most = 0;
  const change: Change<FakeInput, FakeOutput> = {
    async call(input, { marker }) {
      asked.push(`call:${input.text}`);
      markers.push(marker);
      underWay += 1;
      most = Math.max(most, underWay);
      await turn();
      underWay -= 1;
      return await (answers.call?.() ?? Promise.resolve({ id: 'p1' }));
    },
    reconcile(input, { marker, intendedAt }) {
      asked.push(`look:${input.text}@${intendedAt.toISOString()}`);
      markers.push(marker);
      const { look = { answer: 'absent' } } = answers;
      return look instanceof Error ? Promise.reject(look) : Promise.resolve(look);
    },
  };
  return { change, asked, markers, most: () => most };
}
