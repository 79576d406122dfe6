import { forbidden } from './errors.ts';
import { isAdmin } from './permissions.ts';
import { ok, type OpenRoute, type Route } from './router.ts';

/** Needs no token. */
export const openSystemRoutes: readonly OpenRoute[] = [
  {
    path: '/system/ping',
    run: () =>
      ok({
        AndroidLatestVersion: '',
        AndroidMinVersion: '',
        DesktopLatestVersion: '',
        DesktopMinVersion: '',
        IosLatestVersion: '',
        IosMinVersion: '',
        status: 'OK',
      }),
  },
  {
    // The real one has about a hundred settings; these are the ones that a client of ours may look at.
    path: '/config/client',
    run: () =>
      ok({
        BuildNumber: '5.37.0',
        DefaultClientLocale: 'en',
        EnableReliableWebSockets: 'true',
        SiteName: 'Mattermost',
        SiteURL: '',
        Version: '5.37.0',
      }),
  },
];

export const systemRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/config',
    run({ user }) {
      if (!isAdmin(user)) throw forbidden();
      return ok({});
    },
  },
];
