import { Agent, request as httpRequest } from 'node:http';
import { Agent as TlsAgent, request as httpsRequest } from 'node:https';

/** The vendor expects an answer within five seconds. */
export const WEBHOOK_TIMEOUT_MS = 5000;

export interface Poster {
  /** Resolves with the status as soon as the answer is complete; rejects on timeouts and connection faults. */
  post(url: string, headers: Readonly<Record<string, string>>, body: string, signal: AbortSignal, timeoutMs: number): Promise<number>;
  close(): void;
}

/** Plain `node:http` instead of `fetch`: its sockets can be closed when the simulator is. */
export function createPoster(): Poster {
  const agents = { 'http:': new Agent({ keepAlive: true }), 'https:': new TlsAgent({ keepAlive: true }) };
  return {
    post: (url, headers, body, signal, timeoutMs) =>
      new Promise((resolve, reject) => {
        const target = new URL(url);
        const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
        const bytes = Buffer.from(body);
        const request = send(
          target,
          {
            method: 'POST',
            agent: target.protocol === 'https:' ? agents['https:'] : agents['http:'],
            headers: { ...headers, 'content-length': String(bytes.length) },
            signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
          },
          (response) => {
            response.on('error', reject);
            response.on('end', () => resolve(response.statusCode ?? 0));
            response.resume();
          },
        );
        request.on('error', reject);
        request.end(bytes);
      }),
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}
