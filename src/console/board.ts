import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { RequestHandler } from 'express';
import type { ConsoleDeps } from './deps.ts';

/** Whoever can remove jobs can slow the bridge down, not lose anything: the sweeper wakes again. Still not for everybody. */
export const BOARD_ACCESS = 'admin';
export const BOARD_PATH = '/queues';

/** The queue dashboard, without the one thing it asks of another host: a font. */
export function createBoard({ boardQueues }: Pick<ConsoleDeps, 'boardQueues'>): RequestHandler {
  const adapter = new ExpressAdapter().setBasePath(BOARD_PATH);
  if (!isServerAdapter(adapter)) throw new Error('bull-board’s Express adapter lacks what its board needs');
  createBullBoard({
    queues: boardQueues.map((queue) => new BullMQAdapter(queue)),
    serverAdapter: adapter,
    options: {
      uiConfig: {
        boardTitle: 'Queues',
        boardLogo: { path: '/assets/icon.svg', width: 26, height: 26 },
        miscLinks: [{ text: 'Back to Incident Bridge', url: '/' }],
        hideDocsLink: true,
        favIcon: { default: '/assets/icon.svg', alternative: '/assets/icon.svg' },
      },
    },
  });
  const board: unknown = adapter.getRouter();
  if (!isHandler(board)) throw new Error('bull-board’s router is not a request handler');

  return (request, response, next) => {
    const send = response.send.bind(response);
    response.send = (body: unknown) => send(typeof body === 'string' ? withoutOtherHosts(body) : body);
    board(request, response, next);
  };
}

type ServerAdapter = Parameters<typeof createBullBoard>[0]['serverAdapter'];

/** Its Express package brings an older copy of the board's types, which differ in private members alone. */
function isServerAdapter(adapter: object): adapter is ServerAdapter & ExpressAdapter {
  return ['setQueues', 'setViewsPath', 'setStaticPath', 'setEntryRoute', 'setErrorHandler', 'setApiRoutes'].every(
    (name) => name in adapter,
  );
}

function isHandler(value: unknown): value is RequestHandler {
  return typeof value === 'function';
}

/** Removes every `<link>` of a page to another host. */
function withoutOtherHosts(html: string): string {
  return html.replace(/<link\b[^>]*\bhref="(?:https?:)?\/\/[^"]*"[^>]*>\s*/gi, '');
}
