import type { SimulatedMattermost } from '../mattermost/mattermost.ts';

/** What the page shows of an incident. */
export interface PageIncident {
  readonly id: string;
  readonly number: number;
  readonly title: string;
  readonly status: 'triggered' | 'acknowledged' | 'resolved';
  readonly urgency: 'high' | 'low';
  readonly createdAt: string;
  readonly lastStatusChangeAt: string;
  readonly lastStatusChangeBy: { readonly summary: string | null } | null;
}

/** As much of the simulator as the page needs. */
export interface PageSimulator {
  readonly mattermost: Pick<SimulatedMattermost, 'channels' | 'posts' | 'users' | 'ephemerals' | 'click' | 'postAs' | 'join'>;
  readonly pagerduty: {
    incidents(): readonly PageIncident[];
    trigger(draft: { title: string; urgency: 'high' | 'low' }): unknown;
    acknowledge(id: string, userEmail?: string): unknown;
    resolve(id: string, userEmail?: string): unknown;
  };
  readonly jira: { snapshot(): unknown };
  subscribe(listener: () => void): () => void;
}
