/**
 * The three kinds of trouble, decided where an error is born and read in one place by the engine (docs/decisions/0002).
 * A call that may have happened is a fourth thing, not an error of ours: {@link InDoubtError}.
 */
export type ErrorKind = 'retryable' | 'permanent' | 'config' | 'in_doubt';

export interface ErrorDetails {
  /** Stable, dotted, starting with the connector or module: `pagerduty.rate_limited`. */
  readonly code: string;
  /** What happened and what the reader can do next. */
  readonly message: string;
  readonly cause?: unknown;
}

export abstract class BridgeError extends Error {
  abstract readonly kind: ErrorKind;
  readonly code: string;

  constructor(details: ErrorDetails) {
    super(details.message, { cause: details.cause });
    this.name = new.target.name;
    this.code = details.code;
  }
}

/** Surely not done; worth trying again: 429, 502–504 of a read, connection refused, circuit open. */
export class RetryableError extends BridgeError {
  readonly kind = 'retryable';
  /** The earliest next try, in milliseconds from now, as the vendor asked for; a floor for our own back-off. */
  readonly retryAfterMs: number | undefined;
  /** False when no request was sent at all (circuit open, connection paused): such a try uses up no attempt. */
  readonly countsAsAttempt: boolean;

  constructor(details: ErrorDetails & { retryAfterMs?: number | undefined; countsAsAttempt?: boolean }) {
    super(details);
    this.retryAfterMs = details.retryAfterMs;
    this.countsAsAttempt = details.countsAsAttempt ?? true;
  }
}

/** Trying again can't help: 400, 403, 404, a channel that is gone. The action's `on_error` decides. */
export class PermanentError extends BridgeError {
  readonly kind = 'permanent';
}

/** A setting is missing or wrong (also a vendor's 401). The message names the setting. */
export class ConfigError extends BridgeError {
  readonly kind = 'config';
}

/** The request was sent and its outcome is not known (timeout, reset, 5xx of a changing call): look before repeating. */
export class InDoubtError extends BridgeError {
  readonly kind = 'in_doubt';
}

/** The text of whatever was thrown, for logs and stored errors. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
