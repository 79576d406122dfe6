import { createHmac, randomUUID } from 'node:crypto';
import { request } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Parsed where it was JSON, else the text. */
  readonly body: unknown;
}

export interface Outgoing {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
}

/** One request on a connection of its own, which is closed with the answer: no test leaves one behind. */
export function send(url: string, { method = 'POST', headers = {}, body }: Outgoing = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const sent = request(url, { method, agent: false, headers: { ...length, ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parseBody(Buffer.concat(chunks).toString()) });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The headers of a PagerDuty webhook, signed with each of the secrets. */
export function signedHeaders(body: Buffer | string, secrets: readonly string[], webhookId: string = randomUUID()): Record<string, string> {
  const signatures = secrets.map((secret) => `v1=${createHmac('sha256', secret).update(body).digest('hex')}`);
  return {
    'content-type': 'application/json',
    'x-webhook-id': webhookId,
    'x-webhook-subscription': 'PHOOK01',
    'x-pagerduty-signature': signatures.join(','),
  };
}
