import { describe, expect, it } from '@jest/globals';
import { InDoubtError, PermanentError, RetryableError } from '../../src/core/errors.ts';
import type { Chat, ChatPerson } from '../../src/core/ports.ts';
import { prepareClick } from '../../src/engine/prepare-click.ts';
import { createFakeChat } from './make-ports.ts';

const KATHY: ChatPerson = { id: 'u1', username: 'kathy', name: 'Kathy Kale', email: 'kathy@example.test' };
const CLICK = {
  kind: 'click' as const,
  action: 'Card',
  visit: 1,
  to: 'B',
  label: 'Go',
  personId: 'u1',
  username: 'forged',
  channelId: 'c1',
  postId: 'p1',
};

function prepare(chat: Partial<Chat>) {
  const slept: number[] = [];
  const clock = { now: () => new Date(0), sleep: (ms: number) => Promise.resolve(void slept.push(ms)) };
  const prepared = prepareClick(
    { chat: { ...createFakeChat().chat, ...chat }, clock, signal: new AbortController().signal, source: 'mattermost' },
    CLICK,
  );
  return { prepared, slept };
}
const known = { findPeople: () => Promise.resolve({ found: [KATHY], unknown: [] }) };

describe('a click’s presser', () => {
  it('is who the chat server says, never who the callback says', async () => {
    const { prepared } = prepare({ ...known, isMember: () => Promise.resolve(true) });
    expect(await prepared).toEqual({
      actor: { name: 'Kathy Kale', username: 'kathy', email: 'kathy@example.test', id: 'mattermost:u1' },
      refusal: undefined,
    });
  });

  it('has a name in any case', async () => {
    const { prepared } = prepare({
      findPeople: () => Promise.resolve({ found: [{ ...KATHY, name: '' }], unknown: [] }),
      isMember: () => Promise.resolve(true),
    });
    expect((await prepared).actor.name).toBe('kathy');
  });

  it('must be a member of the card’s channel', async () => {
    const { prepared } = prepare({ ...known, isMember: () => Promise.resolve(false) });
    expect((await prepared).refusal).toContain('Only members of this channel');
  });

  it('must be known', async () => {
    const { prepared } = prepare({
      findPeople: () => Promise.resolve({ found: [], unknown: ['u1'] }),
      isMember: () => Promise.resolve(true),
    });
    expect((await prepared).refusal).toContain('does not know you');
  });

  it('is looked up again when the chat server is busy, as long as it wishes but 10 s at most', async () => {
    let tries = 0;
    const { prepared, slept } = prepare({
      ...known,
      isMember: () => {
        tries += 1;
        return tries < 3
          ? Promise.reject(new RetryableError({ code: 'x', message: 'busy', retryAfterMs: tries === 1 ? 2500 : 60_000 }))
          : Promise.resolve(true);
      },
    });
    expect((await prepared).refusal).toBeUndefined();
    expect(slept).toEqual([2500, 10_000]);
  });

  it.each([
    ['five busy answers', new RetryableError({ code: 'x', message: 'busy' }), 4],
    ['a refusal', new PermanentError({ code: 'x', message: 'no' }), 0],
    ['an answer that can’t be known', new InDoubtError({ code: 'x', message: 'lost' }), 0],
    ['a fault of ours', new TypeError('oops'), 0],
  ])('is asked to press again after %s', async (_what, error, pauses) => {
    const { prepared, slept } = prepare({ ...known, isMember: () => Promise.reject(error) });
    expect((await prepared).refusal).toContain('Press again');
    expect(slept).toHaveLength(pauses);
  });
});
