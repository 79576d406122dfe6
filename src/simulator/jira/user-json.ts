import { findUser } from './state.ts';
import type { JiraUser } from './model.ts';

export function userJson(url: string, user: JiraUser): unknown {
  return {
    self: `${url}/rest/api/2/user?accountId=${encodeURIComponent(user.accountId)}`,
    accountId: user.accountId,
    accountType: 'atlassian',
    ...(user.emailVisible ? { emailAddress: user.email } : {}),
    avatarUrls: {},
    displayName: user.displayName,
    active: true,
    timeZone: 'Europe/Berlin',
  };
}

export function userJsonById(url: string, accountId: string | null): unknown {
  const user = accountId === null ? undefined : findUser(accountId);
  return user ? userJson(url, user) : null;
}
