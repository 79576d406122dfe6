/** One command of the program. */
export interface Command {
  readonly name: string;
  /** How it is called, for the help. */
  readonly usage: string;
  readonly summary: string;
  /** Answers the exit code. */
  run(args: readonly string[]): Promise<number>;
}

/** A mistake in how a command was called; its message says how it is called. */
export class UsageError extends Error {}

/** Prints for people; stdout. */
export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Prints beside the output; stderr. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
