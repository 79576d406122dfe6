import type { Request, RequestHandler } from 'express';
import type { Clock } from '../core/clock.ts';
import { readQuery } from './read-query.ts';
import type { RecordedRequest } from './simulator.ts';
import type { Fault, VendorName } from './vendor.ts';

const LIMIT = 100_000;
const TRIM = 10_000;

type Entry = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] } & Pick<RecordedRequest, 'answer'>;

export interface RequestLog {
  readonly entries: readonly RecordedRequest[];
  handler(vendor: VendorName): RequestHandler;
  /** Notes that a fault hit this request. */
  noteFault(request: Request, kind: Fault['kind']): void;
}

/** Everything the vendors received and answered, in order of arrival; the oldest go first when it is full. */
export function createRequestLog(clock: Clock): RequestLog {
  const entries: Entry[] = [];
  const byRequest = new WeakMap<Request, Entry>();
  return {
    entries,
    noteFault(request, kind) {
      const entry = byRequest.get(request);
      if (entry) entry.fault = kind;
    },
    handler: (vendor) => (request, response, next) => {
      const body: unknown = request.body;
      let sent: unknown;
      const entry: Entry = {
        vendor,
        method: request.method,
        path: request.path,
        headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
        query: readQuery(request),
        body,
        status: 0,
        // Parsed when somebody asks: under load nobody does.
        get answer() {
          return typeof sent === 'string' ? parseJsonOrText(sent) : sent;
        },
        fault: null,
        at: clock.now().toISOString(),
        answeredAt: null,
      };
      byRequest.set(request, entry);
      entries.push(entry);
      if (entries.length > LIMIT) entries.splice(0, TRIM);

      const send = response.send.bind(response);
      response.send = (answer: unknown) => {
        // `send(object)` comes back here as text by way of `json`: the last one counts.
        sent = answer;
        return send(answer);
      };
      response.once('finish', () => {
        entry.status = response.statusCode;
        entry.answeredAt = clock.now().toISOString();
      });
      next();
    },
  };
}

function parseJsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
