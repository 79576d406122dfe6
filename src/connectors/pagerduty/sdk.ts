import type { IncomingHttpHeaders } from 'node:http';
import { api } from '@pagerduty/pdjs';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import type { Connection } from '../connection.ts';
import { createDeadline } from '../deadline.ts';
import { type CallSummary, type ErrorDialect, errorOf, NO_COMPLAINT, parseRetryAfter } from '../vendor-error.ts';
import { createWatchedAgent, WATCH_HEADER } from './watched-agent.ts';

export interface SdkOptions {
  readonly apiUrl: string;
  readonly token: string;
  readonly concurrency: number;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly timeouts?: { readonly connectTimeoutMs?: number; readonly totalTimeoutMs?: number };
}

export interface SdkCall<Body> {
  readonly method: 'GET' | 'PUT' | 'POST';
  readonly path: string;
  /** Arrays are repeated under their key, which PagerDuty writes with brackets: `statuses[]`. */
  readonly query?: Readonly<Record<string, string | string[]>>;
  readonly body?: object;
  /** E-mail address of the acting user; every change needs one. */
  readonly from?: string;
  readonly idempotent: boolean;
  readonly signal: AbortSignal;
  readonly schema: z.ZodType<Body>;
}

const ErrorBody = z.object({
  error: z.object({
    message: z.string().default(''),
    code: z.union([z.number(), z.string()]).default(''),
    errors: z.union([z.array(z.unknown()), z.unknown()]).optional(),
  }),
});

const MAX_RESPONSE_BYTES = 5 * 1024 * 1024;

/**
 * `@pagerduty/pdjs` with its traps taken out: full `url` (its `server` means https), no `requestTimeout` (an empty timer), own time-outs, and
 * no sleeping on 429: at the first one our watcher takes the headers and aborts the call, which the SDK would repeat three times otherwise.
 */
export function createSdk(options: SdkOptions) {
  const { connection, clock } = options;
  const base = options.apiUrl.replace(/\/+$/, '');
  const totalTimeoutMs = options.timeouts?.totalTimeoutMs ?? 15_000;
  const watched = createWatchedAgent({
    secure: base.startsWith('https:'),
    sockets: options.concurrency,
    connectTimeoutMs: options.timeouts?.connectTimeoutMs ?? 3_000,
  });
  const dialect: ErrorDialect = {
    id: 'pagerduty',
    label: 'PagerDuty',
    credentialSettings: 'PAGERDUTY_TOKEN',
    urlSetting: 'PAGERDUTY_API_URL',
    secrets: [options.token],
    readComplaint(body) {
      const parsed = ErrorBody.safeParse(body);
      if (!parsed.success) return NO_COMPLAINT;
      const { message, code, errors } = parsed.data.error;
      const details = Array.isArray(errors) ? errors.filter((entry) => typeof entry === 'string') : [];
      return { code: String(code), text: [message, ...details].join(', '), fields: [] };
    },
  };
  let requests = 0;

  async function exchange<Body>(call: SdkCall<Body>, signal: AbortSignal): Promise<{ body: Body; date: string | undefined }> {
    const summary: CallSummary = { method: call.method, path: call.path, idempotent: call.idempotent };
    const deadline = createDeadline(signal, totalTimeoutMs);
    const id = `ib-${process.pid}-${(requests += 1)}`;
    let limited: IncomingHttpHeaders | undefined;
    const unwatch = watched.watch(id, {
      onResponse: ({ statusCode, headers }) => {
        if (statusCode !== 429) return;
        limited = headers;
        deadline.abort();
      },
    });
    let answer: VendorAnswer;
    try {
      answer = await callSdk(call, id, deadline.signal);
    } catch (cause) {
      if (limited) {
        const retryAfterMs = waitOf((name) => textOf(limited?.[name]));
        throw errorOf({ kind: 'answer', status: 429, retryAfterMs, body: undefined }, summary, dialect);
      }
      const stopped = deadline.expired() ? 'by deadline' : signal.aborted ? 'by caller' : undefined;
      throw errorOf({ kind: 'failure', stopped, cause }, summary, dialect);
    } finally {
      unwatch();
      deadline.dispose();
    }
    const header = (name: string) => answer.headers.get(name) ?? undefined;
    const { status } = answer;
    if (status < 200 || status > 299) {
      throw errorOf({ kind: 'answer', status, retryAfterMs: waitOf(header), body: answer.data }, summary, dialect);
    }
    const parsed = call.schema.safeParse(answer.data);
    if (!parsed.success) throw errorOf({ kind: 'garbage', status, cause: parsed.error }, summary, dialect);
    return { body: parsed.data, date: header('date') };
  }

  /** Rejects for network trouble only: an answer without JSON is one without data. */
  async function callSdk<Body>(call: SdkCall<Body>, id: string, signal: AbortSignal): Promise<VendorAnswer> {
    const parameters = {
      url: base + call.path,
      method: call.method,
      token: options.token,
      headers: { [WATCH_HEADER]: id, ...(call.from !== undefined && { From: call.from }) },
      ...(call.body && { data: call.body }),
      ...(call.query && { queryParameters: { ...call.query } }),
      requestTimeout: 0,
      retryTimeout: 1,
      signal,
      // Passed through to node-fetch.
      agent: watched.agent,
      redirect: 'manual' as const,
      size: MAX_RESPONSE_BYTES,
    };
    try {
      const response = await api(parameters);
      const data: unknown = response.data;
      return { status: response.status, headers: response.headers, data };
    } catch (rejected) {
      // A body that isn't JSON rejects with the response itself.
      if (isAnswer(rejected)) return { status: rejected.status, headers: rejected.headers, data: undefined };
      throw rejected;
    }
  }

  function waitOf(header: (name: string) => string | undefined): number | undefined {
    // PagerDuty sends no Retry-After, but proxies in front of it may. `ratelimit-reset` is in seconds.
    return parseRetryAfter(header('retry-after'), clock.now()) ?? parseRetryAfter(header('ratelimit-reset'), clock.now());
  }

  return {
    /** A 2xx answer's data, parsed; everything else is thrown as one of our errors. */
    call<Body>(call: SdkCall<Body>): Promise<{ body: Body; date: string | undefined }> {
      return connection.run((signal) => exchange(call, signal), { signal: call.signal });
    },
    close: watched.close,
  };
}

interface VendorAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly data: unknown;
}

function isAnswer(value: unknown): value is { status: number; headers: { get(name: string): string | null } } {
  return typeof value === 'object' && value !== null && 'status' in value && typeof value.status === 'number' && 'headers' in value;
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
