import type { Request, RequestHandler } from 'express';
import { RequestError } from './request-error.ts';

const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/**
 * Whether the request comes from a page of ours (SEC21). Browsers set both headers themselves; a page can't forge them.
 * `Sec-Fetch-Site: same-origin` also lets the console be used at another of our names (127.0.0.1 for localhost).
 */
function isFromOurPage(request: Request, publicUrl: string): boolean {
  const origin = request.get('origin');
  const site = request.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin') return false;
  if (origin === new URL(publicUrl).origin) return true;
  if (site !== 'same-origin') return false;
  return origin === undefined || hostOf(origin) === request.get('host');
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Refuses changing requests that another site may have caused. `json: true` also refuses what a form could send. */
export function refuseForeign(publicUrl: string, options: { readonly json: boolean }): RequestHandler {
  return (request, _response, next) => {
    if (SAFE_METHODS.includes(request.method)) return next();
    if (!isFromOurPage(request, publicUrl)) {
      throw new RequestError(
        403,
        'request.foreign_origin',
        `This request did not come from ${publicUrl}. Open the console there, or set PUBLIC_URL to the address in your browser.`,
      );
    }
    if (options.json && !/^application\/json\s*(;|$)/i.test(request.get('content-type') ?? '')) {
      throw new RequestError(403, 'request.not_json', 'Send the request with Content-Type: application/json.');
    }
    next();
  };
}
