import { describe, expect, test } from '@jest/globals';
import { type CallSummary, type ErrorDialect, errorOf, parseRetryAfter, VendorRefusal } from '../../src/connectors/vendor-error.ts';

const dialect: ErrorDialect = {
  id: 'acme',
  label: 'Acme',
  credentialSettings: 'ACME_TOKEN',
  urlSetting: 'ACME_URL',
  secrets: ['s3cret'],
  permanentCodes: new Set(['for.ever']),
  readComplaint: (body) =>
    typeof body === 'string' ? { code: body, text: `said ${body} s3cret`, fields: [] } : { code: '', text: '', fields: [] },
};
const read: CallSummary = { method: 'GET', path: '/things', idempotent: true };
const change: CallSummary = { method: 'POST', path: '/things', idempotent: false };

function answer(status: number, call: CallSummary, retryAfterMs?: number, body?: unknown) {
  return errorOf({ kind: 'answer', status, retryAfterMs, body }, call, dialect);
}
function failure(cause: unknown, call: CallSummary, stopped?: 'by caller' | 'by deadline') {
  return errorOf({ kind: 'failure', stopped, cause }, call, dialect);
}
const socketError = (fields: object) => Object.assign(new Error('socket'), fields);

describe('errorOf', () => {
  test.each([
    [429, 'retryable', 'retryable'],
    [425, 'retryable', 'retryable'],
    [408, 'retryable', 'in_doubt'],
    [500, 'retryable', 'in_doubt'],
    [502, 'retryable', 'in_doubt'],
    [503, 'retryable', 'in_doubt'],
    [504, 'retryable', 'in_doubt'],
    [400, 'permanent', 'permanent'],
    [402, 'permanent', 'permanent'],
    [403, 'permanent', 'permanent'],
    [404, 'permanent', 'permanent'],
    [409, 'permanent', 'permanent'],
    [413, 'permanent', 'permanent'],
    [422, 'permanent', 'permanent'],
    [401, 'config', 'config'],
    [301, 'config', 'config'],
  ])('a %d is %s for a read and %s for a change', (status, ofRead, ofChange) => {
    expect(answer(status, read).kind).toBe(ofRead);
    expect(answer(status, change).kind).toBe(ofChange);
  });

  test('a 503 that says when to come back did nothing', () => {
    expect(answer(503, change, 2_000)).toMatchObject({ kind: 'retryable', retryAfterMs: 2_000 });
  });

  test('a 5xx that stays so is permanent', () => {
    expect(answer(500, change, undefined, 'for.ever')).toMatchObject({ kind: 'permanent', status: 500, vendorCode: 'for.ever' });
  });

  test('a refusal carries status and vendor code', () => {
    const error = answer(409, change, undefined, 'conflict');
    expect(error).toBeInstanceOf(VendorRefusal);
    expect(error).toMatchObject({ code: 'acme.refused', status: 409, vendorCode: 'conflict' });
  });

  test.each([
    [{ code: 'ECONNREFUSED', syscall: 'connect' }],
    [{ code: 'ENOTFOUND', syscall: 'getaddrinfo' }],
    [{ code: 'ETIMEDOUT', syscall: 'connect' }],
    [{ code: 'UND_ERR_CONNECT_TIMEOUT' }],
    [{ code: 'CERT_HAS_EXPIRED' }],
  ])('%j was never sent, so a change may be repeated', (fields) => {
    expect(failure(socketError(fields), change)).toMatchObject({ kind: 'retryable', code: 'acme.unreachable' });
  });

  test.each([[{ code: 'ECONNRESET', syscall: 'read' }], [{ code: 'UND_ERR_SOCKET' }], [{ code: 'UND_ERR_HEADERS_TIMEOUT' }], [{}]])(
    '%j leaves a change in doubt',
    (fields) => {
      expect(failure(socketError(fields), change).kind).toBe('in_doubt');
      expect(failure(socketError(fields), read).kind).toBe('retryable');
    },
  );

  test('a connection refused after our time was up is still only late', () => {
    expect(failure(socketError({ code: 'ECONNREFUSED' }), change, 'by deadline')).toMatchObject({ kind: 'in_doubt', code: 'acme.timeout' });
  });

  test('what we stop ourselves uses up no attempt, or is in doubt', () => {
    expect(failure(new Error('x'), read, 'by caller')).toMatchObject({ kind: 'retryable', countsAsAttempt: false });
    expect(failure(new Error('x'), change, 'by caller')).toMatchObject({ kind: 'in_doubt', code: 'acme.aborted' });
  });

  test('an unreadable 200 is like a 5xx', () => {
    expect(errorOf({ kind: 'garbage', status: 200, cause: 'x' }, change, dialect).kind).toBe('in_doubt');
    expect(errorOf({ kind: 'garbage', status: 200, cause: 'x' }, read, dialect).kind).toBe('retryable');
  });

  test('no text shows a secret, even if the vendor echoes it', () => {
    expect(answer(400, change, undefined, 'why').message).toBe('Acme, POST /things answered 400: said why [secret].');
  });
});

describe('parseRetryAfter', () => {
  const now = new Date('2026-01-01T00:00:00Z');
  test.each([
    ['7', 7_000],
    ['0.5', 500],
    ['0', 0],
    ['99999', 3_600_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Thu, 01 Jan 2027 00:01:00 GMT', 3_600_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', undefined],
    ['-5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['1e9', undefined],
    [undefined, undefined],
  ])('%s is %s ms', (value, ms) => {
    expect(parseRetryAfter(value, now)).toBe(ms);
  });
});
