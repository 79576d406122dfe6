import { loadSpec, type Operation, type Spec, type SpecName } from './openapi-spec.ts';

export { findSpecsDirectory } from './openapi-spec.ts';

export type CheckedVendor = 'mattermost' | 'pagerduty' | 'jira';

export interface CheckedRequest {
  readonly method: string;
  /** Below the vendor's base, e.g. `/incidents/Q1` or `/rest/api/2/issue`. */
  readonly path: string;
  readonly query: Readonly<Record<string, readonly string[]>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface CheckedResponse {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
}

/** What is wrong with a request by the vendor's own document; empty when nothing is. Fits the simulator's `RecordedRequest`. */
export function checkRequest(vendor: CheckedVendor, request: CheckedRequest): string[] {
  const { spec, operation, where } = locate(vendor, request.method, request.path);
  if (!operation) return [`${where}: the document has no such operation`];
  const problems: string[] = [];
  for (const parameter of operation.parameters) {
    // A body-less call needs no Content-Type, though PagerDuty's document demands one everywhere.
    if (parameter.in === 'header' && parameter.required && request.headers[parameter.name.toLowerCase()] === undefined) {
      if (parameter.name.toLowerCase() !== 'content-type' || request.body !== undefined)
        problems.push(`header ${parameter.name} is missing`);
    }
  }
  problems.push(...queryProblems(spec, operation, request.query));
  const body = operation.requestBody;
  if (request.body === undefined) {
    if (body?.required === true) problems.push('the body is missing');
  } else if (!body) {
    problems.push('a body is not expected');
  } else if (body.schema !== undefined) {
    problems.push(...spec.problems(body.schema, request.body, { direction: 'request' }).map((problem) => `body ${problem}`));
  }
  return problems.map((problem) => `${where}: ${problem}`);
}

/** What is wrong with an answer by the vendor's own document. */
export function checkResponse(vendor: CheckedVendor, response: CheckedResponse): string[] {
  const { spec, operation, where } = locate(vendor, response.method, response.path);
  if (!operation) return [`${where}: the document has no such operation`];
  const status = String(response.status);
  const documented = [...operation.responses.keys()];
  // An error status that the document leaves out here (400 of PagerDuty's `PUT /incidents/{id}`) is held against the errors it does list.
  const isError = response.status >= 400;
  const wanted = [status, `${status.charAt(0)}XX`, 'default'];
  const key = wanted.find((one) => operation.responses.has(one)) ?? documented.find((one) => isError && /^[45]/.test(one));
  if (key === undefined) return [`${where}: status ${status} is not documented`];
  const schema = operation.responses.get(key);
  if (schema === undefined) return [];
  return spec.problems(schema, response.body, { direction: 'response' }).map((problem) => `${where} ${status}: ${problem}`);
}

function locate(vendor: CheckedVendor, method: string, path: string): { spec: Spec; operation: Operation | undefined; where: string } {
  const [name, below] = specOf(vendor, path);
  const spec = loadSpec(name);
  const operation = spec.find(method, below);
  return { spec, operation, where: `${vendor} ${method} ${operation?.template ?? path}` };
}

function specOf(vendor: CheckedVendor, path: string): [SpecName, string] {
  if (vendor === 'mattermost') return ['mattermost-v4', path];
  if (vendor === 'jira') return [path.startsWith('/rest/api/2/') ? 'jira-cloud-v2' : 'jira-cloud-v3', path];
  // Events v2 is another server with `/v2` in its address.
  return path.startsWith('/v2/') ? ['pagerduty-events-v2', path.slice('/v2'.length)] : ['pagerduty-rest', path];
}

function queryProblems(spec: Spec, operation: Operation, query: CheckedRequest['query']): string[] {
  const problems: string[] = [];
  const known = operation.parameters.filter((parameter) => parameter.in === 'query');
  for (const [name, values] of Object.entries(query)) {
    const parameter = known.find((one) => one.name === name);
    if (!parameter) problems.push(`query parameter ${name} is unknown`);
    else problems.push(...values.flatMap((value) => spec.queryProblems(name, parameter.schema, value)));
  }
  for (const { name, required } of known) if (required && query[name] === undefined) problems.push(`query parameter ${name} is missing`);
  return problems;
}
