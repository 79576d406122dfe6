import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';

declare module 'node:http' {
  interface Agent {
    /** Not in the documentation, but what every custom agent hooks into since Node 0.12. */
    addRequest(request: ClientRequest, options: object): void;
  }
}

/** Sees one request on its way through the agent. */
export interface Watcher {
  /** The headers are here, before the SDK sees them. */
  readonly onResponse: (response: IncomingMessage) => void;
}

/** Names the request towards the agent; the SDK offers no other way to tell its requests apart. */
export const WATCH_HEADER = 'X-Request-Id';

/**
 * A keep-alive agent that shows each response to a watcher before the SDK gets it, and gives up on connecting after `connectTimeoutMs`.
 * The SDK itself sleeps on 429, hides the headers, and knows no connect time-out.
 */
export function createWatchedAgent(options: { secure: boolean; sockets: number; connectTimeoutMs: number }) {
  const watchers = new Map<string, Watcher>();
  // `timeout` ends idle sockets only: sooner than vendors do, since a request on a socket that is being closed would be in doubt.
  const agentOptions = { keepAlive: true, maxSockets: options.sockets, timeout: 4_000 };
  const agent = options.secure ? new https.Agent(agentOptions) : new http.Agent(agentOptions);
  const addRequest = agent.addRequest.bind(agent);

  agent.addRequest = (request, requestOptions) => {
    const watcher = watchers.get(String(request.getHeader(WATCH_HEADER)));
    if (watcher) request.once('response', watcher.onResponse);
    limitConnect(request, options.connectTimeoutMs);
    addRequest(request, requestOptions);
  };

  return {
    agent,
    watch(id: string, watcher: Watcher): () => void {
      watchers.set(id, watcher);
      return () => watchers.delete(id);
    },
    close: (): Promise<void> => {
      agent.destroy();
      return Promise.resolve();
    },
  };
}

function limitConnect(request: ClientRequest, timeoutMs: number): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      request.destroy(Object.assign(new Error('connect timed out'), { code: 'UND_ERR_CONNECT_TIMEOUT' }));
    }, timeoutMs);
    const clear = () => {
      clearTimeout(timer);
    };
    socket.once('connect', clear);
    socket.once('close', clear);
  });
}
