import type { Actor, IncidentEvent } from '../core/event.ts';
import type { ClickSignal, OperatorSignal, Output, PostState, RunDoc } from '../core/run.ts';
import type { TimelineEntry } from '../core/timeline.ts';
import type { Registry } from './registry.ts';
import type { RunFacts } from './scope.ts';

/** What the state machine goes by and never changes. */
export interface Rules {
  readonly facts: RunFacts;
  readonly registry: Registry;
}

/** How an attempt at an action ended. */
export type Outcome =
  /** `stale`: found at the vendor as an earlier attempt had rendered it, which is not how it would be rendered now. */
  | {
      readonly kind: 'done';
      readonly output: Output;
      readonly seen: PostState['seen'];
      readonly reconciled: boolean;
      readonly stale: boolean;
    }
  | { readonly kind: 'failed'; readonly error: string; readonly code: string }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'retry'; readonly error: string; readonly code: string; readonly dueAt: string; readonly counts: boolean }
  | { readonly kind: 'bug'; readonly error: string; readonly dueAt: string };

export type Input =
  /** Do what can be done: begin, time-outs, the end. */
  | { readonly kind: 'advance' }
  | { readonly kind: 'ended'; readonly action: string; readonly visit: number; readonly outcome: Outcome }
  /** A newer wish for the same thing began; an older one that isn't under way ends here. */
  | { readonly kind: 'superseded'; readonly action: string; readonly visit: number; readonly underWay: boolean }
  | { readonly kind: 'raised'; readonly type: string; readonly source: string; readonly actor: Actor }
  /** PUBLIC_URL is another one than open buttons call. */
  | { readonly kind: 'address_changed'; readonly publicUrl: string }
  | { readonly kind: 'redrawn'; readonly post: string; readonly revision: number }
  | { readonly kind: 'redraw_failed'; readonly post: string; readonly dueAt: string | undefined; readonly error: string }
  | { readonly kind: 'click'; readonly click: ClickSignal; readonly actor: Actor; readonly refusal: string | undefined }
  | { readonly kind: 'event'; readonly event: IncidentEvent }
  | { readonly kind: 'operator'; readonly operator: OperatorSignal };

/** What became of a signal, and what its sender is told; undefined where it has to wait for its turn. */
export type Answer = { readonly outcome: 'moved' | 'noted' | 'refused' | 'late'; readonly text: string } | undefined;

export interface Transitioned {
  readonly doc: RunDoc;
  readonly timeline: readonly TimelineEntry[];
  /** What became of the signal in the input; undefined where it has to wait for its turn. */
  readonly signal?: Answer;
  readonly marks: readonly ('acknowledged' | 'resolved')[];
}
