import type { Clock } from '../../core/clock.ts';
import { PermanentError } from '../../core/errors.ts';
import type { IncidentStatus, OnCallPerson, Pager, PagerIncident, StatusOutcome } from '../../core/ports.ts';
import { createCache, NEVER_STOPPED } from '../cache.ts';
import { VendorRefusal } from '../vendor-error.ts';
import type { PagerDutyClient, VendorIncident } from './client.ts';

const READS_AT_ONCE = 8;

/** PagerDuty as the Pager port. `from` is the service user's address. */
export function createPager(options: { client: PagerDutyClient; clock: Clock; from: string }): Pager {
  const { client, from } = options;
  const users = createCache<{ id: string; email: string } | undefined>({ clock: options.clock, ttlMs: 5 * 60_000, maxEntries: 2_000 });

  async function readIncident(id: string, signal: AbortSignal): Promise<PagerIncident | undefined> {
    try {
      return toIncident(await client.readIncident(id, signal));
    } catch (error) {
      if (error instanceof VendorRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  async function getIncident(id: string, signal: AbortSignal): Promise<PagerIncident> {
    const incident = await readIncident(id, signal);
    if (incident) return incident;
    throw new PermanentError({
      code: 'pagerduty.not_found',
      message: `PagerDuty knows no incident ${id}, or PAGERDUTY_TOKEN may not see it. It may have been deleted.`,
    });
  }

  /** As `actAs` first; PagerDuty refuses an address that is no user there (a 4xx of uncertain code), so then as ourselves. */
  async function changeStatus(id: string, wish: 'acknowledged' | 'resolved', actAs: string | undefined, signal: AbortSignal) {
    const actors = actAs === undefined || actAs === from ? [from] : [actAs, from];
    let refusal: VendorRefusal | undefined;
    for (const actor of actors) {
      try {
        return { status: (await client.putStatus(id, wish, actor, signal)).status, changed: true };
      } catch (error) {
        // A 403 means that this person may not do it: then it isn't for us to do it for them.
        if (!(error instanceof VendorRefusal) || error.status === 403) throw error;
        refusal = error;
      }
      // Somebody may have been faster: "already so" comes as a 400 of uncertain code, so the state itself is asked.
      const settled = settledBy((await getIncident(id, signal)).status, wish);
      if (settled) return { status: settled, changed: false };
    }
    throw refusal ?? new PermanentError({ code: 'pagerduty.refused', message: `PagerDuty refused to set incident ${id} to ${wish}.` });
  }

  return {
    readIncident,

    // One by one: the list can't be asked for ids, only for time spans and states, and open runs are few beside an account's incidents.
    async readIncidents(ids, signal) {
      const found: PagerIncident[] = [];
      const left = [...new Set(ids)];
      const readers = Array.from({ length: Math.min(READS_AT_ONCE, left.length) }, async () => {
        for (let id = left.pop(); id !== undefined; id = left.pop()) {
          const incident = await readIncident(id, signal);
          if (incident) found.push(incident);
        }
      });
      await Promise.all(readers);
      return found;
    },

    async findOnCall(policyId, signal) {
      const people = new Map<string, OnCallPerson>();
      for (const { escalation_level, user } of await client.listOnCalls(policyId, signal)) {
        if (escalation_level !== 1 || !user || people.has(user.id)) continue;
        people.set(user.id, { id: user.id, name: user.name || user.summary || user.email, email: user.email });
      }
      return [...people.values()];
    },

    findUserByEmail: (email) => {
      const wanted = email.trim().toLowerCase();
      return users.get(wanted, async () => {
        const found = (await client.searchUsers(wanted, NEVER_STOPPED)).users.find((user) => user.email.toLowerCase() === wanted);
        return found && { id: found.id, email: found.email };
      });
    },

    setStatus: {
      async call({ incidentId, status, actAs }, { signal }) {
        const incident = await getIncident(incidentId, signal);
        const settled = settledBy(incident.status, status);
        if (settled) return { status: settled, changed: false };
        return changeStatus(incidentId, status, actAs, signal);
      },
      async reconcile({ incidentId, status }, { signal }) {
        const incident = await readIncident(incidentId, signal);
        const settled = incident && settledBy(incident.status, status);
        if (!settled) return { answer: 'absent' };
        const output: StatusOutcome = { status: settled, changed: settled === status };
        return { answer: 'found', output };
      },
    },
  };
}

/** The state that leaves nothing to do. A resolved incident is never acknowledged: that would reopen it. */
function settledBy(now: IncidentStatus, wish: 'acknowledged' | 'resolved'): IncidentStatus | undefined {
  return now === wish || now === 'resolved' ? now : undefined;
}

function toIncident(incident: VendorIncident): PagerIncident {
  const by = incident.last_status_change_by;
  return {
    id: incident.id,
    number: incident.incident_number,
    status: incident.status,
    title: incident.title ?? '',
    url: incident.html_url ?? '',
    escalationPolicyId: incident.escalation_policy?.id ?? '',
    statusChangedAt: incident.last_status_change_at ?? '',
    actor: by ? { name: by.summary || 'PagerDuty', username: '', email: '', id: by.id === '' ? '' : `pagerduty:${by.id}` } : undefined,
  };
}
