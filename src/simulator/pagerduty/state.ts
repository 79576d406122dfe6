import { randomText } from '../random.ts';
import type { VendorContext } from '../vendor.ts';
import type { Incident, OnCall, Subscription, User } from './model.ts';
import { notFound } from './pagerduty-error.ts';
import { ONCALLS, POLICIES, PRIORITIES, SERVICES, USERS } from './seed.ts';

const ID_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export interface PagerDutyState {
  /** The simulated account's address; API and web pages share it. */
  readonly url: string;
  readonly users: readonly User[];
  readonly incidents: Map<string, Incident>;
  readonly subscriptions: Map<string, Subscription>;
  /** Tests may replace it: `state.oncalls = []` is a schedule gap. */
  oncalls: readonly OnCall[];
  abilities: readonly string[];
  readonly now: () => string;
  readonly newId: (prefix: string, length: number) => string;
  readonly nextNumber: () => number;
}

export function createState(context: VendorContext, url: string, abilities: readonly string[]): PagerDutyState {
  let number = 100;
  return {
    url,
    users: USERS,
    incidents: new Map(),
    subscriptions: new Map(),
    oncalls: ONCALLS,
    abilities,
    now: () => toSeconds(context.clock.now()),
    newId: (prefix, length) => prefix + randomText(() => context.random(), length - prefix.length, ID_ALPHABET),
    nextNumber: () => (number += 1),
  };
}

/** REST times have no milliseconds. */
function toSeconds(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}

/** By id or by number, as `GET /incidents/{id}` takes both. */
export function findIncident(state: PagerDutyState, idOrNumber: string): Incident | undefined {
  return state.incidents.get(idOrNumber) ?? [...state.incidents.values()].find((incident) => String(incident.number) === idOrNumber);
}

export function getIncident(state: PagerDutyState, idOrNumber: string): Incident {
  const incident = findIncident(state, idOrNumber);
  if (!incident) throw notFound();
  return incident;
}

export const findUser = (idOrEmail: string) => USERS.find(({ id, email }) => id === idOrEmail || email === idOrEmail.toLowerCase());
export const findService = (id: string) => SERVICES.find((service) => service.id === id);
export const findPolicy = (id: string) => POLICIES.find((policy) => policy.id === id);
export const findPriority = (id: string) => PRIORITIES.find((priority) => priority.id === id);
