/** A refusal in PagerDuty's envelope: `{"error":{"message","code","errors"}}`. */
export class PagerDutyError extends Error {
  readonly status: number;
  readonly code: number;
  readonly errors: readonly string[] | undefined;

  constructor(status: number, code: number, message: string, errors?: readonly string[]) {
    super(message);
    this.name = 'PagerDutyError';
    this.status = status;
    this.code = code;
    this.errors = errors;
  }

  toBody(): unknown {
    return { error: { message: this.message, code: this.code, ...(this.errors ? { errors: this.errors } : {}) } };
  }
}

export function invalidInput(...errors: readonly string[]): PagerDutyError {
  return new PagerDutyError(400, 2001, 'Invalid Input Provided', errors);
}

export function notFound(): PagerDutyError {
  return new PagerDutyError(404, 2100, 'Not Found');
}
