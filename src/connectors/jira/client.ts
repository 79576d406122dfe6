import JiraApi, { type JiraApiOptions, type JiraRequestOptions } from 'jira-client';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { ConfigError, PermanentError } from '../../core/errors.ts';
import { NEVER_STOPPED } from '../cache.ts';
import type { Connection } from '../connection.ts';
import { createHttpClient, type HttpClientOptions } from '../http.ts';
import { type ErrorDialect, NO_COMPLAINT } from '../vendor-error.ts';

const Status = z.object({ name: z.string(), statusCategory: z.object({ key: z.string() }).nullish() });
export type VendorStatus = z.infer<typeof Status>;

const Transition = z.object({
  id: z.string().min(1),
  name: z.string(),
  to: Status,
  /** Cloud only: false where a condition hides it from us. */
  isAvailable: z.boolean().nullish(),
  fields: z
    .record(
      z.string(),
      z.object({
        required: z.boolean().default(false),
        hasDefaultValue: z.boolean().nullish(),
        allowedValues: z.array(z.object({ id: z.string().nullish(), name: z.string().nullish() })).nullish(),
      }),
    )
    .nullish(),
});
export type VendorTransition = z.infer<typeof Transition>;

const CreatedIssue = z.object({ id: z.string().min(1), key: z.string().min(1) });
const FoundIssues = z.object({ issues: z.array(z.object({ id: z.string().min(1), key: z.string().min(1) })) });
const IssueStatus = z.object({ fields: z.object({ status: Status }) });
const TransitionList = z.object({ transitions: z.array(Transition) });
const Account = z.object({ accountId: z.string().nullish(), name: z.string().nullish(), displayName: z.string().nullish() });
const ServerInfo = z.object({ deploymentType: z.string().nullish() });
const Project = z.object({ name: z.string().nullish(), issueTypes: z.array(z.object({ id: z.string(), name: z.string() })).nullish() });
const Complaint = z.object({
  errorMessages: z.array(z.string()).nullish(),
  errors: z.record(z.string(), z.unknown()).nullish(),
  message: z.string().nullish(),
});

/** What a method of the SDK doesn't let through: when to stop, whether it may be repeated, what must come back. */
interface Exchange<Body> {
  readonly signal: AbortSignal;
  readonly idempotent: boolean;
  readonly schema: z.ZodType<Body>;
}

/** The SDK with our HTTP client under it: its own loses status and headers and can't be stopped. One object per call carries the call's terms. */
class JiraTransport extends JiraApi {
  readonly #send: (options: JiraRequestOptions) => Promise<unknown>;

  constructor(options: JiraApiOptions, send: (options: JiraRequestOptions) => Promise<unknown>) {
    super(options);
    this.#send = send;
  }

  override doRequest(options: JiraRequestOptions): Promise<unknown> {
    return this.#send(options);
  }
}

export interface JiraClientOptions {
  readonly url: string;
  readonly auth: 'basic' | 'bearer';
  readonly email?: string | undefined;
  readonly token: string;
  readonly apiVersion: string;
  readonly concurrency: number;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly timeouts?: Pick<HttpClientOptions, 'connectTimeoutMs' | 'headersTimeoutMs' | 'totalTimeoutMs'>;
}

export type JiraClient = ReturnType<typeof createJiraClient>;

