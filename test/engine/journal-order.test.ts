import { describe, expect, it } from '@jest/globals';
import { noFailpoint } from '../../src/core/failpoint.ts';
import type { JournalEntry, JournalResult, RunStore } from '../../src/core/store.ts';
import { createJournal, LeaseLost } from '../../src/engine/journal.ts';
import { firstDoc } from '../../src/engine/first-doc.ts';
import { loadOne, makeFacts, PUBLIC_URL, registry, RUN_ID } from './make-run.ts';

const PLAYBOOK = `
name: order
chat: mattermost
triggers: [{ name: ByHand, type: manual }]
steps: [{ name: One, start_actions: [{ name: Say, type: post, channel_name: ops, message: hello }] }]
`;
const WRITTEN: JournalResult = { held: true, released: false, wakeSeq: '1' };

/** A journal over a store whose writes the test answers one by one. */
function open() {
  const asked: { entry: JournalEntry; answer: (result: Promise<JournalResult>) => void }[] = [];
  const store: Pick<RunStore, 'write'> = {
    write: (entry) => new Promise((resolve) => asked.push({ entry, answer: resolve })),
  };
  const doc = firstDoc({ facts: makeFacts(loadOne(PLAYBOOK)), registry }, PUBLIC_URL);
  const refuse = () => Promise.reject(new Error('not used'));
  const journal = createJournal({
    store: { ...store, claim: refuse, renew: refuse, loadSignals: refuse, findNews: refuse, park: refuse, release: refuse },
    runId: RUN_ID,
    epoch: '1',
    doc,
    effects: [],
    failpoint: noFailpoint,
    now: () => new Date(),
  });
  const note = (key: string) => {
    journal.noteEffect({ key, action: 'Say', change: 'chat.post', state: 'done', input: {} });
    return journal.flush();
  };
  return { journal, asked, note };
}

const turn = () => new Promise((resolve) => void setImmediate(resolve));

describe('the order of a run’s writes', () => {
  it('makes no write after one that failed: the document must not run ahead of what belongs to it', async () => {
    const { asked, note } = open();
    const first = note('first');
    await turn();
    const second = note('second');
    await turn();
    expect(asked).toHaveLength(1);

    asked[0]?.answer(Promise.reject(new Error('the store is away')));
    await expect(first).rejects.toThrow(LeaseLost);
    await expect(second).rejects.toThrow(LeaseLost);
    await turn();
    expect(asked).toHaveLength(1);
  });

  it('puts what was noted during a write into one write after it', async () => {
    const { asked, note, journal } = open();
    const first = note('first');
    await turn();
    const second = note('second');
    await turn();
    const third = note('third');
    asked[0]?.answer(Promise.resolve(WRITTEN));
    await first;
    await turn();
    expect(asked.map(({ entry }) => entry.effects.map((effect) => effect.key))).toEqual([['first'], ['second', 'third']]);
    asked[1]?.answer(Promise.resolve(WRITTEN));
    await Promise.all([second, third]);
    expect(asked).toHaveLength(2);
    expect(journal.isDirty).toBe(false);
  });
});
