import type { Queue } from 'bullmq';
import type { Clock } from '../core/clock.ts';
import type { ConnectionState } from '../core/connector.ts';
import type { Log } from '../core/log.ts';
import type { Accounts, ConsoleReads } from './ports.ts';

export interface RunCommand {
  readonly runId: string;
  readonly operation: 'retry' | 'skip' | 'cancel';
  /** One action; without it, everything that has failed. */
  readonly action?: string;
  /** The user who pressed. */
  readonly by: string;
}

/** `reason` is shown to the person when the command isn't accepted. */
export interface CommandAnswer {
  readonly accepted: boolean;
  readonly reason?: string;
}

export interface ConsoleStatus {
  readonly mode: 'embedded' | 'server' | 'scaled';
  /** In words: "PGlite (embedded)", "PostgreSQL 16". */
  readonly database: string;
  readonly version?: string;
  /** What an administrator should know, each a sentence or two. */
  readonly warnings: readonly string[];
  readonly connectors: readonly { readonly id: string; readonly label: string; readonly connection: ConnectionState }[];
}

export interface ConsoleDeps {
  readonly reads: ConsoleReads;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly log: Log;
  /** Our own base URL, no trailing slash: decides the cookie's name and which Origin is ours. */
  readonly publicUrl: string;
  /** The password of `admin`. When it changes, all sessions end. Without it one is made at the first start. */
  readonly adminPassword: string | undefined;
  /** Shows a text to whoever starts the process; not the log, which may be kept. */
  printOnce(text: string): void;
  readonly boardQueues: readonly Queue[];
  operate(command: RunCommand): Promise<CommandAnswer>;
  replay(deliveryId: string, by: string): Promise<CommandAnswer>;
  /** Starts a playbook that has a manual trigger. */
  runPlaybook(name: string, by: string): Promise<CommandAnswer>;
  status(): Promise<ConsoleStatus>;
  /** Where a person can watch the simulated vendors; demo only. */
  readonly simulatedChatUrl?: string | undefined;
}
