import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Refusal, SignedRequest } from '../../core/connector.ts';

const HEX_SHA256 = /^[0-9a-f]{64}$/i;

/**
 * Header `X-PagerDuty-Signature: v1=<64 hex>[,v1=<64 hex>…]`, HMAC-SHA256 over the raw bytes; the secret is used as it is printed, not decoded.
 * There is no timestamp: replays are told by the delivery's and the event's id.
 * https://developer.pagerduty.com/docs/verifying-webhook-signatures
 */
export function verifyPagerDuty({ headers, rawBody }: SignedRequest, secrets: readonly string[]): Refusal {
  const header = headers['x-pagerduty-signature'];
  if (typeof header !== 'string' || header === '') return 'no X-PagerDuty-Signature header';
  if (rawBody.length === 0) return 'empty body';
  const candidates: Buffer[] = [];
  for (const part of header.split(',')) {
    const text = part.trim();
    // Other versions are not an error: the vendor may add one beside v1.
    if (!text.startsWith('v1=')) continue;
    const hex = text.slice(3);
    if (HEX_SHA256.test(hex)) candidates.push(Buffer.from(hex, 'hex'));
  }
  if (candidates.length === 0) return 'no well-formed v1 signature';
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(rawBody).digest();
    // Equal lengths by the pattern above; timingSafeEqual throws otherwise.
    for (const candidate of candidates) if (timingSafeEqual(candidate, expected)) return undefined;
  }
  return 'the signature fits none of our secrets';
}

/** Splits the setting: several secrets while rotating. */
export function parseSecrets(setting: string | undefined): readonly string[] {
  return (setting ?? '')
    .split(',')
    .map((secret) => secret.trim())
    .filter((secret) => secret !== '');
}
