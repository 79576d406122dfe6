import type { Router } from 'express';
import type { Clock } from '../core/clock.ts';

/** One effect that really happened at a simulated vendor. Tests judge by this, never by the bridge's own database. */
export interface LedgerEntry {
  readonly seq: number;
  readonly at: string;
  readonly vendor: VendorName;
  /**
   * channel.created · channel.header · channel.archived · member.added · team_member.added · post.created · post.updated · ephemeral.shown
   * issue.created · issue.transitioned · issue.updated
   * incident.created · incident.acknowledged · incident.resolved · incident.reopened · note.created · webhook.answered
   */
  readonly effect: string;
  /** The bridge's marker as found in the request (post props, channel purpose, label); '' where a call carries none. */
  readonly marker: string;
  /** The id of the thing: channel, post, issue key, incident; for a member `channel/user`. */
  readonly subject: string;
  /** Who did it, by the vendor's own words (user id, From address). */
  readonly by: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export type VendorName = 'mattermost' | 'pagerduty' | 'jira';

/**
 * A fault that hits calls of one vendor. It is looked at in order; the first that matches and has `times` left is used.
 * before/after: `refuse`, `status` and `garbage` come instead of the effect; `drop_after` and `status_after` come after it happened.
 */
export interface Fault {
  readonly vendor: VendorName;
  /** HTTP method; any when absent. */
  readonly method?: string;
  /** Tested against the path below the vendor's base, e.g. `/api/v4/posts`; any when absent. */
  readonly path?: RegExp;
  readonly kind: 'refuse' | 'status' | 'garbage' | 'drop_after' | 'status_after' | 'slow' | 'hang';
  /** For `status`, `status_after`. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** For `slow`. */
  readonly delayMs?: number;
  /** How often; endless when absent. */
  readonly times?: number;
  /** 0…1 by the simulator's seeded random numbers; 1 when absent. */
  readonly probability?: number;
}

/** What the kit gives to each vendor. */
export interface VendorContext {
  readonly clock: Clock;
  /** Seeded; the same run gives the same numbers. */
  random(): number;
  record(entry: { effect: string; marker: string; subject: string; by: string; detail?: Record<string, unknown> }): void;
  /** Tells the page (server-sent events) that something changed. */
  changed(): void;
}

/** A simulated vendor: its router is mounted under `/<name>` behind the faults. */
export interface SimulatedVendor {
  readonly name: VendorName;
  readonly router: Router;
  /** Plain JSON of the whole state, for the page and for tests. */
  snapshot(): unknown;
  close(): Promise<void>;
}
