import type { Account } from './account.ts';
import { addNote, escalate, reassign, setPriority } from './change-details.ts';
import { changeStatus } from './change-status.ts';
import { createIncident } from './create-incident.ts';
import { mergeIncidents } from './merge-incidents.ts';
import type { Incident, OnCall, Reference, Urgency } from './model.ts';
import { userReference } from './references.ts';
import { PANEL_USER_ID } from './seed.ts';
import { findIncident, findUser } from './state.ts';
import { pingEvent } from './webhook-body.ts';

/**
 * What people do in PagerDuty's own pages, for the panel and for tests. `user` is an id or an e-mail address; Maya when absent. A change that
 * the pages would not offer (acknowledging what is resolved) throws.
 */
export interface Panel {
  trigger(draft: { title: string; urgency?: Urgency; serviceId?: string; id?: string; user?: string }): Incident;
  acknowledge(id: string, user?: string): void;
  resolve(id: string, user?: string): void;
  reopen(id: string, user?: string): void;
  /** The acknowledgement timed out: nobody did it, so the webhook's agent is null. */
  unacknowledge(id: string): void;
  addNote(id: string, content: string, user?: string): void;
  setPriority(id: string, priorityId: string | null, user?: string): void;
  reassign(id: string, userIds: readonly string[], user?: string): void;
  escalate(id: string, level: number, user?: string): void;
  merge(targetId: string, sourceIds: readonly string[], user?: string): void;
  /** `pagey.ping` to every subscription. */
  ping(): void;
  /** An empty list is a schedule gap. */
  setOnCalls(oncalls: readonly OnCall[]): void;
  incident(id: string): Incident | undefined;
  incidents(): readonly Incident[];
}

export function createPanel(account: Account): Panel {
  const { context, state, sender } = account;
  const get = (id: string): Incident => {
    const incident = findIncident(state, id);
    if (!incident) throw new Error(`The simulated PagerDuty has no incident ${id}.`);
    return incident;
  };
  const actor = (idOrEmail = PANEL_USER_ID): { agent: Reference; by: string } => {
    const user = findUser(idOrEmail);
    if (!user) throw new Error(`The simulated PagerDuty has no user ${idOrEmail}.`);
    return { agent: userReference(state, user.id), by: user.email };
  };
  return {
    trigger({ user, title, serviceId = 'PSVC010', urgency, id }) {
      const { agent, by } = actor(user);
      const draft = { title, serviceId, ...(urgency === undefined ? {} : { urgency }), ...(id === undefined ? {} : { id }) };
      return createIncident(account, draft, agent, by);
    },
    acknowledge(id, user) {
      const incident = get(id);
      if (incident.status !== 'triggered') throw new Error(`Incident ${id} is ${incident.status}: it cannot be acknowledged.`);
      const { agent, by } = actor(user);
      changeStatus(account, incident, 'acknowledged', agent, by);
    },
    resolve(id, user) {
      const { agent, by } = actor(user);
      changeStatus(account, get(id), 'resolved', agent, by);
    },
    reopen(id, user) {
      const incident = get(id);
      if (incident.status !== 'resolved') throw new Error(`Incident ${id} is ${incident.status}: there is nothing to reopen.`);
      const { agent, by } = actor(user);
      changeStatus(account, incident, 'triggered', agent, by);
    },
    unacknowledge(id) {
      const incident = get(id);
      if (incident.status !== 'acknowledged') throw new Error(`Incident ${id} is ${incident.status}: no acknowledgement can time out.`);
      changeStatus(account, incident, 'triggered', null, 'timeout');
    },
    addNote(id, content, user) {
      const { agent, by } = actor(user);
      addNote(account, get(id), content, agent, by);
    },
    setPriority: (id, priorityId, user) => setPriority(account, get(id), priorityId, actor(user).agent),
    reassign: (id, userIds, user) => reassign(account, get(id), userIds, actor(user).agent),
    escalate: (id, level, user) => escalate(account, get(id), level, actor(user).agent),
    merge(targetId, sourceIds, user) {
      const { agent, by } = actor(user);
      mergeIncidents(account, get(targetId), sourceIds.map(get), agent, by);
    },
    ping() {
      for (const id of state.subscriptions.keys()) sender.publish(pingEvent(state, context.clock.now(), PANEL_USER_ID), id);
    },
    setOnCalls(oncalls) {
      state.oncalls = oncalls;
    },
    incident: (id) => findIncident(state, id),
    incidents: () => [...state.incidents.values()],
  };
}
