import { request as requestHttp, type IncomingMessage } from 'node:http';
import { request as requestHttps } from 'node:https';

export interface CallbackAnswer {
  readonly status: number;
  readonly text: string;
}

interface Outgoing {
  readonly method: 'GET' | 'POST';
  readonly body: string;
}

/**
 * Calls an integration as the server does: its own headers, no signature, a new connection each time (04e), redirects followed
 * (302 as GET without a body, 307 as POST with it). Throws when there is no answer.
 */
export async function postCallback(url: string, body: string, signal: AbortSignal): Promise<CallbackAnswer> {
  let target = new URL(url);
  let outgoing: Outgoing = { method: 'POST', body };
  for (let hop = 0; hop < 10; hop += 1) {
    const response = await send(target, outgoing, signal);
    const text = await readText(response);
    const status = response.statusCode ?? 0;
    const { location } = response.headers;
    if (location === undefined || ![301, 302, 303, 307, 308].includes(status)) return { status, text };
    target = new URL(location, target);
    if (status < 307) outgoing = { method: 'GET', body: '' };
  }
  throw new Error('stopped after 10 redirects');
}

function send(url: URL, outgoing: Outgoing, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method: outgoing.method,
        agent: false,
        signal,
        headers: {
          'User-Agent': 'Mattermost-Bot/1.1',
          Accept: 'application/json',
          // Also on the GET that follows a 302 (04b#55).
          'Content-Type': 'application/json',
          ...(outgoing.method === 'POST' ? { 'Content-Length': Buffer.byteLength(outgoing.body) } : {}),
        },
      },
      resolve,
    );
    sent.on('error', reject);
    sent.end(outgoing.body);
  });
}

/** At most a megabyte, as the server reads it. */
async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > 1_048_576) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
