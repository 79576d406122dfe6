import type { IncomingHttpHeaders } from 'node:http';
import type { z } from 'zod';
import type { Clock } from './clock.ts';
import type { IncidentEvent } from './event.ts';
import type { Log } from './log.ts';
import type { Chat, Pager, Tracker } from './ports.ts';

/** `undefined` = verified; else the reason for the log (never told to the sender). */
export type Refusal = string | undefined;

export interface SignedRequest {
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: Buffer;
}

/** What a verified body turned out to be. */
export type ParsedDelivery =
  /** An event that can start or signal a run. */
  | { readonly kind: 'event'; readonly event: IncidentEvent }
  /** Understood, and of no use to a run (a ping, an unknown event type): kept with the reason. */
  | { readonly kind: 'ignored'; readonly reason: string; readonly vendorType: string }
  /** Verified, but can't be read (no JSON, wrong shape): kept with the reason. */
  | { readonly kind: 'unreadable'; readonly reason: string };

/** An inbound event door, `POST /hooks/<id>`. All members are pure. */
export interface EventIngest {
  /** The secrets that are configured at present; none = 503. */
  readonly secrets: readonly string[];
  verify(request: SignedRequest, secrets: readonly string[]): Refusal;
  /**
   * The keys that name a delivery again, from the headers and the verified bytes: the vendor's delivery id and its event id.
   * `deliveryKey` falls back to a digest of the body.
   */
  identify(request: SignedRequest): { readonly deliveryKey: string; readonly eventKey: string | undefined };
  parse(rawBody: Buffer): ParsedDelivery;
}

/** A button callback, told apart from forgeries by its token (SEC6). */
export interface ButtonClick {
  /** The token we put into the button. */
  readonly token: string;
  readonly personId: string;
  readonly username: string;
  readonly channelId: string;
  readonly postId: string;
  /** Names this click and no other; the de-duplication key. */
  readonly clickId: string;
}

/** The interactive doors of a chat, `POST /hooks/<id>/actions`. */
export interface InteractiveIngest {
  /** undefined = not a click of ours: refuse. */
  parseClick(body: unknown): ButtonClick | undefined;
  /** The JSON answer that shows `text` to the presser alone; without text, the answer that changes nothing. */
  answer(text?: string): unknown;
}

/** A finding of `doctor` and of readiness. */
export interface HealthFinding {
  readonly ok: boolean;
  /** What was looked at: "credentials", "project OPS", "clock". */
  readonly what: string;
  readonly message: string;
  /** What to change; empty when ok. */
  readonly advice: string;
}

export interface ConnectorContext {
  readonly clock: Clock;
  readonly log: Log;
  /** Our own base URL, for callbacks. No trailing slash. */
  readonly publicUrl: string;
}

export interface Connector {
  readonly ingest?: EventIngest;
  readonly interactive?: InteractiveIngest;
  readonly chat?: Chat;
  readonly tracker?: Tracker;
  readonly pager?: Pager;
  /** Looks at credentials and reachability; never throws. */
  health(signal: AbortSignal): Promise<readonly HealthFinding[]>;
  /** The state of the connection to the vendor, for the console. */
  connection(): ConnectionState;
  close(): Promise<void>;
}

export interface ConnectionState {
  readonly circuit: 'closed' | 'open' | 'probing';
  /** Set while credentials are refused (401): nothing is sent but one probe now and then. */
  readonly pausedBecause: string | undefined;
  readonly inFlight: number;
}

/** What a setting says of itself beside its schema, through zod's `.meta()`. */
export interface SettingMeta {
  /** The environment variable. */
  readonly env: string;
  readonly label: string;
  readonly help: string;
  readonly secret?: boolean;
}

export interface ConnectorDefinition<Settings extends z.ZodObject = z.ZodObject> {
  readonly id: string;
  readonly label: string;
  /**
   * Every field carries a {@link SettingMeta}. Values arrive as strings from the environment, so numbers are `z.coerce`.
   * A field without default and not optional makes the connector configured or not: none of them set = not configured.
   */
  readonly settings: Settings;
  create(settings: z.infer<Settings>, context: ConnectorContext): Connector;
}

/** Keeps the settings' type between schema and `create`. */
export function defineConnector<Settings extends z.ZodObject>(definition: ConnectorDefinition<Settings>): ConnectorDefinition<Settings> {
  return definition;
}
