import type { OnCall, Policy, Priority, Service, User } from './model.ts';

/** Acts for the bridge; the bridge sends its e-mail as `From` and knows its own echo by its id. */
export const SERVICE_USER_ID = 'PUSRBOT';
/** Who presses in the panel when nobody is named. */
export const PANEL_USER_ID = 'PUSR001';
/** An account's key: it has no user, so `/users/me` refuses it and writes need `From`. */
export const ACCOUNT_TOKEN = 'simulated-pagerduty-token';
/** The service user's own key. */
export const USER_TOKEN = 'simulated-pagerduty-user-token';

const user = (id: string, name: string, email: string, jobTitle: string): User => ({
  id,
  name,
  email,
  jobTitle,
  timeZone: 'Europe/Berlin',
});

export const USERS: readonly User[] = [
  user('PUSR001', 'Maya Okafor', 'maya@example.test', 'Incident commander'),
  user('PUSR002', 'Alice Lindqvist', 'alice@example.test', 'Storefront engineer'),
  user('PUSR003', 'Bob Tanaka', 'bob@example.test', 'Storefront engineer'),
  user('PUSR004', 'Carol Reyes', 'carol@example.test', 'Head of operations'),
  user(SERVICE_USER_ID, 'Incident Bridge', 'incident-bridge@example.test', 'Service user'),
];

export const POLICIES: readonly Policy[] = [
  { id: 'PEPOL01', name: 'Checkout primary' },
  { id: 'PEPOL02', name: 'Nobody on call' },
];

export const SERVICES: readonly Service[] = [
  { id: 'PSVC010', name: 'checkout-api', policyId: 'PEPOL01', integrationId: 'PINT001', routingKey: 'R0UT1NGKEY0SIMULATED0CHECKOUT001' },
  { id: 'PSVC020', name: 'search-api', policyId: 'PEPOL02', integrationId: 'PINT002', routingKey: 'R0UT1NGKEY0SIMULATED0SEARCHAPI02' },
];

export const PRIORITIES: readonly Priority[] = [
  { id: 'PPRI001', name: 'P1' },
  { id: 'PPRI002', name: 'P2' },
  { id: 'PPRI003', name: 'P3' },
];

const primary = { id: 'PSCHED1', name: 'Storefront primary' };
const weekend = { id: 'PSCHED2', name: 'Storefront weekend' };

/** Times carry the account's offset, not Z: that is what the vendor answers unless asked for UTC. */
const shift = (level: number, userId: string, schedule: OnCall['schedule']): OnCall => ({
  policyId: 'PEPOL01',
  level,
  userId,
  schedule,
  start: schedule && '2026-01-01T09:00:00+01:00',
  end: schedule && '2036-01-01T09:00:00+01:00',
});

/** Level 1: Alice by way of two schedules (one person, two lines) and Bob for ever; level 2: Carol. The second policy has a gap. */
export const ONCALLS: readonly OnCall[] = [
  shift(1, 'PUSR002', primary),
  shift(1, 'PUSR002', weekend),
  shift(1, 'PUSR003', null),
  shift(2, 'PUSR004', primary),
];

export const ABILITIES: readonly string[] = ['sso', 'advanced_reports', 'teams', 'urgencies', 'manage_schedules', 'coordinated_responding'];
