import { type BridgeError, ConfigError, type ErrorDetails, InDoubtError, PermanentError, RetryableError } from '../core/errors.ts';

/** The vendor understood and said no. The connector may know better ("already so") and turn it into success. */
export class VendorRefusal extends PermanentError {
  readonly status: number;
  /** The vendor's own error id or number as text; '' where it gave none. */
  readonly vendorCode: string;
  /** Names of the fields the vendor complains of. */
  readonly fields: readonly string[];

  constructor(details: ErrorDetails & { status: number; vendorCode: string; fields: readonly string[] }) {
    super(details);
    this.status = details.status;
    this.vendorCode = details.vendorCode;
    this.fields = details.fields;
  }
}

/** What a vendor's error body says, as its connector reads it. */
export interface VendorComplaint {
  readonly code: string;
  readonly text: string;
  readonly fields: readonly string[];
}

export const NO_COMPLAINT: VendorComplaint = { code: '', text: '', fields: [] };

/** How errors of one vendor are worded and told apart. */
export interface ErrorDialect {
  /** The connector's id; heads every code. */
  readonly id: string;
  /** "Mattermost". */
  readonly label: string;
  /** The settings to name when credentials or the address are refused. */
  readonly credentialSettings: string;
  readonly urlSetting: string;
  /** Reads an error body; never throws. */
  readComplaint(body: unknown): VendorComplaint;
  /** Vendor codes of 5xx answers that no repeat can help. */
  readonly permanentCodes?: ReadonlySet<string>;
  /** Values that must never be read in an error's text. */
  readonly secrets: readonly string[];
}

/** One request, as far as its errors need it. */
export interface CallSummary {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** A read, or a change that may be repeated without harm. */
  readonly idempotent: boolean;
}

/** What came instead of a good answer. */
export type Trouble =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterMs: number | undefined; readonly body: unknown }
  /** A 2xx whose body isn't what was promised. */
  | { readonly kind: 'garbage'; readonly status: number; readonly cause: unknown }
  | { readonly kind: 'failure'; readonly stopped: 'by caller' | 'by deadline' | undefined; readonly cause: unknown };

/** The one place that turns an answer or a socket failure into one of our kinds of error. */
export function errorOf(trouble: Trouble, call: CallSummary, dialect: ErrorDialect): BridgeError {
  if (trouble.kind === 'answer') return errorOfAnswer(trouble, call, dialect);
  if (trouble.kind === 'garbage') {
    const advice = `Check that ${dialect.urlSetting} points at ${dialect.label} itself and not at a proxy's page.`;
    const text = `${where(call, dialect)} answered ${trouble.status} with a body that can't be read. ${advice}`;
    return unknownOutcome('unreadable_answer', text, call, dialect, trouble.cause);
  }
  return errorOfFailure(trouble, call, dialect);
}

function errorOfAnswer(
  { status, retryAfterMs, body }: { readonly status: number; readonly retryAfterMs: number | undefined; readonly body: unknown },
  call: CallSummary,
  dialect: ErrorDialect,
): BridgeError {
  const { id, label } = dialect;
  const complaint = dialect.readComplaint(body);
  const said = clean(complaint.text, dialect.secrets);
  const text = `${where(call, dialect)} answered ${status}${said === '' ? '' : `: ${said}`}.`;
  if (status === 429 || (status === 503 && retryAfterMs !== undefined)) {
    const code = status === 429 ? `${id}.rate_limited` : `${id}.unavailable`;
    return new RetryableError({ code, message: `${text} It is tried again by itself, no sooner than asked.`, retryAfterMs });
  }
  if (status === 425) return new RetryableError({ code: `${id}.unavailable`, message: text, retryAfterMs });
  if (status === 401) {
    return new ConfigError({
      code: `${id}.credentials_refused`,
      message: `${label} refused our credentials (401). Renew ${dialect.credentialSettings} and restart.`,
    });
  }
  if (status >= 300 && status < 400) {
    return new ConfigError({
      code: `${id}.redirected`,
      message: `${text} Redirects are not followed: set ${dialect.urlSetting} to the final address.`,
    });
  }
  if ((status >= 500 || status === 408) && !dialect.permanentCodes?.has(complaint.code)) {
    return unknownOutcome(`http_${status}`, text, call, dialect, undefined, retryAfterMs);
  }
  return new VendorRefusal({
    code: status === 403 ? `${id}.forbidden` : status === 404 ? `${id}.not_found` : `${id}.refused`,
    message: status === 403 ? `${text} Give the bridge's account the right to do this.` : text,
    status,
    vendorCode: complaint.code,
    fields: complaint.fields,
  });
}

