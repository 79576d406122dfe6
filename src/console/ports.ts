import type { RunContext, RunDoc, RunState } from '../core/run.ts';

/** What the console needs of the store. `store/console-reads.ts` and `store/sessions.ts` fit; times are ISO 8601 in UTC. */

export interface RunSummary {
  readonly id: string;
  readonly playbook: string;
  readonly number: number;
  readonly state: RunState;
  readonly step: string;
  readonly title: string;
  /** Why a person is needed; '' = not needed. */
  readonly attention: string;
  readonly startedAt: string;
  readonly problemStartedAt: string | undefined;
  readonly acknowledgedAt: string | undefined;
  readonly acknowledgedBy: string | undefined;
  readonly resolvedAt: string | undefined;
  readonly endedAt: string | undefined;
}

export interface StoredEffect {
  readonly key: string;
  readonly action: string;
  readonly change: string;
  readonly state: string;
  readonly attempts: number;
  readonly input: string;
  readonly output: string | null;
  readonly error: string | null;
  readonly intendedAt: string;
  readonly endedAt: string | undefined;
}

export interface StoredDelivery {
  readonly id: string;
  readonly seq: string;
  readonly source: string;
  readonly door: string;
  /** Our event as JSON text, where the body was understood. */
  readonly event: string | undefined;
  readonly receivedAt: string;
  readonly decidedAt: string | undefined;
  readonly outcome: string;
  readonly reason: string;
  readonly runIds: readonly string[];
  readonly attempts: number;
}

export interface StoredDeliveryDetail extends StoredDelivery {
  readonly deliveryKey: string;
  readonly eventKey: string | undefined;
  readonly correlationKey: string | undefined;
  /** As stored: JSON text. */
  readonly headers: string;
  /** The first part of the body, raw. */
  readonly body: Uint8Array;
  readonly bytes: number;
}

/** What is shown of a run's document. */
export type ShownDoc = Pick<RunDoc, 'invocations' | 'outputs'>;

export interface StoredRun {
  readonly summary: RunSummary;
  readonly doc: ShownDoc;
  readonly context: RunContext;
  readonly timeline: readonly { readonly seq: number; readonly at: string; readonly kind: string; readonly data: unknown }[];
  readonly effects: readonly StoredEffect[];
  readonly references: readonly { readonly kind: string; readonly value: string }[];
  readonly deliveries: readonly StoredDelivery[];
}

export interface RunName {
  readonly id: string;
  readonly playbook: string;
  readonly number: number;
  readonly title: string;
  readonly state: RunState;
}

export interface RunCount {
  readonly state: RunState;
  readonly runs: number;
  /** How many of them wait for a person. */
  readonly needing: number;
}

export interface ConsoleReads {
  now(): Promise<string>;
  listRuns(query: {
    readonly states: readonly RunState[];
    readonly needsAttention: boolean;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly (RunSummary & { readonly cursor: string })[]>;
  countOpenRuns(): Promise<readonly RunCount[]>;
  countEndedRuns(): Promise<readonly RunCount[]>;
  findRun(id: string): Promise<StoredRun | undefined>;
  listDeliveries(query: {
    readonly outcome?: string | undefined;
    readonly source?: string | undefined;
    readonly before?: string | undefined;
    readonly limit: number;
  }): Promise<readonly StoredDelivery[]>;
  findDelivery(id: string): Promise<StoredDeliveryDetail | undefined>;
  nameRuns(ids: readonly string[]): Promise<readonly RunName[]>;
}

export interface SessionLimits {
  readonly idleSeconds: number;
  readonly absoluteSeconds: number;
}

export interface Accounts {
  findUser(
    username: string,
  ): Promise<{ readonly id: string; readonly username: string; readonly passwordHash: string; readonly role: string } | undefined>;
  /** False = the name was taken. `beforeCommit` runs in the one process that makes it. */
  addUser(
    user: { readonly id: string; readonly username: string; readonly passwordHash: string; readonly role: string },
    beforeCommit: () => void,
  ): Promise<boolean>;
  /** Ends every session of that user. */
  setPassword(userId: string, passwordHash: string): Promise<void>;
  addSession(idHash: string, userId: string, limits: SessionLimits): Promise<void>;
  findSession(
    idHash: string,
    limits: SessionLimits,
  ): Promise<{ readonly userId: string; readonly username: string; readonly role: string } | undefined>;
  touchSession(idHash: string): Promise<void>;
  removeSession(idHash: string): Promise<void>;
  removeSessionsOf(userId: string): Promise<void>;
  countFailures(
    account: string,
    address: string,
    windowSeconds: number,
  ): Promise<{ readonly forAccount: number; readonly forAddress: number; readonly retryAfterS: number }>;
  addFailure(account: string, address: string, windowSeconds: number): Promise<void>;
  clearFailures(account: string, address: string): Promise<void>;
}
