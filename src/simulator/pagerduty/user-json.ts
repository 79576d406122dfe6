import type { User } from './model.ts';
import type { PagerDutyState } from './state.ts';

export function userJson({ url }: Pick<PagerDutyState, 'url'>, user: User): unknown {
  return {
    name: user.name,
    email: user.email,
    time_zone: user.timeZone,
    color: 'purple',
    avatar_url: `${url}/avatars/${user.id}.png`,
    billed: true,
    role: 'user',
    description: null,
    invitation_sent: false,
    job_title: user.jobTitle,
    teams: [],
    contact_methods: [],
    notification_rules: [],
    coordinated_incidents: [],
    id: user.id,
    type: 'user',
    summary: user.name,
    self: `${url}/users/${user.id}`,
    html_url: `${url}/users/${user.id}`,
  };
}
