import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormatsModule from 'ajv-formats';
import { convertSchema, isJson, type ConvertOptions } from './openapi-schema.ts';

export type SpecName = 'pagerduty-rest' | 'pagerduty-events-v2' | 'jira-cloud-v2' | 'jira-cloud-v3' | 'mattermost-v4';

export interface Operation {
  /** As in the document, e.g. `/incidents/{id}`. */
  readonly template: string;
  readonly parameters: readonly Parameter[];
  readonly requestBody: { readonly required: boolean; readonly schema: unknown } | undefined;
  /** By status, `4XX` or `default`; undefined where the document gives no JSON schema. */
  readonly responses: ReadonlyMap<string, unknown>;
}

export interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
}

export interface Spec {
  find(method: string, path: string): Operation | undefined;
  /** Texts of what does not fit; empty when all is well. */
  problems(schema: unknown, value: unknown, options: { direction: ConvertOptions['direction'] }): string[];
  /** One value of a query parameter, which is text whatever it means; repeated ones are given one by one, as PagerDuty declares its `name[]`. */
  queryProblems(name: string, schema: unknown, value: string): string[];
}

type Json = Readonly<Record<string, unknown>>;

/** Where the vendors' documents are; undefined when they are not there and nobody insists. Under CI their absence must be said (`none`). */
export function findSpecsDirectory(): string | undefined {
  const wanted = process.env['VENDOR_SPECS_DIR'];
  if (wanted === 'none') return undefined;
  const directory = resolve(wanted ?? join(import.meta.dirname, '../../../shared/reference/specs'));
  if (existsSync(join(directory, 'pagerduty-rest.json'))) return directory;
  if (process.env['CI'])
    throw new Error(
      `The vendors' OpenAPI documents are not in ${directory}. Set VENDOR_SPECS_DIR to their directory, or to "none" to go without.`,
    );
  return undefined;
}

const loaded = new Map<SpecName, Spec>();

/** Throws when the documents are absent: ask `findSpecsDirectory` first. */
export function loadSpec(name: SpecName): Spec {
  const known = loaded.get(name);
  if (known) return known;
  const directory = findSpecsDirectory();
  if (directory === undefined) throw new Error("The vendors' OpenAPI documents are not here.");
  const document: unknown = JSON.parse(readFileSync(join(directory, `${name}.json`), 'utf8'));
  if (!isJson(document)) throw new Error(`${name} is no JSON object.`);
  const spec = createSpec(name, document);
  loaded.set(name, spec);
  return spec;
}

function createSpec(name: SpecName, document: Json): Spec {
  const follow = (value: unknown): Json => {
    if (!isJson(value)) return {};
    const reference = value['$ref'];
    if (typeof reference !== 'string') return value;
    let target: unknown = document;
    for (const step of reference.split('/').slice(1))
      target = isJson(target) ? target[step.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
    return follow(target);
  };
  const jsonSchemaOf = (value: unknown): unknown => follow(follow(follow(value)['content'])['application/json'])['schema'];
  const readParameter = (value: unknown): Parameter => {
    const parameter = follow(value);
    return {
      name: String(parameter['name']),
      in: String(parameter['in']),
      required: parameter['required'] === true,
      schema: parameter['schema'],
    };
  };
  const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
  const operations = new Map<string, { pattern: RegExp; operation: Operation }>();
  // Literal paths first: `/users/me` is not the user `me`.
  const templates = Object.keys(follow(document['paths'])).sort((one, other) => one.split('{').length - other.split('{').length);
  for (const template of templates) {
    const item = follow(follow(document['paths'])[template]);
    for (const method of ['get', 'put', 'post', 'delete', 'patch']) {
      if (item[method] === undefined) continue;
      const source = follow(item[method]);
      const body = source['requestBody'] === undefined ? undefined : follow(source['requestBody']);
      const operation: Operation = {
        template,
        parameters: [...listOf(item['parameters']), ...listOf(source['parameters'])].map(readParameter),
        requestBody: body && { required: body['required'] === true, schema: jsonSchemaOf(body) },
        responses: new Map(Object.entries(follow(source['responses'])).map(([status, response]) => [status, jsonSchemaOf(response)])),
      };
      const pattern = new RegExp(`^${template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`);
      operations.set(`${method} ${template}`, { pattern, operation });
    }
  }
  const validators = createValidators(name, document);
  return {
    find: (method, path) =>
      [...operations].find(([key, { pattern }]) => key.startsWith(`${method.toLowerCase()} `) && pattern.test(path))?.[1].operation,
    problems: (schema, value, { direction }) => textsOf(validators(schema, direction, false), value),
    queryProblems: (name, schema, value) =>
      // In a holder, because coercion writes the number that it made of a text back into its parent.
      textsOf(validators(schema, 'request', true), { value }).map((text) => `query parameter ${name} ${text}`),
  };
}

/** Every branch of a `oneOf` complains in the same words: once is enough. */
function textsOf(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return [...new Set((validate.errors ?? []).map((error) => `${error.instancePath || '/'} ${error.message ?? error.keyword}`))];
}

function createValidators(name: SpecName, document: Json) {
  // PagerDuty's document never says `nullable`, though its own examples have nulls (`resolved_at`, `priority`): read as "may be null when optional".
  const nullableOptional = name === 'pagerduty-rest';
  const documentId = `http://spec/${name}`;
  const cache = new Map<string, { ajv: Ajv; compiled: Map<unknown, ValidateFunction> }>();
  return (schema: unknown, direction: ConvertOptions['direction'], coerce: boolean): ValidateFunction => {
    const options: ConvertOptions = { documentId, direction, nullableOptional: nullableOptional && direction === 'response' };
    const key = `${direction} ${coerce}`;
    let entry = cache.get(key);
    if (!entry) {
      const ajv = new Ajv({ strict: false, allErrors: true, logger: false, ...(coerce ? { coerceTypes: 'array' } : {}) });
      // CommonJS: the function is the module itself for some loaders, its default export for others.
      const addFormats = typeof addFormatsModule === 'function' ? addFormatsModule : addFormatsModule.default;
      addFormats(ajv);
      // The stock formats refuse loopback hosts and IANA zone names.
      ajv
        .addFormat('url', { validate: (text: string) => URL.canParse(text) })
        .addFormat('uri', { validate: (text: string) => URL.canParse(text) });
      // Jira's own times end in +0000.
      ajv.addFormat('date-time', { validate: (text: string) => !Number.isNaN(Date.parse(text)) });
      const components = document['components'];
      const schemas = isJson(components) && isJson(components['schemas']) ? components['schemas'] : {};
      const converted = Object.fromEntries(Object.entries(schemas).map(([id, one]) => [id, convertSchema(one, options)]));
      ajv.addSchema({ $id: documentId, components: { schemas: converted } });
      entry = { ajv, compiled: new Map() };
      cache.set(key, entry);
    }
    const known = entry.compiled.get(schema);
    if (known) return known;
    const converted = convertSchema(coerce ? { type: 'object', properties: { value: schema } } : schema, options);
    const validate = entry.ajv.compile(isJson(converted) ? converted : {});
    entry.compiled.set(schema, validate);
    return validate;
  };
}
