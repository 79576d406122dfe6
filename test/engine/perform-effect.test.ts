import { describe, expect, it } from '@jest/globals';
import { ConfigError, InDoubtError, PermanentError, RetryableError } from '../../src/core/errors.ts';
import { LeaseLost } from '../../src/engine/journal.ts';
import { effectKey, performEffect } from '../../src/engine/perform-effect.ts';
import { makeChange, makeEffects, storedEffect } from './make-effects.ts';
import { RUN_ID } from './make-run.ts';

const details = { code: 'chat.trouble', message: 'trouble' };
const REFERENCE = { kind: 'pager.incident' as const, value: 'pagerduty:P1' };
const perform = (effects: ReturnType<typeof makeEffects>, made: ReturnType<typeof makeChange>, options = {}) =>
  performEffect(effects.context, 'Card', 'Card-1', 'chat.post', made.change, { text: 'now' }, options);

describe('an effect', () => {
  it('is intended in a commit of its own before the call, and its result is written after it', async () => {
    const effects = makeEffects();
    const made = makeChange({
      call: () => {
        expect(effects.store.effects()).toEqual(['Card-1 intended']);
        return Promise.resolve({ id: 'p1' });
      },
    });
    expect(await perform(effects, made)).toEqual({ id: 'p1' });
    await effects.journal.flush();
    expect(effects.store.effects()).toEqual(['Card-1 intended', 'Card-1 done']);
    expect(made.markers).toEqual([`ib-${RUN_ID}-Card-1`]);
  });

  it('that is done is handed out again without a call', async () => {
    const effects = makeEffects([storedEffect('Card-1', 'done', { output: { id: 'p0' } })]);
    const made = makeChange();
    expect(await perform(effects, made)).toEqual({ id: 'p0' });
    expect(made.asked).toEqual([]);
    expect(effects.store.entries).toEqual([]);
  });

  it('in doubt is looked for as it was sent, and taken as done where it is found', async () => {
    const effects = makeEffects([storedEffect('Card-1', 'intended')]);
    const made = makeChange({ look: { answer: 'found', output: { id: 'p9' } } });
    expect(await perform(effects, made)).toEqual({ id: 'p9' });
    expect(made.asked).toEqual(['look:first@2026-03-01T10:00:00.000Z']);
    expect(effects.reconciled).toEqual([['chat.post', true]]);
    expect(effects.journal.effects.get('Card-1')).toMatchObject({ state: 'done', output: { id: 'p9' } });
  });

  it('that was found with the input of today is not stale', async () => {
    const effects = makeEffects([storedEffect('Card-1', 'intended', { input: { text: 'now' } })]);
    await perform(effects, makeChange({ look: { answer: 'found', output: { id: 'p9' } } }));
    expect(effects.reconciled).toEqual([['chat.post', false]]);
  });

  it('in doubt that is surely absent is intended and sent anew, with the input of today', async () => {
    const effects = makeEffects([storedEffect('Card-1', 'intended')]);
    const made = makeChange({ look: { answer: 'absent' } });
    await perform(effects, made);
    expect(made.asked).toEqual(['look:first@2026-03-01T10:00:00.000Z', 'call:now']);
    expect(effects.store.entries[0]?.effects[0]).toMatchObject({ state: 'intended', input: { text: 'now' } });
  });

  it('in doubt of which nothing can be said yet is not repeated, but looked for again when the vendor says', async () => {
    const effects = makeEffects([storedEffect('Card-1', 'intended')]);
    const made = makeChange({ look: { answer: 'unknown', retryAfterMs: 15_000 } });
    await expect(perform(effects, made)).rejects.toMatchObject({ kind: 'retryable', code: 'effect.in_doubt', retryAfterMs: 15_000 });
    expect(made.asked).toHaveLength(1);
    expect(effects.journal.effects.get('Card-1')?.state).toBe('intended');
  });

  it('stays in doubt when the look itself fails', async () => {
    const effects = makeEffects([storedEffect('Card-1', 'intended')]);
    await expect(perform(effects, makeChange({ look: new RetryableError(details) }))).rejects.toThrow('trouble');
    expect(effects.journal.effects.get('Card-1')?.state).toBe('intended');
  });

  it.each([
    ['refused', 'surely not done', new RetryableError(details)],
    ['refused', 'refused for a setting', new ConfigError(details)],
    ['failed', 'for good', new PermanentError(details)],
    ['intended', 'of unknown outcome', new InDoubtError(details)],
    ['intended', 'a bug of ours', new TypeError('x is not a function')],
  ])('is %s after a failure that is %s', async (state, _what, error) => {
    const effects = makeEffects();
    await expect(perform(effects, makeChange({ call: () => Promise.reject(error) }))).rejects.toBe(error);
    expect(effects.journal.effects.get('Card-1')?.state).toBe(state);
  });

  it.each(['refused', 'failed'] as const)('that was %s is intended and sent anew without a look', async (state) => {
    const effects = makeEffects([storedEffect('Card-1', state)]);
    const made = makeChange();
    await perform(effects, made);
    expect(made.asked).toEqual(['call:now']);
  });

  it('is not sent when the lease is lost with the intent', async () => {
    const effects = makeEffects();
    effects.store.lose();
    const made = makeChange();
    await expect(perform(effects, made)).rejects.toThrow(LeaseLost);
    expect(made.asked).toEqual([]);
  });

  it('is not sent when the lease ran out between the intent and the call', async () => {
    const effects = makeEffects();
    const made = makeChange();
    const context = { ...effects.context, holdLease: () => Promise.reject(new LeaseLost('stood still')) };
    await expect(performEffect(context, 'Card', 'Card-1', 'chat.post', made.change, { text: 'now' })).rejects.toThrow(LeaseLost);
    expect(made.asked).toEqual([]);
  });

  it('keeps its intent when its call was cut off with the lease', async () => {
    const effects = makeEffects();
    const made = makeChange({
      call: () => {
        effects.abort.abort();
        return Promise.reject(new RetryableError(details));
      },
    });
    await expect(perform(effects, made)).rejects.toThrow('trouble');
    expect(effects.journal.effects.get('Card-1')?.state).toBe('intended');
  });

  it('reserves its references with the intent, and adds those that its outcome names', async () => {
    const effects = makeEffects();
    await perform(effects, makeChange(), {
      reserve: [REFERENCE],
      references: (output: { id: string }) => [{ kind: 'chat.post', value: `mattermost:${output.id}` }],
    });
    await effects.journal.flush();
    expect(effects.store.entries.map((entry) => entry.references)).toEqual([[REFERENCE], [{ kind: 'chat.post', value: 'mattermost:p1' }]]);
  });

  it('expects its echo from the intent on, and no longer when nothing was changed', async () => {
    const effects = makeEffects();
    const echo = { reference: REFERENCE, eventType: 'acknowledged', actorId: '' };
    await perform(effects, makeChange(), { echo, unchanged: () => true });
    await effects.journal.flush();
    expect(effects.store.entries[0]?.echoes).toEqual([{ effectKey: 'Card-1', ...echo }]);
    expect(effects.store.entries[1]?.droppedEchoes).toEqual(['Card-1']);
  });

  it('expects its echo again when it is sent again before the failed try was written', async () => {
    const effects = makeEffects();
    const echo = { reference: REFERENCE, eventType: 'acknowledged', actorId: '' };
    await expect(perform(effects, makeChange({ call: () => Promise.reject(new RetryableError(details)) }), { echo })).rejects.toThrow();
    await perform(effects, makeChange(), { echo });
    expect(effects.store.entries[1]).toMatchObject({ echoes: [{ effectKey: 'Card-1' }], droppedEchoes: [] });
  });

  it('does not overlap with another one about the same thing; others don’t wait for it', async () => {
    const effects = makeEffects();
    const made = makeChange();
    const send = (key: string, about: string) =>
      performEffect(effects.context, 'Card', key, 'chat.post', made.change, { text: key }, { about });
    await Promise.all([send('a-1', 'post:p'), send('b-1', 'post:p'), send('c-1', 'post:p')]);
    expect(made.most()).toBe(1);
    expect(made.asked).toEqual(['call:a-1', 'call:b-1', 'call:c-1']);
    await Promise.all([send('d-1', 'post:q'), send('e-1', 'post:r')]);
    expect(made.most()).toBe(2);
  });

  it('lets the next one go on after it has failed', async () => {
    const effects = makeEffects();
    const send = (key: string, made: ReturnType<typeof makeChange>) =>
      performEffect(effects.context, 'Card', key, 'chat.post', made.change, { text: key }, { about: 'post:p' });
    const failing = send('a-1', makeChange({ call: () => Promise.reject(new PermanentError(details)) }));
    const next = send('b-1', makeChange());
    await expect(failing).rejects.toThrow();
    expect(await next).toEqual({ id: 'p1' });
  });
});

describe('the key of an effect', () => {
  it.each([
    [['Card', 1, 0, undefined], 'Card-1'],
    [['Card', 3, 2, undefined], 'Card-3-r2'],
    [['Join', 1, 0, 'u1'], 'Join-1-u1'],
    [['Join', 1, 1, 'u1'], 'Join-1-r1-u1'],
  ] as const)('of %j is %s', ([action, visit, round, part], key) => {
    expect(effectKey(action, visit, round, part)).toBe(key);
  });
});