/** The calls we make, one function each. */
export function createJiraClient(options: JiraClientOptions) {
  const base = new URL(options.url);
  const address: JiraApiOptions = {
    protocol: base.protocol.replace(':', ''),
    host: base.hostname,
    port: base.port === '' ? undefined : base.port,
    base: base.pathname.replace(/\/+$/, ''),
    apiVersion: options.apiVersion,
  };
  const authorization = authorizationOf(options);
  const http = createHttpClient({
    baseUrl: base.origin,
    // X-Atlassian-Token: Data Center refuses some changes of non-browsers without it.
    headers: { Authorization: authorization, 'X-Atlassian-Token': 'no-check' },
    connection: options.connection,
    dialect: createDialect(options, authorization),
    clock: options.clock,
    sockets: options.concurrency,
    ...options.timeouts,
  });
  let lastDate: string | undefined;
  let cloud: Promise<boolean> | undefined;

  /** Runs one method of the SDK under the terms given and parses what comes back. */
  async function call<Body>(terms: Exchange<Body>, method: (jira: JiraApi) => Promise<unknown>): Promise<Body> {
    let body: { value: Body } | undefined;
    const jira = new JiraTransport(address, async ({ uri, method: verb, body: payload }) => {
      const target = new URL(uri);
      if (target.origin !== base.origin) {
        throw new ConfigError({
          code: 'jira.wrong_origin',
          message: 'Jira calls stay at the origin of JIRA_URL. Set it to the final address.',
        });
      }
      const query = Object.fromEntries(target.searchParams);
      const answer = await http.request({
        method: methodOf(verb),
        path: target.pathname,
        ...(target.search !== '' && { query }),
        body: payload,
        ...terms,
      });
      lastDate = answer.header('date') ?? lastDate;
      body = { value: answer.body };
      return answer.body;
    });
    await method(jira);
    if (!body) throw new TypeError('jira-client made no request');
    return body.value;
  }

  const read = <Body>(signal: AbortSignal, schema: z.ZodType<Body>): Exchange<Body> => ({ signal, idempotent: true, schema });

  /** Cloud has another search than Data Center; asked once. */
  function isCloud(): Promise<boolean> {
    cloud ??= call(read(NEVER_STOPPED, ServerInfo), (jira) => jira.getServerInfo()).then(
      ({ deploymentType }) => deploymentType === 'Cloud',
    );
    const asked = cloud;
    asked.catch(() => {
      if (cloud === asked) cloud = undefined;
    });
    return asked;
  }

  return {
    close: http.close,
    /** The last answer's `Date` header. */
    lastDate: () => lastDate,

    createIssue: (issue: object, signal: AbortSignal) =>
      call({ signal, idempotent: false, schema: CreatedIssue }, (jira) => jira.addNewIssue(issue)),

    /** At most ten; the index lags behind, so an empty answer proves nothing for a while. */
    async search(jql: string, signal: AbortSignal) {
      const onCloud = await isCloud();
      const found = await call(read(signal, FoundIssues), (jira) => {
        if (!onCloud) return jira.searchJira(jql, { fields: ['summary'], startAt: 0, maxResults: 10 });
        const body = { jql, fields: ['summary'], maxResults: 10 };
        return jira.doRequest(jira.makeRequestHeader(jira.makeUri({ pathname: '/search/jql' }), { method: 'POST', body }));
      });
      return found.issues;
    },

    async readStatus(issueId: string, signal: AbortSignal): Promise<VendorStatus> {
      const key = safeKey(issueId);
      return (await call(read(signal, IssueStatus), (jira) => jira.findIssue(key, '', 'status', 'incident-bridge'))).fields.status;
    },

    async listTransitions(issueId: string, signal: AbortSignal): Promise<readonly VendorTransition[]> {
      const key = safeKey(issueId);
      return (await call(read(signal, TransitionList), (jira) => jira.listTransitions(key))).transitions;
    },

    /** Not to be repeated blindly: the id means something else, or nothing, in the next status. */
    async transition(issueId: string, body: object, signal: AbortSignal): Promise<void> {
      const key = safeKey(issueId);
      await call({ signal, idempotent: false, schema: z.unknown() }, (jira) => jira.transitionIssue(key, body));
    },

    readMyself: (signal: AbortSignal) => call(read(signal, Account), (jira) => jira.getCurrentUser()),
    readProject: (key: string, signal: AbortSignal) => call(read(signal, Project), (jira) => jira.getProject(safeKey(key))),
  };
}

function authorizationOf({ auth, email, token }: JiraClientOptions): string {
  if (auth === 'bearer') return `Bearer ${token}`;
  if (email === undefined) {
    throw new ConfigError({
      code: 'jira.email_missing',
      message:
        'JIRA_EMAIL is missing: basic authentication needs the account’s e-mail address. Set it, or JIRA_AUTH=bearer for Data Center.',
    });
  }
  return `Basic ${Buffer.from(`${email}:${token}`).toString('base64')}`;
}

function createDialect(options: JiraClientOptions, authorization: string): ErrorDialect {
  return {
    id: 'jira',
    label: 'Jira',
    credentialSettings: options.auth === 'basic' ? 'JIRA_EMAIL and JIRA_TOKEN (Cloud tokens expire)' : 'JIRA_TOKEN',
    urlSetting: 'JIRA_URL',
    secrets: [options.token, authorization.replace(/^\w+ /, '')],
    readComplaint(body) {
      const parsed = Complaint.safeParse(body);
      if (!parsed.success) return NO_COMPLAINT;
      const { errorMessages, errors, message } = parsed.data;
      const byField = Object.entries(errors ?? {}).map(([field, text]) => `${field}: ${String(text)}`);
      const text = [...(errorMessages ?? []), ...byField, ...(message ? [message] : [])].join(' ');
      return { code: '', text, fields: Object.keys(errors ?? {}) };
    },
  };
}

/** The SDK un-escapes whole URLs, so nothing that needs escaping may go in. */
function safeKey(key: string): string {
  if (/^[A-Za-z0-9_-]{1,255}$/.test(key)) return key;
  throw new PermanentError({
    code: 'jira.bad_key',
    message: `"${key.slice(0, 80)}" is no issue or project key. Check the playbook or JIRA_PROJECT.`,
  });
}

function methodOf(method: string): 'GET' | 'POST' | 'PUT' | 'DELETE' {
  return method === 'POST' || method === 'PUT' || method === 'DELETE' ? method : 'GET';
}
