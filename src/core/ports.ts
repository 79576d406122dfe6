import type { Actor } from './event.ts';

/** What every outward call gets: when to stop, and how the thing it makes can be found again. */
export interface CallContext {
  /** Aborts when the run's lease is lost or the process shuts down. */
  readonly signal: AbortSignal;
  /** `ib-<runId>-<action>-<visit>[-<part>]`: stored at the vendor in the creating call itself. No spaces, ≤ 200 characters. */
  readonly marker: string;
}

export interface ReconcileContext extends CallContext {
  /** When the intent was committed, by the database's clock. */
  readonly intendedAt: Date;
  readonly now: Date;
}

/** What a look at the vendor says of an effect that is in doubt. */
export type Reconciled<Output> =
  | { readonly answer: 'found'; readonly output: Output }
  | { readonly answer: 'absent' }
  /** Can't tell yet (search lag, vendor down): look again after `retryAfterMs`. */
  | { readonly answer: 'unknown'; readonly retryAfterMs: number };

/**
 * One changing call, paired with the look that tells whether it happened.
 * `call` may throw RetryableError (surely not done), PermanentError, ConfigError or InDoubtError.
 * `reconcile` may answer 'absent' only when a second call can't double anything.
 */
export interface Change<Input, Output> {
  call(input: Input, context: CallContext): Promise<Output>;
  reconcile(input: Input, context: ReconcileContext): Promise<Reconciled<Output>>;
}

// ---- Chat -----------------------------------------------------------------------------------------------------------

export interface ChatPerson {
  readonly id: string;
  readonly username: string;
  readonly name: string;
  readonly email: string;
}

export interface ChannelInput {
  /** Team name; the connector's default team when absent. */
  readonly team?: string | undefined;
  readonly name: string;
  readonly displayName: string;
  readonly header: string;
  readonly purpose: string;
  readonly private: boolean;
  /** What to do when somebody else's channel has the name: fail, use it, or take `name-2`, `name-3` … */
  readonly ifExists: 'fail' | 'reuse' | 'suffix';
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly url: string;
}

export interface Button {
  readonly label: string;
  readonly style: 'default' | 'primary' | 'danger';
  /** Opaque, signed; comes back in the callback. */
  readonly token: string;
}

/** One attachment under a post. */
export interface CardSection {
  readonly title: string;
  readonly text: string;
  readonly color: string;
  readonly buttons: readonly Button[];
}

/** A post's whole content: always sent whole, never merged with what was read. */
export interface ChatMessage {
  readonly text: string;
  readonly sections: readonly CardSection[];
}

export interface PostReference {
  readonly id: string;
  readonly url: string;
}

export interface Chat {
  findChannel(query: { team?: string | undefined; name: string }, signal: AbortSignal): Promise<Channel | undefined>;
  /** Each name is a username (with or without @), an id or an e-mail address. Unknown ones come back in `unknown`. */
  findPeople(names: readonly string[], signal: AbortSignal): Promise<{ found: readonly ChatPerson[]; unknown: readonly string[] }>;
  isMember(channelId: string, personId: string, signal: AbortSignal): Promise<boolean>;
  readonly createChannel: Change<ChannelInput, Channel>;
  readonly setHeader: Change<{ channelId: string; header: string }, Record<string, never>>;
  /** Already a member = done. Adds to the team first where allowed. */
  readonly addMember: Change<{ channelId: string; personId: string }, Record<string, never>>;
  readonly post: Change<{ channelId: string; message: ChatMessage }, PostReference>;
  readonly updatePost: Change<{ postId: string; channelId: string; message: ChatMessage }, Record<string, never>>;
  /** Already archived = done. */
  readonly archiveChannel: Change<{ channelId: string }, Record<string, never>>;
}

// ---- Tracker --------------------------------------------------------------------------------------------------------

export interface IssueInput {
  readonly project?: string | undefined;
  readonly issueType?: string | undefined;
  readonly summary: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly priority?: string | undefined;
}

export interface Issue {
  readonly id: string;
  readonly key: string;
  readonly url: string;
}

export interface Tracker {
  readonly createIssue: Change<IssueInput, Issue>;
  /** Status by name, the first of `to` that can be reached; the word `done` means any status of the done category. */
  readonly transitionIssue: Change<{ issueId: string; to: readonly string[] }, { status: string; changed: boolean }>;
  /** undefined = the issue is gone. */
  readStatus(issueId: string, signal: AbortSignal): Promise<{ status: string; done: boolean } | undefined>;
}

// ---- Pager ----------------------------------------------------------------------------------------------------------

export type IncidentStatus = 'triggered' | 'acknowledged' | 'resolved';

export interface PagerIncident {
  readonly id: string;
  readonly number: number;
  readonly status: IncidentStatus;
  readonly title: string;
  readonly url: string;
  readonly escalationPolicyId: string;
  /** When the status last changed, ISO 8601; '' where the vendor doesn't say. */
  readonly statusChangedAt: string;
  /** Who changed it last (acknowledger, resolver), where the vendor says so. */
  readonly actor: Actor | undefined;
}

export interface OnCallPerson {
  readonly id: string;
  readonly name: string;
  readonly email: string;
}

/** What became of a wish. `changed: false` means that it was so already, or (acknowledge) that the incident is resolved. */
export interface StatusOutcome {
  readonly status: IncidentStatus;
  readonly changed: boolean;
}

export interface Pager {
  /** undefined = no such incident (or no access). */
  readIncident(id: string, signal: AbortSignal): Promise<PagerIncident | undefined>;
  /** Many at once, for the comparison of open runs; unknown ids are left out. */
  readIncidents(ids: readonly string[], signal: AbortSignal): Promise<readonly PagerIncident[]>;
  /** Level 1 of the policy, each person once. Empty where the schedule has a gap. */
  findOnCall(policyId: string, signal: AbortSignal): Promise<readonly OnCallPerson[]>;
  /** The pager's user with exactly this e-mail address. */
  findUserByEmail(email: string, signal: AbortSignal): Promise<{ id: string; email: string } | undefined>;
  /**
   * A wish: reads first, acts only if needed, never reopens. `actAs` is an e-mail address of a user at the pager;
   * the configured service user where absent.
   */
  readonly setStatus: Change<{ incidentId: string; status: 'acknowledged' | 'resolved'; actAs?: string | undefined }, StatusOutcome>;
}
