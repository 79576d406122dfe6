/** A request that is answered with an error: status, a stable code, and a message that says what to do next. */
export class RequestError extends Error {
  readonly status: number;
  readonly code: string;
  /** More fields of the answer: `retryAfterS`, `issues`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(status: number, code: string, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'RequestError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}
