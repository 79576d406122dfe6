/** What a vendor answered. */
export interface CallAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it was JSON, undefined where there was nothing. */
  readonly body: unknown;
}

/** `body` is sent as JSON, a string as it is. A header of undefined is left out. */
export type Caller = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string | undefined>>,
) => Promise<CallAnswer>;

/** Plain HTTP to a simulated vendor: no product code in between. */
export function createCaller(baseUrl: string, defaults: Readonly<Record<string, string>>): Caller {
  return async (method, path, body, headers = {}) => {
    const sent = new Headers();
    const wanted: Readonly<Record<string, string | undefined>> = { 'content-type': 'application/json', ...defaults, ...headers };
    for (const [name, value] of Object.entries(wanted)) {
      if (value !== undefined) sent.set(name, value);
    }
    const response = await fetch(`${baseUrl}${path}`, {
      method,
      headers: sent,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: parseBody(text) };
  };
}

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
