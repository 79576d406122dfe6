import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { storableError, storableJson, storableText } from '../../src/store/storable-json.ts';

/** The value as it comes back: without NUL, and with a sign for each lone surrogate. */
function clean(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [storableText(key), clean(member)]));
  return value;
}
const piece = fc.constantFrom('\u0000', '\ud800', '\udfff', '\ud83d\ude00', '\\', '\\u0000', '\\ud800', '"', 'a', 'é');
const nasty = fc.oneof(
  fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary' }),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    nasty,
    fc.boolean(),
    fc.constant(null),
    fc.integer(),
    fc.array(tie('any')),
    fc.dictionary(nasty, tie('any')),
  ),
})).any;

describe('storableJson', () => {
  it('is JSON that PostgreSQL and every reader take, and loses nothing else', () => {
    fc.assert(
      fc.property(value, (one) => {
        const text = storableJson(one);
        expect(text.includes('\u0000')).toBe(false);
        expect(text.isWellFormed()).toBe(true);
        const read: unknown = JSON.parse(text);
        expect(JSON.stringify(read)).not.toMatch(/(^|[^\\])(\\\\)*\\u0000/);
        expect(read).toEqual(JSON.parse(JSON.stringify(clean(one))));
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a\u0000b', '"ab"'],
    ['\\u0000', '"\\\\u0000"'],
    ['\ud800', '"\\ufffd"'],
    ['\\ud800', '"\\\\ud800"'],
    ['\ud83d\ude00', '"\ud83d\ude00"'],
  ])('of %j is %s', (text, expected) => {
    expect(storableJson(text)).toBe(expected);
  });
});

describe('storableText and storableError', () => {
  it('take out NUL and make lone surrogates visible', () => {
    expect(storableText('a\u0000b\ud800')).toBe('ab\ufffd');
    expect(storableError('a\u0000b\ud800')).toBe('ab\ufffd');
  });

  it('cut errors to 2000 characters, also where a pair would be torn', () => {
    expect(storableError('x'.repeat(5000))).toHaveLength(2000);
    expect(storableError(`${'x'.repeat(1999)}\ud83d\ude00`)).toBe(`${'x'.repeat(1999)}\ufffd`);
  });
});
