import type { Router } from 'express';
import { readQuery } from '../read-query.ts';
import type { Account } from './account.ts';
import { keyUserId } from './caller.ts';
import type { OnCall } from './model.ts';
import { pageOf } from './page-of.ts';
import { notFound, PagerDutyError } from './pagerduty-error.ts';
import { policyReference, userReference } from './references.ts';
import { findUser, type PagerDutyState } from './state.ts';
import { userJson } from './user-json.ts';

export function addPeople(router: Router, { state }: Account): void {
  router.get('/users', (request, response) => {
    const wanted = (readQuery(request)['query']?.[0] ?? '').toLowerCase();
    const users = state.users.filter(({ name, email }) => `${name} ${email}`.toLowerCase().includes(wanted));
    response.json(pageOf(request, 'users', users, (user) => userJson(state, user)));
  });
  router.get('/users/me', (request, response) => {
    const user = findUser(keyUserId(request) ?? '');
    if (!user) throw new PagerDutyError(400, 2001, 'Invalid Input Provided', ['An account-level key has no user: use a user key']);
    response.json({ user: userJson(state, user) });
  });
  router.get('/users/:id', (request, response) => {
    const user = state.users.find(({ id }) => id === request.params.id);
    if (!user) throw notFound();
    response.json({ user: userJson(state, user) });
  });
  router.get('/oncalls', (request, response) => {
    const query = readQuery(request);
    const withUsers = query['include[]']?.includes('users') === true;
    const lines = state.oncalls.filter((line) => isWanted(line, query));
    const utc = query['time_zone']?.[0] === 'UTC';
    response.json(pageOf(request, 'oncalls', lines, (line) => onCallJson(state, line, withUsers, utc)));
  });
}

function isWanted(line: OnCall, query: Record<string, string[]>): boolean {
  const among = (name: string, value: string) => query[name]?.includes(value) ?? true;
  // A schedule filter hides the permanent ones, unless `null` is among the ids.
  return (
    among('escalation_policy_ids[]', line.policyId) &&
    among('user_ids[]', line.userId) &&
    among('schedule_ids[]', line.schedule?.id ?? 'null')
  );
}

function onCallJson(state: PagerDutyState, line: OnCall, withUsers: boolean, utc: boolean): unknown {
  const user = withUsers ? findUser(line.userId) : undefined;
  const time = (at: string | null) => (at !== null && utc ? new Date(at).toISOString().replace('.000Z', 'Z') : at);
  const url = `${state.url}/schedules/${line.schedule?.id ?? ''}`;
  return {
    escalation_policy: policyReference(state, line.policyId),
    escalation_level: line.level,
    schedule: line.schedule && { id: line.schedule.id, type: 'schedule_reference', summary: line.schedule.name, self: url, html_url: url },
    // Without `include[]=users` there is no e-mail address here.
    user: user ? userJson(state, user) : userReference(state, line.userId),
    start: time(line.start),
    end: time(line.end),
  };
}
