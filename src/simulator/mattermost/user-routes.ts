import { z } from 'zod';
import { invalidBody, MattermostError } from './errors.ts';
import type { User } from './model.ts';
import { getUser } from './permissions.ts';
import { idParam, nameParam, ok, parseBody, readPage, type Call, type Route } from './router.ts';
import { findUserByName, type Server } from './state.ts';
import { toWireMe, toWireTeam, toWireUser } from './wire.ts';

const names = z.array(z.string());

export function createUserRoutes(server: Server): readonly Route[] {
  const all = () => [...server.users.values()];
  const show = (call: Call, user: User) => ok(user.id === call.user.id ? toWireMe(user) : toWireUser(user));
  /** Unknown ones are silently left out; an empty list is refused. */
  const findMany = (call: Call, name: string, matches: (user: User, wanted: ReadonlySet<string>) => boolean) => {
    const wanted = new Set(parseBody(names, call, name));
    if (wanted.size === 0) throw invalidBody(name);
    return ok(
      all()
        .filter((user) => matches(user, wanted))
        .map(toWireUser),
    );
  };

  return [
    { method: 'get', path: '/users', run: (call) => ok(listUsers(server, call).map(toWireUser)) },
    { method: 'get', path: '/users/:user_id', run: (call) => show(call, getUser(server, idParam(call, 'user_id'))) },
    {
      method: 'get',
      path: '/users/username/:username',
      run(call) {
        const user = findUserByName(server, nameParam(call, 'username'));
        if (!user) throw new MattermostError(404, 'app.user.get_by_username.app_error');
        return show(call, user);
      },
    },
    {
      method: 'get',
      path: '/users/email/:email',
      run(call) {
        const email = (call.params['email'] ?? '').toLowerCase();
        const user = all().find((one) => one.email === email);
        if (!user) throw new MattermostError(404, 'app.user.missing_account.const');
        return show(call, user);
      },
    },
    {
      method: 'post',
      path: '/users/usernames',
      run: (call) => findMany(call, 'usernames', (user, wanted) => wanted.has(user.username)),
    },
    { method: 'post', path: '/users/ids', run: (call) => findMany(call, 'user_ids', (user, wanted) => wanted.has(user.id)) },
    {
      method: 'get',
      path: '/users/:user_id/teams',
      run(call) {
        const userId = idParam(call, 'user_id');
        return ok([...server.teams.values()].filter((team) => team.members.has(userId)).map(toWireTeam));
      },
    },
  ];
}

function listUsers(server: Server, call: Call): readonly User[] {
  const { page, perPage } = readPage(call);
  const inTeam = call.query.get('in_team');
  const inChannel = call.query.get('in_channel');
  return [...server.users.values()]
    .filter((user) => inTeam === null || server.teams.get(inTeam)?.members.has(user.id))
    .filter((user) => inChannel === null || server.channels.get(inChannel)?.members.has(user.id))
    .sort((a, b) => (a.username < b.username ? -1 : 1))
    .slice(page * perPage, (page + 1) * perPage);
}
