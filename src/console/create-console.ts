import express, { Router } from 'express';
import type { RequestHandler } from 'express';
import { ensureAdmin } from './admin-account.ts';
import type { RouteContext } from './api/route.ts';
import { routes } from './api/routes.ts';
import { findUiFolder } from './assets.ts';
import { BOARD_ACCESS, BOARD_PATH, createBoard } from './board.ts';
import type { ConsoleDeps } from './deps.ts';
import { refuseForeign } from './guard.ts';
import { createLogin, makeHashForNobody } from './login.ts';
import { fileOf, pages } from './pages.ts';
import { RequestError } from './request-error.ts';
import { mayUse } from './roles.ts';
import type { Access } from './roles.ts';
import { createBoardHeaders, createPageHeaders } from './security-headers.ts';
import { answerError, serveApi } from './serve-api.ts';
import { createSessions } from './session.ts';
import type { Sessions } from './session.ts';

/** Counting what has ended reads the whole table; this old may the number be. */
const ENDED_COUNT_MS = 10_000;

/**
 * The console: `/`, `/login`, `/runs/:id`, `/deliveries`, `/queues`, `/assets` and `/api/v1`. Mount it at the root; other paths pass
 * through. Makes the admin account first, hence the promise; rejects with a ConfigError for a weak ADMIN_PASSWORD.
 */
export async function createConsole(deps: ConsoleDeps): Promise<Router> {
  const { publicUrl, log } = deps;
  await ensureAdmin(deps);
  if (new URL(publicUrl).protocol !== 'https:') {
    log.warn({ publicUrl }, 'PUBLIC_URL is not https: the console’s sessions travel in clear');
  }
  const sessions = createSessions(deps.accounts, publicUrl);
  const login = createLogin(deps.accounts, await makeHashForNobody());
  const uiFolder = findUiFolder();
  const pageHeaders = createPageHeaders(publicUrl);

  const router = Router({ caseSensitive: true });
  router.use('/api/v1', pageHeaders, serveApi(routes, { deps, sessions, login, countEnded: createEndedCount(deps) }));
  router.use(
    '/assets',
    pageHeaders,
    express.static(uiFolder, { index: false, redirect: false, extensions: false, setHeaders: revalidate }),
  );
  router.use(
    BOARD_PATH,
    createBoardHeaders(publicUrl),
    refuseForeign(publicUrl, { json: false }),
    requireLogin(sessions, BOARD_ACCESS),
    createBoard(deps),
  );
  for (const page of pages) {
    router.get(page.path, pageHeaders, requireLogin(sessions, page.access), (_request, response) => {
      response.set('Cache-Control', 'no-store').sendFile(fileOf(page, uiFolder), { cacheControl: false, etag: false, lastModified: false });
    });
  }
  router.use(answerError(log));
  return router;
}

/** Pages send strangers to the login, and back afterwards; what isn't a page view is refused. */
function requireLogin(sessions: Sessions, access: Access): RequestHandler {
  return async (request, response, next) => {
    if (access === 'anyone') return next();
    const caller = await sessions.findCaller(request);
    if (mayUse(access, caller)) return next();
    if (caller !== undefined) throw new RequestError(403, 'request.not_allowed', `This page needs the role ${access}.`);
    if (request.method !== 'GET' || !request.accepts('html')) throw new RequestError(401, 'login.needed', 'Log in first.');
    response.set('Cache-Control', 'no-store').redirect(302, `/login?next=${encodeURIComponent(request.originalUrl)}`);
  };
}

/** Our files change with a release only, and are asked for again each time: a page never mixes two releases. */
function revalidate(response: { setHeader(name: string, value: string): unknown }): void {
  response.setHeader('Cache-Control', 'no-cache');
}

function createEndedCount({ reads, clock }: ConsoleDeps): RouteContext['countEnded'] {
  let counted: ReturnType<RouteContext['countEnded']> | undefined;
  let countedAt = 0;
  return () => {
    const now = clock.now().getTime();
    if (counted === undefined || Math.abs(now - countedAt) >= ENDED_COUNT_MS) {
      countedAt = now;
      counted = reads.countEndedRuns();
      counted.catch(() => (counted = undefined));
    }
    return counted;
  };
}
