import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseSecrets, verifyPagerDuty } from '../../../src/connectors/pagerduty/verify.ts';
import { readSample, recorded, samples } from './deliveries.ts';

const secret = 'sample-signing-secret-not-for-production';

function sign(body: Buffer, key = secret): string {
  return `v1=${createHmac('sha256', key).update(body).digest('hex')}`;
}

function verify(rawBody: Buffer, signature: string | undefined, secrets: readonly string[] = [secret]) {
  return verifyPagerDuty({ rawBody, headers: signature === undefined ? {} : { 'x-pagerduty-signature': signature } }, secrets);
}

describe('verifyPagerDuty', () => {
  test.each(samples.deliveries.map((delivery) => [delivery.file, delivery.headers['x-pagerduty-signature']]))(
    'accepts the sample %s',
    (file, signature) => {
      expect(verify(readSample(String(file)), signature, [samples.secret])).toBeUndefined();
    },
  );

  test('accepts the real deliveries with their real signatures', () => {
    expect(verify(recorded.triggered.body, recorded.triggered.signature, [recorded.secret])).toBeUndefined();
    expect(verify(recorded.acknowledged.body, recorded.acknowledged.signature, [recorded.secret])).toBeUndefined();
    expect(verify(recorded.triggered.body, recorded.acknowledged.signature, [recorded.secret])).toBeDefined();
  });

  test('refuses when any one bit of body or signature is flipped', () => {
    const body = recorded.triggered.body;
    const digest = createHmac('sha256', secret).update(body).digest();
    fc.assert(
      fc.property(fc.nat(body.length * 8 - 1), (bit) => {
        expect(verify(flip(body, bit), sign(body))).toBeDefined();
      }),
      { numRuns: 5_000 },
    );
    for (let bit = 0; bit < 256; bit += 1) expect(verify(body, `v1=${flip(digest, bit).toString('hex')}`)).toBeDefined();
  });

  test('accepts both secrets while rotating, on either side', () => {
    const body = Buffer.from('{}');
    expect(verify(body, sign(body, 'old'), ['new', 'old'])).toBeUndefined();
    expect(verify(body, sign(body, 'new'), ['new', 'old'])).toBeUndefined();
    expect(verify(body, `${sign(body, 'old')}, ${sign(body, 'new')}`, ['new'])).toBeUndefined();
    expect(verify(body, sign(body, 'other'), ['new', 'old'])).toBeDefined();
  });

  test('ignores other versions beside a good v1', () => {
    const body = Buffer.from('{}');
    expect(verify(body, `v2=abc,${sign(body)}`)).toBeUndefined();
    expect(verify(body, sign(body).replace('v1=', 'v2='))).toBeDefined();
  });

  test('takes upper-case hex', () => {
    const body = Buffer.from('{}');
    expect(verify(body, `v1=${sign(body).slice(3).toUpperCase()}`)).toBeUndefined();
  });

  test('refuses missing, empty, short, doubled and non-hex signatures, and an empty body', () => {
    const body = Buffer.from('{}');
    const good = sign(body);
    for (const bad of [undefined, '', 'v1=', good.slice(3), good.slice(0, -1), good + good.slice(3), `v1=${'g'.repeat(64)}`, ',,,']) {
      expect(verify(body, bad)).toBeDefined();
    }
    expect(verify(Buffer.alloc(0), sign(Buffer.alloc(0)))).toBeDefined();
    expect(verify(body, good, [])).toBeDefined();
  });

  test('never throws and never accepts what was made up', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string({ unit: 'binary' }), (body, header) => {
        expect(verify(Buffer.from(body), header)).toBeDefined();
      }),
    );
  });
});

test('parseSecrets splits at commas and drops blanks', () => {
  expect(parseSecrets(' a , ,b')).toEqual(['a', 'b']);
  expect(parseSecrets(undefined)).toEqual([]);
});

function flip(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}
