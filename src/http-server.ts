import { createServer, type Server } from 'node:http';
import express, { type Express } from 'express';
import { ConfigError } from './core/errors.ts';
import type { Log } from './core/log.ts';

export interface HttpServer {
  readonly app: Express;
  readonly port: number;
  /** No new requests; those under way may end, for `drainMs` at most. */
  close(drainMs: number): Promise<void>;
}

/** The one HTTP server, with the limits of reliability.md §5. Routes are added to `app` as they become ready. */
export function startHttpServer(options: { readonly port: number; readonly host: string; readonly log: Log }): Promise<HttpServer> {
  const app = express();
  app.disable('x-powered-by');
  // No proxy is believed unless it is listed (SEC7).
  app.set('trust proxy', false);
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, connectionsCheckingInterval: 1000, keepAliveTimeout: 5000, maxHeaderSize: 16_384 },
    app,
  );
  server.maxConnections = 500;
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(cannotListen(error, options.port));
    });
    server.listen(options.port, options.host, () => {
      const address = server.address();
      if (address === null || typeof address === 'string') return reject(new Error('the server has no port'));
      resolve({ app, port: address.port, close: (drainMs) => close(server, drainMs) });
    });
  });
}

async function close(server: Server, drainMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) =>
    server.close(() => {
      resolve();
    }),
  );
  // Kept-alive connections end with the answer that is under way on them.
  server.keepAliveTimeout = 1;
  server.closeIdleConnections();
  const late = setTimeout(() => {
    server.closeAllConnections();
  }, drainMs);
  await closed;
  clearTimeout(late);
}

function cannotListen(error: Error, port: number): Error {
  if (!('code' in error) || (error.code !== 'EADDRINUSE' && error.code !== 'EACCES')) return error;
  const why = error.code === 'EACCES' ? 'may not be used without more rights' : 'is taken by another program';
  return new ConfigError({ code: 'http.port', message: `Port ${port} ${why} (${error.code}). Set PORT to another one.`, cause: error });
}
