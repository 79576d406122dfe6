import { z } from 'zod';
import { forbidden, invalidBody, MattermostError } from './errors.ts';
import type { Channel, Team } from './model.ts';
import { canSeeChannel, getTeam, isInChannel, isOnTeam } from './permissions.ts';
import { addTeamMember } from './members.ts';
import { created, idParam, nameParam, ok, parseBody, readPage, type Call, type Route } from './router.ts';
import { findChannelByName, findTeamByName, type Server } from './state.ts';
import { toWireChannel, toWireTeam, toWireTeamMember } from './wire.ts';

const member = z.object({ team_id: z.string().default(''), user_id: z.string().default('') });

export function createTeamRoutes(server: Server): readonly Route[] {
  const teamOf = (call: Call): Team => {
    const team = getTeam(server, idParam(call, 'team_id'));
    if (!isOnTeam(team, call.user)) throw forbidden();
    return team;
  };

  return [
    { method: 'get', path: '/teams/name/:team_name', run: (call) => ok(toWireTeam(getTeamByName(server, call))) },
    {
      method: 'get',
      path: '/teams/name/:team_name/channels/name/:channel_name',
      run: (call) => ok(toWireChannel(getChannelByName(server, call, getTeamByName(server, call)))),
    },
    { method: 'get', path: '/teams/:team_id', run: (call) => ok(toWireTeam(teamOf(call))) },
    {
      method: 'get',
      path: '/teams/:team_id/channels/name/:channel_name',
      run: (call) => ok(toWireChannel(getChannelByName(server, call, server.teams.get(idParam(call, 'team_id'))))),
    },
    {
      method: 'get',
      path: '/teams/:team_id/channels',
      run: (call) => listChannels(server, call, teamOf(call), (channel) => channel.type === 'O' && channel.deleteAt === 0),
    },
    {
      method: 'get',
      path: '/teams/:team_id/channels/deleted',
      run: (call) =>
        listChannels(server, call, teamOf(call), (channel) => channel.deleteAt !== 0 && canSeeChannel(server, channel, call.user)),
    },
    {
      method: 'post',
      path: '/teams/:team_id/members',
      run(call) {
        const teamId = idParam(call, 'team_id');
        const body = parseBody(member, call, 'team_member');
        if (body.team_id !== teamId) throw invalidBody('team_id');
        return created(toWireTeamMember(addTeamMember(server, call.user, teamId, body.user_id), body.user_id));
      },
    },
    {
      method: 'get',
      path: '/teams/:team_id/members/:user_id',
      run(call) {
        const team = teamOf(call);
        const userId = idParam(call, 'user_id');
        if (!team.members.has(userId)) throw new MattermostError(404, 'app.team.get_member.missing.app_error');
        return ok(toWireTeamMember(team, userId));
      },
    },
    {
      method: 'post',
      path: '/teams/:team_id/members/ids',
      run(call) {
        const ids = parseBody(z.array(z.string()).min(1), call, 'user_ids');
        const team = teamOf(call);
        return ok(ids.filter((id) => team.members.has(id)).map((id) => toWireTeamMember(team, id)));
      },
    },
  ];
}

/** A 403 while the caller is not on it, since the team is not open to everybody. */
function getTeamByName(server: Server, call: Call): Team {
  const team = findTeamByName(server, nameParam(call, 'team_name'));
  if (!team) throw new MattermostError(404, 'app.team.get_by_name.missing.app_error');
  if (!isOnTeam(team, call.user)) throw forbidden();
  return team;
}

/** An archived channel is missing unless asked for; somebody else's private one is always missing, so that names don't leak. */
function getChannelByName(server: Server, call: Call, team: Team | undefined): Channel {
  const channel = findChannelByName(server, team?.id ?? '', nameParam(call, 'channel_name').toLowerCase());
  const isMissing = !channel || (channel.deleteAt !== 0 && call.query.get('include_deleted') !== 'true');
  if (isMissing || (channel.type !== 'O' && !isInChannel(channel, call.user))) {
    throw new MattermostError(404, 'app.channel.get_by_name.missing.app_error');
  }
  if (!canSeeChannel(server, channel, call.user)) throw forbidden();
  return channel;
}

function listChannels(server: Server, call: Call, team: Team, matches: (channel: Channel) => boolean) {
  const { page, perPage } = readPage(call);
  const found = [...server.channels.values()]
    .filter((channel) => channel.teamId === team.id && matches(channel))
    .sort((a, b) => a.displayName.localeCompare(b.displayName));
  return ok(found.slice(page * perPage, (page + 1) * perPage).map(toWireChannel));
}
