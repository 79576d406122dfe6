/** A refusal in Jira's envelope: `{"errorMessages":[…],"errors":{field: text}}`. */
export class JiraError extends Error {
  readonly status: number;
  readonly errorMessages: readonly string[];
  readonly errors: Readonly<Record<string, string>>;

  constructor(status: number, errorMessages: readonly string[], errors: Readonly<Record<string, string>> = {}) {
    super([...errorMessages, ...Object.values(errors)].join(' '));
    this.name = 'JiraError';
    this.status = status;
    this.errorMessages = errorMessages;
    this.errors = errors;
  }

  toBody(): unknown {
    return { errorMessages: this.errorMessages, errors: this.errors };
  }
}

export const badRequest = (message: string) => new JiraError(400, [message]);
export const badField = (field: string, message: string) => new JiraError(400, [], { [field]: message });
/** Missing and not visible are told apart nowhere. */
export const issueNotFound = () => new JiraError(404, ['Issue does not exist or you do not have permission to see it.']);
