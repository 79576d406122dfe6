import type { IncidentEvent, Reference } from './event.ts';
import type { RunContext, RunDoc, Signal } from './run.ts';
import type { TimelineEntry } from './timeline.ts';

/** Big integers (epoch, wake_seq, seq) stay text, as the database gives them. */
export type BigIntText = string;

export interface EffectRow {
  readonly key: string;
  readonly action: string;
  /** The port method: `chat.createChannel`. */
  readonly change: string;
  readonly state: 'intended' | 'refused' | 'done' | 'failed' | 'skipped';
  readonly input: unknown;
  readonly output?: unknown;
  readonly error?: string | undefined;
}

/** An effect as it was found when the run was claimed. */
export interface StoredEffect extends EffectRow {
  readonly intendedAt: Date;
}

export interface ExpectedEcho {
  readonly effectKey: string;
  readonly reference: Reference;
  readonly eventType: string;
  readonly actorId: string;
}

export interface DecidedSignal {
  readonly seq: BigIntText;
  /** '' = answered, but still waiting for its turn. */
  readonly outcome: string;
  readonly deliveryId: string | undefined;
  /** For the presser; '' = nothing to say. */
  readonly text: string;
}

/** One write of one run: all of it, or (lease lost) nothing. */
export interface JournalEntry {
  readonly runId: string;
  readonly epoch: BigIntText;
  readonly doc: RunDoc;
  readonly dueAt: string | undefined;
  readonly marks: readonly ('acknowledged' | 'resolved')[];
  readonly effects: readonly EffectRow[];
  readonly references: readonly Reference[];
  readonly echoes: readonly ExpectedEcho[];
  /** Effect keys whose echo will not come. */
  readonly droppedEchoes: readonly string[];
  readonly timeline: readonly TimelineEntry[];
  readonly signals: readonly DecidedSignal[];
  /** Let the lease go, if wake_seq is still this; a newer one means that something came at the last moment. */
  readonly releaseAt?: BigIntText | undefined;
}

export interface JournalResult {
  /** false = the lease was lost: stop, nothing was written. */
  readonly held: boolean;
  readonly released: boolean;
  readonly wakeSeq: BigIntText;
}

export interface WaitingSignal {
  readonly seq: BigIntText;
  readonly signal: Signal;
  readonly deliveryId: string | undefined;
}

/** A run with its lease, as the engine works on it. */
export interface ClaimedRun {
  readonly id: string;
  readonly epoch: BigIntText;
  readonly wakeSeq: BigIntText;
  readonly playbook: string;
  readonly versionId: BigIntText;
  readonly number: number;
  readonly startedAt: string;
  readonly context: RunContext;
  readonly doc: RunDoc;
  readonly signals: readonly WaitingSignal[];
  readonly effects: readonly StoredEffect[];
  /** The database's time at the claim. */
  readonly now: Date;
}

export interface RunStore {
  /** Takes the lease where it is free; runs that are closed or held by somebody else are left out. */
  claim(ids: readonly string[], owner: string, leaseMs: number): Promise<readonly ClaimedRun[]>;
  write(entry: JournalEntry): Promise<JournalResult>;
  /** The ids whose lease is still ours. */
  renew(leases: readonly { readonly id: string; readonly epoch: BigIntText }[], leaseMs: number): Promise<ReadonlySet<string>>;
  /** Signals that wait, and the wake_seq that goes with them. */
  loadSignals(runId: string): Promise<{ readonly wakeSeq: BigIntText; readonly signals: readonly WaitingSignal[] }>;
  /** Which of these runs have a newer wake_seq than the one we know: something came for them. */
  findNews(runs: readonly { readonly id: string; readonly wakeSeq: BigIntText }[]): Promise<readonly string[]>;
  /** Puts a run aside that the engine itself can't go on with; a person's Retry takes it up again. */
  park(runId: string, epoch: BigIntText, reason: string): Promise<void>;
  /** Lets leases go without a word: at shutdown, after the last write. */
  release(leases: readonly { readonly id: string; readonly epoch: BigIntText }[]): Promise<void>;
}

// ---- Deliveries and routing -----------------------------------------------------------------------------------------

export interface NewDelivery {
  readonly id: string;
  readonly source: string;
  readonly door: 'event' | 'button' | 'manual' | 'comparison';
  readonly deliveryKey: string;
  readonly eventKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** An IncidentEvent, or a click, as JSON; undefined where there is none. */
  readonly event: unknown;
  readonly correlationKey: string | undefined;
  readonly occurredAt: string | undefined;
  /** Set where nothing is left to decide. */
  readonly decided?: { readonly outcome: string; readonly reason: string } | undefined;
}

export interface DeliveryStore {
  /** Commits; true = new, false = had it already. */
  insert(delivery: NewDelivery): Promise<boolean>;
  /** The answer for the presser, once decided. */
  readAnswer(id: string): Promise<string | undefined>;
}

/** A delivery that waits for a decision, as the router sees it. */
export interface RoutableDelivery {
  readonly id: string;
  readonly seq: BigIntText;
  readonly source: string;
  readonly door: string;
  readonly correlationKey: string;
  readonly event: unknown;
  readonly occurredAt: string | undefined;
}

export interface OpenRun {
  readonly id: string;
  readonly playbook: string;
  readonly correlationKey: string;
}

export interface NewRun {
  readonly id: string;
  readonly playbook: string;
  readonly versionId: BigIntText;
  readonly title: string;
  readonly correlationKey: string;
  readonly context: RunContext;
  readonly doc: RunDoc;
  readonly references: readonly Reference[];
  readonly problemStartedAt: string | undefined;
  readonly trigger: string;
}

export interface RoutingDecision {
  readonly deliveryId: string;
  readonly outcome: string;
  readonly reason: string;
  readonly runIds: readonly string[];
  readonly answer?: string;
}

/** What the router sees of the world inside its transaction, and what it decides there. */
export interface RoutingView {
  readonly deliveries: readonly RoutableDelivery[];
  /** Open runs by reference (`kind value`) and by correlation key. */
  readonly byReference: ReadonlyMap<string, readonly OpenRun[]>;
  readonly byKey: ReadonlyMap<string, readonly OpenRun[]>;
  readonly byId: ReadonlyMap<string, OpenRun>;
  /** Expected echoes by reference. */
  readonly echoes: ReadonlyMap<string, readonly (ExpectedEcho & { readonly runId: string })[]>;
  /** Ignored events of the keys, in case a run starts now that should have had them. */
  readonly ignored: ReadonlyMap<string, readonly (IncidentEvent & { readonly deliveryId: string })[]>;
}

export interface RoutingResult {
  readonly decisions: readonly RoutingDecision[];
  readonly runs: readonly NewRun[];
  readonly signals: readonly { readonly runId: string; readonly signal: Signal; readonly deliveryId: string | undefined }[];
  readonly consumedEchoes: readonly { readonly runId: string; readonly effectKey: string }[];
}

export interface RoutedRun {
  readonly id: string;
  readonly wakeSeq: BigIntText;
}

export interface RoutingStore {
  /**
   * One transaction: locks the correlation keys of these deliveries, shows every undecided delivery of those keys in arrival
   * order, and writes what `decide` answers. New runs come back with their lease taken for `owner`; signalled ones with their
   * new wake_seq.
   */
  route(
    deliveryIds: readonly string[],
    owner: string,
    leaseMs: number,
    decide: (view: RoutingView) => RoutingResult,
  ): Promise<{ readonly started: readonly ClaimedRun[]; readonly signalled: readonly RoutedRun[] }>;
}
