import { z } from 'zod';
import { Actor, EventFields, IncidentEvent } from './event.ts';

export const RUN_STATES = ['running', 'parked', 'finishing', 'finished', 'failed', 'cancelled'] as const;
export type RunState = (typeof RUN_STATES)[number];
export const OPEN_STATES: readonly RunState[] = ['running', 'parked', 'finishing'];

export function isOpen(state: RunState): boolean {
  return OPEN_STATES.includes(state);
}

/** What caused a step visit: kept for as long as something of that visit may still be rendered. */
export const Cause = z.object({
  kind: z.enum(['start', 'click', 'event', 'timeout', 'transition', 'error']),
  actor: Actor,
  /** The event's fields for `Signal`; the starting event's for the first visit. */
  fields: EventFields,
});
export type Cause = z.infer<typeof Cause>;

const Output = z.record(z.string(), z.json());
export type Output = z.infer<typeof Output>;

const INVOCATION_STATES = ['open', 'done', 'failed', 'skipped'] as const;

/** One use of an action, in one visit of its step. */
export const Invocation = z.object({
  action: z.string(),
  visit: z.number(),
  wait: z.boolean(),
  state: z.enum(INVOCATION_STATES),
  /** Attempts that really went out and failed; the exponent of the back-off. */
  attempts: z.number(),
  /** Attempts that ended in a thrown bug. */
  bugs: z.number(),
  startedAt: z.string(),
  /** ISO time of the next attempt; absent = now. */
  dueAt: z.string().optional(),
  /** A newer wish for the same thing came: not tried again. */
  superseded: z.boolean().optional(),
  /** Open outputs that it rendered as "-"; when one arrives it is done again, one round higher. */
  missing: z.array(z.string()),
  round: z.number(),
  error: z.string().optional(),
  code: z.string().optional(),
});
export type Invocation = z.infer<typeof Invocation>;

/** A post of ours whose text or buttons may have to be drawn again. */
export const PostState = z.object({
  /** The `post` action that made it. */
  name: z.string(),
  id: z.string(),
  channelId: z.string(),
  channelName: z.string(),
  /** The action (post or update_post) whose text it shows, in which visit. */
  textAction: z.string(),
  textVisit: z.number(),
  /** Outputs of other actions as they were when the text was drawn; null = open, shown as "-". */
  seen: z.record(z.string(), Output.nullable()),
  /** The visit whose buttons it shows; 0 = none. */
  buttonsVisit: z.number(),
  /** Raised whenever it has to be drawn again; `drawn` follows when the vendor has it. */
  revision: z.number(),
  drawn: z.number(),
  attempts: z.number(),
  dueAt: z.string().optional(),
});
export type PostState = z.infer<typeof PostState>;

/** An event that the engine raised itself (an acknowledge wish that found the incident resolved). */
const RaisedEvent = z.object({ type: z.string(), source: z.string(), actor: Actor });
export type RaisedEvent = z.infer<typeof RaisedEvent>;

/** The state machine's document. Pure data; times are ISO strings by the database's clock. */
export const RunDoc = z.object({
  state: z.enum(RUN_STATES),
  step: z.string(),
  /** Counts entered steps, 1 for the first: the same step entered again is another visit. */
  visit: z.number(),
  /** start: start actions run · settled: waits for signals · finish: finish actions run. */
  stage: z.enum(['start', 'settled', 'finish']),
  /** Index of the next action of the stage's list. */
  cursor: z.number(),
  /** Where the step is left to, while its finish actions run. */
  leaving: z.object({ to: z.string(), cause: Cause }).optional(),
  settledAt: z.string().optional(),
  causes: z.record(z.string(), Cause),
  /** Latest invocation of each action first entered; older open ones stay until they end. */
  invocations: z.array(Invocation),
  /** Latest output by action name. */
  outputs: z.record(z.string(), Output),
  posts: z.array(PostState),
  raised: z.array(RaisedEvent),
  /** Newest `occurredAt` taken, by source and key. */
  lastOccurred: z.record(z.string(), z.string()),
  /** Steps entered since the last signal or time-out; cuts endless automatic cycles. */
  hops: z.number(),
  /** What `finishing` ends as. */
  endState: z.enum(['finished', 'failed', 'cancelled']),
  attention: z.string(),
  /** Which step the run stood in when it was moved, for those who come late: visit -> who and where to. */
  moves: z.record(z.string(), z.object({ by: z.string(), to: z.string() })),
  /** PUBLIC_URL with which buttons were last drawn. */
  publicUrl: z.string(),
});
export type RunDoc = z.infer<typeof RunDoc>;

/** Written once, when the run starts. */
export const RunContext = z.object({
  event: EventFields,
  trigger: z.string(),
  /** The starting event; undefined for a run started by hand. */
  started: IncidentEvent.optional(),
  actor: Actor,
});
export type RunContext = z.infer<typeof RunContext>;

export const ClickSignal = z.object({
  kind: z.literal('click'),
  action: z.string(),
  visit: z.number(),
  to: z.string(),
  label: z.string(),
  personId: z.string(),
  username: z.string(),
  channelId: z.string(),
  postId: z.string(),
});
export type ClickSignal = z.infer<typeof ClickSignal>;

export const OperatorSignal = z.object({
  kind: z.literal('operator'),
  operation: z.enum(['retry', 'skip', 'cancel']),
  action: z.string().optional(),
  by: z.string(),
});
export type OperatorSignal = z.infer<typeof OperatorSignal>;

const EventSignal = z.object({ kind: z.literal('event'), event: IncidentEvent });
export type EventSignal = z.infer<typeof EventSignal>;

/** What waits for a run, as stored in the signals table. */
export const Signal = z.discriminatedUnion('kind', [ClickSignal, OperatorSignal, EventSignal]);
export type Signal = z.infer<typeof Signal>;
