import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createTokenSigner } from '../../src/engine/button-token.ts';
import { RUN_ID } from './make-run.ts';

const KEY = Buffer.alloc(32, 7);
const OTHER = Buffer.alloc(32, 8);
const TOKEN = { run: RUN_ID, action: 'Card', visit: 2, to: 'Acknowledged', label: 'Ack “now”', channel: 'c1' };
const signer = createTokenSigner([KEY]);
const token = fc.record({
  run: fc.uuid(),
  action: fc.string(),
  visit: fc.nat(),
  to: fc.string(),
  label: fc.string({ unit: 'grapheme' }),
  channel: fc.string(),
});

describe('a button’s token', () => {
  it('gives back what was signed', () => {
    fc.assert(
      fc.property(token, (value) => {
        expect(signer.read(signer.sign(value))).toEqual(value);
      }),
    );
  });

  it('is refused with any one bit flipped', () => {
    const signed = Buffer.from(signer.sign(TOKEN));
    for (let bit = 0; bit < signed.length * 8; bit += 1) {
      const forged = Buffer.from(signed);
      forged[bit >> 3] = (forged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(signer.read(forged.toString('latin1'))).toBeUndefined();
    }
  });

  it('is refused with anything cut off, added or put in', () => {
    const signed = signer.sign(TOKEN);
    fc.assert(
      fc.property(fc.nat(signed.length), fc.string({ minLength: 1, maxLength: 3 }), (at, more) => {
        expect(signer.read(signed.slice(0, at) + more + signed.slice(at))).toBeUndefined();
        if (at < signed.length) expect(signer.read(signed.slice(0, at))).toBeUndefined();
      }),
    );
  });

  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(signer.read(text)).toBeUndefined();
      }),
    );
    for (const text of ['', '.', '..', 'a.b.c', `${'x'.repeat(3000)}.y`, 'bnVsbA.bnVsbA']) expect(signer.read(text)).toBeUndefined();
  });

  it('is read with the old key while keys are changed, and signed with the new one', () => {
    const rotating = createTokenSigner([OTHER, KEY]);
    expect(rotating.read(signer.sign(TOKEN))).toEqual(TOKEN);
    expect(signer.read(rotating.sign(TOKEN))).toBeUndefined();
    expect(createTokenSigner([OTHER]).read(signer.sign(TOKEN))).toBeUndefined();
  });

  it('is refused when its parts are exchanged with those of another one', () => {
    const [body] = signer.sign(TOKEN).split('.');
    const [, signature] = signer.sign({ ...TOKEN, to: 'Resolved' }).split('.');
    expect(signer.read(`${body ?? ''}.${signature ?? ''}`)).toBeUndefined();
  });
});
