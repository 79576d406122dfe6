import { z } from 'zod';
import { createSdk, type SdkOptions } from './sdk.ts';

const Agent = z.object({ id: z.string().default(''), summary: z.string().nullish() });

const Incident = z.object({
  id: z.string().min(1),
  /** Webhooks call it `number`. */
  incident_number: z.number().default(0),
  status: z.enum(['triggered', 'acknowledged', 'resolved']),
  title: z.string().nullish(),
  html_url: z.string().nullish(),
  escalation_policy: z.object({ id: z.string().default('') }).nullish(),
  last_status_change_at: z.string().nullish(),
  last_status_change_by: Agent.nullish(),
});
export type VendorIncident = z.infer<typeof Incident>;

const User = z.object({ id: z.string().min(1), name: z.string().nullish(), summary: z.string().nullish(), email: z.string().default('') });
export type VendorUser = z.infer<typeof User>;

const OnCall = z.object({ escalation_level: z.number(), user: User.nullish() });
export type VendorOnCall = z.infer<typeof OnCall>;

const PAGE = 100;
/** A policy with more than a thousand on-call entries is a mistake, not a team. */
const MAX_PAGES = 10;

export type PagerDutyClient = ReturnType<typeof createPagerDutyClient>;

/** The calls we make, one function each. https://developer.pagerduty.com/api-reference/ */
export function createPagerDutyClient(options: SdkOptions) {
  const sdk = createSdk(options);
  return {
    close: sdk.close,

    async readIncident(id: string, signal: AbortSignal): Promise<VendorIncident> {
      const path = `/incidents/${encodeURIComponent(id)}`;
      const schema = z.object({ incident: Incident });
      return (await sdk.call({ method: 'GET', path, idempotent: true, signal, schema })).body.incident;
    },

    /**
     * Acknowledging a resolved incident **reopens** it, and says 200: read before. Never repeatable blindly for that reason.
     */
    async putStatus(id: string, status: 'acknowledged' | 'resolved', from: string, signal: AbortSignal): Promise<VendorIncident> {
      const path = `/incidents/${encodeURIComponent(id)}`;
      const body = { incident: { type: 'incident', status } };
      const schema = z.object({ incident: Incident });
      return (await sdk.call({ method: 'PUT', path, body, from, idempotent: false, signal, schema })).body.incident;
    },

    async listOnCalls(policyId: string, signal: AbortSignal): Promise<readonly VendorOnCall[]> {
      const schema = z.object({ oncalls: z.array(OnCall), more: z.boolean().nullish() });
      const found: VendorOnCall[] = [];
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const query = {
          'escalation_policy_ids[]': [policyId],
          'include[]': ['users'],
          limit: String(PAGE),
          offset: String(page * PAGE),
        };
        const { body } = await sdk.call({ method: 'GET', path: '/oncalls', query, idempotent: true, signal, schema });
        found.push(...body.oncalls);
        if (body.more !== true) break;
      }
      return found;
    },

    /** The document promises a search by name; e-mail addresses match in practice. The caller compares exactly. */
    async searchUsers(query: string, signal: AbortSignal): Promise<{ users: readonly VendorUser[]; date: string | undefined }> {
      const schema = z.object({ users: z.array(User) });
      const answer = await sdk.call({
        method: 'GET',
        path: '/users',
        query: { query, limit: String(PAGE) },
        idempotent: true,
        signal,
        schema,
      });
      return { users: answer.body.users, date: answer.date };
    },
  };
}