function errorOfFailure(
  { stopped, cause }: { readonly stopped: 'by caller' | 'by deadline' | undefined; readonly cause: unknown },
  call: CallSummary,
  dialect: ErrorDialect,
): BridgeError {
  const place = where(call, dialect);
  if (stopped === undefined && wasNeverSent(cause)) {
    return new RetryableError({
      code: `${dialect.id}.unreachable`,
      message: `${place}: no connection (${codeOf(cause)}). Check ${dialect.urlSetting} and that ${dialect.label} is up; it is tried again by itself.`,
      cause,
    });
  }
  if (stopped === 'by caller') {
    const text = `${place} was stopped by us before its answer came.`;
    if (!call.idempotent) return new InDoubtError({ code: `${dialect.id}.aborted`, message: text, cause });
    return new RetryableError({ code: `${dialect.id}.aborted`, message: text, cause, countsAsAttempt: false });
  }
  const late = stopped === 'by deadline' || isTimeout(cause);
  const text = late ? `${place} gave no answer in time.` : `${place}: the connection broke (${codeOf(cause)}).`;
  return unknownOutcome(late ? 'timeout' : 'connection_lost', text, call, dialect, cause);
}

function unknownOutcome(
  reason: string,
  text: string,
  call: CallSummary,
  dialect: ErrorDialect,
  cause: unknown,
  retryAfterMs?: number,
): BridgeError {
  const code = `${dialect.id}.${reason}`;
  if (call.idempotent) return new RetryableError({ code, message: `${text} It is tried again by itself.`, cause, retryAfterMs });
  return new InDoubtError({ code, message: `${text} It may have happened; it is looked up before anything is repeated.`, cause });
}

function where(call: CallSummary, dialect: ErrorDialect): string {
  return `${dialect.label}, ${call.method} ${call.path}`;
}

/** Failures of name look-up, connect and TLS handshake: not a byte of the request went out. */
const NEVER_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const TIMEOUTS = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

function wasNeverSent(cause: unknown): boolean {
  if (NEVER_SENT.has(codeOf(cause))) return true;
  // No `instanceof Error`: socket errors may come from another realm than ours.
  return isObject(cause) && 'syscall' in cause && (cause.syscall === 'connect' || cause.syscall === 'getaddrinfo');
}

function isTimeout(cause: unknown): boolean {
  return TIMEOUTS.has(codeOf(cause));
}

function codeOf(cause: unknown): string {
  if (!isObject(cause)) return 'unknown';
  if ('code' in cause && typeof cause.code === 'string') return cause.code;
  return 'name' in cause && typeof cause.name === 'string' ? cause.name : 'unknown';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Vendor text for our messages: one line, short, without our secrets even if the vendor echoes them. */
function clean(text: string, secrets: readonly string[]): string {
  let line = text.replace(/\p{C}+/gu, ' ').trim();
  for (const secret of secrets) if (secret !== '') line = line.replaceAll(secret, '[secret]');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line.replace(/\.$/, '');
}

/** `Retry-After` in seconds or as an HTTP date, in milliseconds, at most an hour; undefined if it is neither or past. */
export function parseRetryAfter(value: string | undefined, now: Date): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  const ms = /^\d{1,9}(\.\d+)?$/.test(text) ? Number(text) * 1000 : /[A-Za-z]{3}/.test(text) ? Date.parse(text) - now.getTime() : NaN;
  return Number.isFinite(ms) && ms >= 0 ? Math.min(Math.ceil(ms), 3_600_000) : undefined;
}
