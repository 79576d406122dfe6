import express, { type RequestHandler } from 'express';

const BODY_LIMIT = '50mb';

/**
 * Reads the body once for all vendors: JSON becomes a value in `request.body`; text that is no JSON stays a string (no vendor takes one, so each
 * refuses it in its own words); other bytes stay a Buffer; no body is undefined. A vendor's own `express.json()` after this does nothing.
 */
export function readBody(): RequestHandler[] {
  const raw = express.raw({ type: () => true, limit: BODY_LIMIT });
  const parse: RequestHandler = (request, _response, next) => {
    const body: unknown = request.body;
    if (!Buffer.isBuffer(body) || body.length === 0) request.body = undefined;
    else if (!/^(multipart|application\/octet-stream|image)/.test(request.headers['content-type'] ?? ''))
      request.body = parseText(body.toString());
    next();
  };
  return [raw, parse];
}

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
