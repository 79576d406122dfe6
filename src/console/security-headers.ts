import helmet from 'helmet';
import type { RequestHandler } from 'express';

/** Pages and API: nothing but our own files (SEC14). */
const POLICY = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'frame-ancestors': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
};

/** The queue dashboard is not ours: it sets styles inline and names its base. Still no other host, and no inline script. */
const BOARD_POLICY = { ...POLICY, 'style-src': ["'self'", "'unsafe-inline'"], 'base-uri': ["'self'"] };

function createHeaders(publicUrl: string, directives: typeof POLICY): RequestHandler {
  const secure = new URL(publicUrl).protocol === 'https:';
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives },
    referrerPolicy: { policy: 'no-referrer' },
    frameguard: { action: 'deny' },
    strictTransportSecurity: secure ? { maxAge: 31_536_000, includeSubDomains: false } : false,
    // Over plain http browsers ignore these two and say so in the console each time.
    crossOriginOpenerPolicy: secure,
    originAgentCluster: secure,
  });
}

export const createPageHeaders = (publicUrl: string): RequestHandler => createHeaders(publicUrl, POLICY);
export const createBoardHeaders = (publicUrl: string): RequestHandler => createHeaders(publicUrl, BOARD_POLICY);
