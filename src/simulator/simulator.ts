import type { Clock } from '../core/clock.ts';
import type { SimulatedJira, SimulatedJiraOptions } from './jira/simulated-jira.ts';
import type { SimulatedMattermost, SimulatedMattermostOptions } from './mattermost/mattermost.ts';
import type { SimulatedPagerDuty, SimulatedPagerDutyOptions } from './pagerduty/simulated-pagerduty.ts';
import type { Fault, LedgerEntry, VendorName } from './vendor.ts';

export interface SimulatorOptions {
  /** The vendors' idea of time (time stamps, Jira's index lag). The network (slow answers, webhook retries) always uses real time. */
  readonly clock?: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Default `127.0.0.1`: the simulator has no real secrets to keep, but its control API must not face a network by accident. */
  readonly host?: string;
  /** Default 1. */
  readonly seed?: number;
  /** Where PagerDuty sends its webhooks (`<bridgeUrl>/hooks/pagerduty`); absent: nowhere until `setWebhookTarget`. */
  readonly bridgeUrl?: string;
  /** All of them sign each webhook, as during a rotation. */
  readonly pagerdutyWebhookSecrets?: readonly string[];
  readonly pagerduty?: SimulatedPagerDutyOptions;
  readonly mattermost?: SimulatedMattermostOptions;
  readonly jira?: SimulatedJiraOptions;
  /** Append-only JSON lines, one per effect, synced before the vendor answers. */
  readonly ledgerFile?: string;
}

/** A request as a vendor received it, and what came of it. */
export interface RecordedRequest {
  readonly vendor: VendorName;
  readonly method: string;
  /** Below the vendor's base, without the query: `/incidents/Q1`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, readonly string[]>>;
  /** Parsed where it was JSON. */
  readonly body: unknown;
  /** 0: not answered (yet, or never: see `fault`). */
  readonly status: number;
  readonly answer: unknown;
  readonly fault: Fault['kind'] | null;
  readonly at: string;
  readonly answeredAt: string | null;
}

export interface Simulator {
  /** `http://127.0.0.1:<port>`; the vendors are below it under their names. */
  readonly url: string;
  readonly mattermost: SimulatedMattermost;
  readonly pagerduty: SimulatedPagerDuty;
  readonly jira: SimulatedJira;
  readonly ledger: readonly LedgerEntry[];
  /** The newest 100 000. */
  readonly requests: readonly RecordedRequest[];
  /** Returns the way to take it out again. */
  addFault(fault: Fault): () => void;
  clearFaults(): void;
  /** Called after each change of a vendor's state; returns the way to stop it. */
  subscribe(listener: () => void): () => void;
  close(): Promise<void>;
}
