type Json = Readonly<Record<string, unknown>>;

export interface ConvertOptions {
  /** What `#/…` references are resolved against. */
  readonly documentId: string;
  /** `request`: nobody has to send what is read-only. `response`: nobody has to answer what is write-only. */
  readonly direction: 'request' | 'response';
  /** Lets optional properties be null though the document does not say so. */
  readonly nullableOptional: boolean;
}

const MAPS = new Set(['properties', 'patternProperties']);
const LISTS = new Set(['allOf', 'anyOf', 'oneOf']);
const NESTED = new Set(['items', 'additionalProperties', 'not']);
/** Words for readers, or of OpenAPI alone, that a JSON Schema validator has no use for. */
const LEFT_OUT = new Set([
  'description',
  'example',
  'examples',
  'default',
  'discriminator',
  'xml',
  'externalDocs',
  'deprecated',
  'title',
  'nullable',
  'readOnly',
  'writeOnly',
  'exclusiveMinimum',
  'exclusiveMaximum',
]);

/** OpenAPI 3.0's dialect -> JSON Schema draft 7. Positions stay as they are, for the documents refer to places deep inside schemas. */
export function convertSchema(schema: unknown, options: ConvertOptions): unknown {
  if (!isJson(schema)) return schema;
  const reference = schema['$ref'];
  // In OpenAPI 3.0 nothing beside `$ref` counts.
  if (typeof reference === 'string') return { $ref: reference.replace(/^#/, `${options.documentId}#`) };
  const converted: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (LEFT_OUT.has(keyword)) continue;
    else if (MAPS.has(keyword) && isJson(value)) converted[keyword] = convertProperties(value, schema, options);
    else if (LISTS.has(keyword) && Array.isArray(value)) converted[keyword] = value.map((one) => convertSchema(one, options));
    else if (NESTED.has(keyword)) converted[keyword] = convertSchema(value, options);
    else if (keyword === 'required' && Array.isArray(value)) converted[keyword] = value.filter((name) => !isOneWay(schema, name, options));
    else converted[keyword] = value;
  }
  if (schema['exclusiveMinimum'] === true) converted['exclusiveMinimum'] = schema['minimum'];
  if (schema['exclusiveMaximum'] === true) converted['exclusiveMaximum'] = schema['maximum'];
  return schema['nullable'] === true ? allowNull(converted) : converted;
}

function convertProperties(properties: Json, owner: Json, options: ConvertOptions): Json {
  const required: unknown = owner['required'];
  const isRequired = (name: string) => Array.isArray(required) && required.includes(name);
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => {
      const converted = convertSchema(property, options);
      return [name, options.nullableOptional && !isRequired(name) ? allowNull(converted) : converted];
    }),
  );
}

function isOneWay(schema: Json, name: unknown, { direction }: ConvertOptions): boolean {
  const properties = schema['properties'];
  const property = isJson(properties) && typeof name === 'string' ? properties[name] : undefined;
  return isJson(property) && property[direction === 'request' ? 'readOnly' : 'writeOnly'] === true;
}

function allowNull(schema: unknown): unknown {
  if (!isJson(schema)) return schema;
  const { type } = schema;
  if (typeof type === 'string') {
    const values: unknown = schema['enum'];
    return { ...schema, type: [type, 'null'], ...(isList(values) ? { enum: [...values, null] } : {}) };
  }
  for (const list of ['oneOf', 'anyOf']) {
    const alternatives: unknown = schema[list];
    if (isList(alternatives)) return { ...schema, [list]: [...alternatives, { type: 'null' }] };
  }
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
