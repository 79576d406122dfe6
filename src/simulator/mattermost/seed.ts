import { saveChannel } from './channels.ts';
import { joinTeam } from './members.ts';
import type { Team, User } from './model.ts';
import { findChannelByName, findTeamByName, type Server } from './state.ts';

export interface UserSeed {
  readonly username: string;
  /** Default `<username>@example.test`. */
  readonly email?: string;
  /** Default: the username with a capital. */
  readonly firstName?: string;
  /** Default `Example`. */
  readonly lastName?: string;
  /** Default `token-<username>`. */
  readonly token?: string;
  /** Names of teams; default none. */
  readonly teams?: readonly string[];
  /** A system administrator, who may do everything; default false. */
  readonly isAdmin?: boolean;
  readonly isBot?: boolean;
}

export interface TeamSeed {
  readonly name: string;
  readonly displayName?: string;
}

export function addUser(server: Server, seed: UserSeed): User {
  const now = server.now();
  const { username } = seed;
  const user: User = {
    id: server.newId(),
    username,
    email: seed.email ?? `${username}@example.test`,
    firstName: seed.firstName ?? `${username.charAt(0).toUpperCase()}${username.slice(1)}`,
    lastName: seed.lastName ?? 'Example',
    roles: seed.isAdmin ? 'system_admin system_user' : 'system_user',
    isBot: seed.isBot ?? false,
    botDescription: seed.isBot ? 'Runs incident playbooks' : '',
    createAt: now,
    updateAt: now,
  };
  server.users.set(user.id, user);
  server.userIdsByName.set(username, user.id);
  server.tokens.set(seed.token ?? `token-${username}`, { userId: user.id, active: true });
  for (const name of seed.teams ?? []) {
    const team = findTeamByName(server, name);
    if (team) joinTeam(server, team, user);
  }
  return user;
}

function addTeam(server: Server, seed: TeamSeed): Team {
  const team: Team = {
    id: server.newId(),
    name: seed.name,
    displayName: seed.displayName ?? seed.name,
    inviteId: server.newId(),
    createAt: server.now(),
    members: new Set(),
  };
  server.teams.set(team.id, team);
  addSeedChannel(server, team, 'town-square', 'Town Square');
  addSeedChannel(server, team, 'off-topic', 'Off-Topic');
  return team;
}

function addSeedChannel(server: Server, team: Team, name: string, displayName: string): void {
  saveChannel(server, { teamId: team.id, name, displayName, type: 'O', header: '', purpose: '', creatorId: '' });
}

/** Their names are those of the simulated PagerDuty, where the same people are on call; kathy has no account there. */
const colleagues = [
  ['alice', 'Lindqvist'],
  ['bob', 'Tanaka'],
  ['carol', 'Reyes'],
  ['maya', 'Okafor'],
  ['kathy', 'Brandt'],
] as const;

/** A team at work: the bot and five people are on it, dave is not; `incidents` is its standing channel, and the bot is in there. */
export function seedServer(server: Server, teams: readonly TeamSeed[], botToken: string): void {
  for (const team of teams) addTeam(server, team);
  const [home] = server.teams.values();
  if (!home) throw new Error('The simulated Mattermost needs at least one team.');
  addSeedChannel(server, home, 'incidents', 'Incidents');
  const onTeam = [home.name];
  const bot = addUser(server, {
    username: 'incident-bridge',
    email: 'incident-bridge@localhost',
    firstName: 'Incident Bridge',
    lastName: '',
    token: botToken,
    teams: onTeam,
    isBot: true,
  });
  const people = colleagues.map(([username, lastName]) => addUser(server, { username, lastName, teams: onTeam }));
  addUser(server, { username: 'dave', lastName: 'Moreau' });
  const incidents = findChannelByName(server, home.id, 'incidents');
  for (const user of [bot, ...people]) {
    incidents?.members.set(user.id, { userId: user.id, isAdmin: false, lastUpdateAt: server.now() });
  }
}
