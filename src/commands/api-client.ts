import axios, { type AxiosInstance } from 'axios';
import { z } from 'zod';
import { ConfigError, messageOf } from '../core/errors.ts';

export interface ApiClient {
  /** The answer's body. Throws a ConfigError that says what to do. */
  post(path: string, body: object): Promise<unknown>;
}

const Failure = z.looseObject({ message: z.string() });

/**
 * The console's API of a running bridge, as the user admin. Commands go through it and not through the database: an embedded one belongs to
 * the running process, and what people do is written down in one place.
 */
export async function openApi(url: string, password: string | undefined): Promise<ApiClient> {
  if (password === undefined || password === '') {
    throw new ConfigError({ code: 'cli.no_password', message: 'Set ADMIN_PASSWORD to the password of the console’s user "admin".' });
  }
  const http = axios.create({
    baseURL: `${url.replace(/\/+$/, '')}/api/v1`,
    timeout: 10_000,
    maxRedirects: 0,
    validateStatus: () => true,
    headers: { 'Content-Type': 'application/json', 'Sec-Fetch-Site': 'same-origin' },
  });
  const login = await call(http, url, '/login', { username: 'admin', password }, {});
  const cookie = (login.cookies[0] ?? '').split(';')[0] ?? '';
  return { post: async (path, body) => (await call(http, url, path, body, { Cookie: cookie })).body };
}

async function call(
  http: AxiosInstance,
  url: string,
  path: string,
  body: object,
  headers: Record<string, string>,
): Promise<{ body: unknown; cookies: readonly string[] }> {
  const response = await http.post<unknown>(path, body, { headers }).catch((error: unknown) => {
    throw new ConfigError({
      code: 'cli.unreachable',
      message: `There is no bridge at ${url} (${messageOf(error)}). Start it, or name its address with --to.`,
    });
  });
  if (response.status >= 300) {
    const failure = Failure.safeParse(response.data);
    throw new ConfigError({
      code: 'cli.refused',
      message: failure.success ? failure.data.message : `${url}${path} answered ${response.status}`,
    });
  }
  return { body: response.data, cookies: response.headers['set-cookie'] ?? [] };
}

/** Where the running bridge is: `--to`, PUBLIC_URL, or this machine. */
export function bridgeUrl(to: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  return to ?? env['PUBLIC_URL'] ?? `http://localhost:${env['PORT'] ?? '3000'}`;
}
