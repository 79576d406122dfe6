import type { Response } from 'express';

/** A burst of changes is one event: the page reads the whole state anyway. */
const burstMs = 40;

/** Server-sent events: `changed` after each change, and a comment now and then so that a dead connection is noticed. */
export function streamChanges(response: Response, subscribe: (listener: () => void) => () => void): void {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', Connection: 'keep-alive' });
  response.write('retry: 1000\n\n');
  let pending: NodeJS.Timeout | undefined;
  const unsubscribe = subscribe(() => {
    pending ??= setTimeout(() => {
      pending = undefined;
      response.write('event: changed\ndata: {}\n\n');
    }, burstMs);
  });
  const heartbeat = setInterval(() => response.write(':\n\n'), 15_000);
  response.on('close', () => {
    unsubscribe();
    clearTimeout(pending);
    clearInterval(heartbeat);
  });
}
