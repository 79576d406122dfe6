import { z } from 'zod';
import { archiveChannel, createChannel, openDirectChannel, patchChannel, restoreChannel } from './channels.ts';
import { forbidden, MattermostError } from './errors.ts';
import { listPinned, listPosts } from './list-posts.ts';
import { addChannelMember, removeChannelMember } from './members.ts';
import type { Channel } from './model.ts';
import { canSeeChannel, getChannel, getChannelOfMember, isInChannel, isOnTeam } from './permissions.ts';
import { created, done, idParam, ok, parseBody, readPage, type Call, type Route } from './router.ts';
import type { Server } from './state.ts';
import { toWireChannel, toWireChannelMember } from './wire.ts';

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? '');
const channelBody = z.object({ team_id: text, name: text, display_name: text, type: text, header: text, purpose: text });
const optionalText = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);
const patchBody = z.object({ name: optionalText, display_name: optionalText, header: optionalText, purpose: optionalText });
const ids = z.array(z.string());

export function createChannelRoutes(server: Server): readonly Route[] {
  const visible = (call: Call): Channel => {
    const channel = getChannel(server, idParam(call, 'channel_id'));
    if (!canSeeChannel(server, channel, call.user)) throw forbidden();
    return channel;
  };
  const joined = (call: Call): Channel => getChannelOfMember(server, idParam(call, 'channel_id'), call.user);

  return [
    {
      method: 'post',
      path: '/channels',
      run(call) {
        const { team_id: teamId, display_name: displayName, ...rest } = parseBody(channelBody, call, 'channel');
        return created({ ...toWireChannel(createChannel(server, call.user, { ...rest, teamId, displayName })), last_post_at: 0 });
      },
    },
    {
      method: 'post',
      path: '/channels/direct',
      run: (call) => created(toWireChannel(openDirectChannel(server, call.user, parseBody(ids, call, 'user_ids')))),
    },
    { method: 'get', path: '/channels/:channel_id', run: (call) => ok(toWireChannel(visible(call))) },
    {
      method: 'put',
      path: '/channels/:channel_id/patch',
      run(call) {
        const { display_name: displayName, ...rest } = parseBody(patchBody, call, 'channel');
        return ok(toWireChannel(patchChannel(server, call.user, idParam(call, 'channel_id'), { ...rest, displayName })));
      },
    },
    {
      method: 'delete',
      path: '/channels/:channel_id',
      run(call) {
        archiveChannel(server, call.user, idParam(call, 'channel_id'), call.query.get('permanent') === 'true');
        return done;
      },
    },
    {
      method: 'post',
      path: '/channels/:channel_id/restore',
      run: (call) => ok(toWireChannel(restoreChannel(server, call.user, idParam(call, 'channel_id')))),
    },
    {
      method: 'get',
      path: '/channels/:channel_id/stats',
      run(call) {
        const channel = joined(call);
        const pinned = channel.posts.filter((post) => post.isPinned && post.deleteAt === 0).length;
        return ok({ channel_id: channel.id, member_count: channel.members.size, guest_count: 0, pinnedpost_count: pinned });
      },
    },
    { method: 'get', path: '/channels/:channel_id/pinned', run: (call) => ok(listPinned(server, joined(call))) },
    {
      method: 'get',
      path: '/channels/:channel_id/posts',
      run(call) {
        const read = (name: string) => call.query.get(name) ?? '';
        const since = Number(read('since'));
        return ok(
          listPosts(server, joined(call), {
            ...readPage(call),
            before: read('before'),
            after: read('after'),
            since: since > 0 ? since : 0,
          }),
        );
      },
    },
    ...createMemberRoutes(server, joined),
    {
      method: 'get',
      path: '/users/:user_id/teams/:team_id/channels',
      run(call) {
        const teamId = idParam(call, 'team_id');
        if (idParam(call, 'user_id') !== call.user.id || !isOnTeam(server.teams.get(teamId), call.user)) throw forbidden();
        const withArchived = call.query.get('include_deleted') === 'true';
        const mine = [...server.channels.values()].filter(
          (channel) =>
            (channel.teamId === teamId || channel.teamId === '') &&
            channel.members.has(call.user.id) &&
            (withArchived || channel.deleteAt === 0),
        );
        return ok(mine.map(toWireChannel));
      },
    },
  ];
}

function createMemberRoutes(server: Server, joined: (call: Call) => Channel): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/channels/:channel_id/members',
      run(call) {
        const channel = joined(call);
        const { page, perPage } = readPage(call);
        const members = [...channel.members.values()].slice(page * perPage, (page + 1) * perPage);
        return ok(members.map((member) => toWireChannelMember(channel, member)));
      },
    },
    {
      method: 'post',
      path: '/channels/:channel_id/members',
      run(call) {
        const { user_id: userId } = parseBody(z.object({ user_id: z.string() }), call, 'user_id');
        const { channel, member } = addChannelMember(server, call.user, idParam(call, 'channel_id'), userId);
        return created(toWireChannelMember(channel, member));
      },
    },
    {
      method: 'post',
      path: '/channels/:channel_id/members/ids',
      run(call) {
        const wanted = parseBody(ids.min(1), call, 'user_ids');
        const channel = joined(call);
        const present = wanted.flatMap((id) => channel.members.get(id) ?? []);
        return ok(present.map((member) => toWireChannelMember(channel, member)));
      },
    },
    {
      method: 'get',
      path: '/channels/:channel_id/members/:user_id',
      run(call) {
        const channel = getChannel(server, idParam(call, 'channel_id'));
        if (!isInChannel(channel, call.user)) throw forbidden();
        const member = channel.members.get(idParam(call, 'user_id'));
        if (!member) throw new MattermostError(404, 'app.channel.get_member.missing.app_error');
        return ok(toWireChannelMember(channel, member));
      },
    },
    {
      method: 'delete',
      path: '/channels/:channel_id/members/:user_id',
      run(call) {
        removeChannelMember(server, call.user, idParam(call, 'channel_id'), idParam(call, 'user_id'));
        return done;
      },
    },
  ];
}
