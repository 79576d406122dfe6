import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import type { ConnectorDefinition } from './core/connector.ts';
import { messageOf } from './core/errors.ts';
import { nearest } from './core/nearest.ts';
import { packageRoot } from './package-root.ts';

export type Role = 'all' | 'web' | 'worker';

const count = (fallback: number, min: number, max: number) =>
  z.coerce
    .number(`must be a whole number from ${min} to ${max}`)
    .int(`must be a whole number from ${min} to ${max}`)
    .min(min, `must be at least ${min}`)
    .max(max, `must be at most ${max}`)
    .default(fallback);
const url = z
  .string()
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text), 'must be an http(s) URL')
  .transform((text) => text.replace(/\/+$/, ''));
const EXAMPLE_SECRETS = /^(changeme|secret|password|example|test|incident-?bridge)/i;

/** Settings that are nobody's in particular; the connectors bring their own. */
const General = z.object({
  PORT: count(3000, 0, 65535).describe('Where the bridge listens. 0 = any free port.'),
  HOST: z.string().default('0.0.0.0').describe('Address to listen on.'),
  PUBLIC_URL: url.optional().describe('Our address as PagerDuty, Mattermost and browsers reach it. Default: http://localhost:<PORT>.'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')
    .optional()
    .describe('PostgreSQL 14 or newer. Without it the embedded database in DATA_DIR is used.'),
  REDIS_URL: z
    .string()
    .regex(
      /^(rediss?|redis-cluster|redis-sentinel|rediss-cluster|rediss-sentinel)(\+[a-z]+)?:\/\//,
      'must begin with redis:// or rediss://',
    )
    .optional()
    .describe('Queue on Redis; without it on PostgreSQL.'),
  DATA_DIR: z.string().default('data').describe('Embedded database and the generated secret key.'),
  PLAYBOOKS_DIR: z.string().default(join(packageRoot, 'playbooks')).describe('Folder of playbook files (.yaml, .yml, .json).'),
  SECRET_KEY: z
    .string()
    .optional()
    .describe(
      'Signs buttons. 32 random bytes, e.g. from `openssl rand -base64 32`; several, comma-separated, while changing it. Default: made once and kept in DATA_DIR.',
    ),
  ADMIN_PASSWORD: z
    .string()
    .min(12, 'must have at least 12 characters')
    .refine((text) => !EXAMPLE_SECRETS.test(text), 'is an example; choose another')
    .optional()
    .describe('Password of the console’s user "admin". Default: made at the first start and printed once.'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info').describe('What is logged, as JSON lines on stderr.'),
  RETENTION_DAYS: count(90, 1, 3650).describe(
    'Ended runs and the contents of deliveries are deleted after this many days; the keys that recognise a repeated delivery stay.',
  ),
  DB_POOL: count(10, 2, 200).describe('PostgreSQL connections a process.'),
  ENGINE_LEASE_MS: count(30_000, 300, 600_000).describe('How long a run stays with a worker that has died.'),
  ENGINE_SWEEP_MS: count(10_000, 100, 60_000).describe('How often due work without a wake-up is looked for.'),
  ENGINE_QUIET_MS: count(60_000, 100, 600_000).describe('Work that was woken less than this ago is not woken again.'),
  ENGINE_GRACE_MS: count(500, 0, 10_000).describe('How long a post waits for a non-waiting output (the Jira link) before it shows "-".'),
  ENGINE_COMPARE_MS: count(300_000, 1000, 3_600_000).describe('How often open runs are compared with PagerDuty (and at start).'),
  INGEST_MAX_BYTES: count(1_048_576, 1_048_576, 5_242_880).describe('Largest webhook body.'),
  FAILPOINT: z.string().optional().describe('For crash tests only; refused unless NODE_ENV is "test".'),
});

export type General = z.infer<typeof General>;

export interface Config extends General {
  readonly role: Role;
  /** Parsed settings of the connectors that are configured, by id. */
  readonly connectors: ReadonlyMap<string, Record<string, unknown>>;
}

/** A setting that can't be used, and what to do. */
export interface ConfigProblem {
  readonly variable: string;
  readonly message: string;
}

export type LoadedConfig =
  { readonly ok: true; readonly config: Config } | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface ConfigSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly role: Role;
  /** A YAML file with the same names as the environment, which wins. */
  readonly file?: string | undefined;
}

/** Environment, `*_FILE` twins and an optional YAML file, checked as one; all problems at once. */
export function loadConfig(source: ConfigSource, definitions: readonly ConnectorDefinition[]): LoadedConfig {
  const problems: ConfigProblem[] = [];
  const known = new Set([
    ...Object.keys(General.shape),
    ...definitions.flatMap((definition) => settingsOf(definition).map((one) => one.env)),
  ]);
  const values = { ...readFile(source.file, known, problems), ...readEnvironment(source.env, known, problems) };

  const general = General.safeParse(values);
  if (!general.success) {
    for (const issue of general.error.issues) problems.push({ variable: String(issue.path[0]), message: issue.message });
  }
  const connectors = new Map<string, Record<string, unknown>>();
  for (const definition of definitions) {
    const settings = readConnector(definition, values, problems);
    if (settings) connectors.set(definition.id, settings);
  }
  checkTogether(values, source, problems);
  if (problems.length > 0 || !general.success) return { ok: false, problems };
  return { ok: true, config: { ...general.data, role: source.role, connectors } };
}

/** What holds between settings; judged on the texts, so that it is told together with everything else. */
function checkTogether(values: Readonly<Record<string, string>>, { role, env }: ConfigSource, problems: ConfigProblem[]): void {
  const keys = values['SECRET_KEY']?.split(',') ?? [];
  for (const key of keys) {
    if (key.trim().length < 32 || EXAMPLE_SECRETS.test(key.trim())) {
      problems.push({ variable: 'SECRET_KEY', message: 'needs at least 32 random characters; make one with: openssl rand -base64 32' });
    }
  }
  if (role !== 'all' && values['DATABASE_URL'] === undefined) {
    problems.push({
      variable: 'DATABASE_URL',
      message: `--role ${role} needs a PostgreSQL that all processes share; without one, start with --role all`,
    });
  }
  if (role !== 'all' && keys.length === 0) {
    problems.push({
      variable: 'SECRET_KEY',
      message: 'several processes need the same key: set it for all of them (openssl rand -base64 32)',
    });
  }
  if (values['REDIS_URL'] !== undefined && values['DATABASE_URL'] === undefined) {
    problems.push({ variable: 'REDIS_URL', message: 'needs DATABASE_URL too: Redis only wakes workers, the truth is in PostgreSQL' });
  }
  if (values['FAILPOINT'] !== undefined && env['NODE_ENV'] !== 'test')
    problems.push({ variable: 'FAILPOINT', message: 'is for crash tests; remove it' });
}

/** A setting of a connector as the docs, doctor and the check see it. */
export interface Setting {
  readonly field: string;
  readonly env: string;
  readonly label: string;
  readonly help: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly fallback: string | undefined;
}

/** One setting of a configured connector as text; '' where the connector or the setting isn't there. */
export function connectorSetting(config: Config, connector: string, field: string): string {
  const value = config.connectors.get(connector)?.[field];
  return typeof value === 'string' ? value : '';
}

/** A connector's settings with what they say of themselves. */
export function settingsOf(definition: ConnectorDefinition): readonly Setting[] {
  return Object.entries(definition.settings.shape).map(([field, schema]) => {
    const meta = z.globalRegistry.get(schema) ?? {};
    const text = (name: string): string => (typeof meta[name] === 'string' ? meta[name] : '');
    const empty = z.safeParse(schema, undefined);
    return {
      field,
      env: text('env'),
      label: text('label'),
      help: text('help'),
      secret: meta['secret'] === true,
      required: !empty.success,
      fallback: empty.success && (typeof empty.data === 'string' || typeof empty.data === 'number') ? String(empty.data) : undefined,
    };
  });
}

export function generalSettings(): readonly { readonly env: string; readonly help: string; readonly fallback: string | undefined }[] {
  return Object.entries(General.shape).map(([env, schema]) => {
    const empty = schema.safeParse(undefined);
    return { env, help: schema.description ?? '', fallback: empty.success && empty.data !== undefined ? String(empty.data) : undefined };
  });
}

/** Not configured when none of its own variables is set; otherwise every missing one is a problem. */
function readConnector(
  definition: ConnectorDefinition,
  values: Readonly<Record<string, string>>,
  problems: ConfigProblem[],
): Record<string, unknown> | undefined {
  const settings = settingsOf(definition);
  const set = settings.filter((one) => values[one.env] !== undefined);
  if (set.length === 0) return undefined;
  const parsed = definition.settings.safeParse(Object.fromEntries(set.map((one) => [one.field, values[one.env]])));
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) {
    const setting = settings.find((one) => one.field === issue.path[0]);
    const missing = setting !== undefined && values[setting.env] === undefined;
    problems.push({
      variable: setting?.env ?? definition.id,
      message: missing ? `is missing: ${definition.label} needs it. ${setting.help}` : issue.message,
    });
  }
  return undefined;
}

function readEnvironment(env: ConfigSource['env'], known: ReadonlySet<string>, problems: ConfigProblem[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of known) {
    const value = env[name];
    const file = env[`${name}_FILE`];
    if (value !== undefined && value !== '') values[name] = value;
    if (file === undefined || file === '') continue;
    if (values[name] !== undefined) problems.push({ variable: `${name}_FILE`, message: `is set beside ${name}; use one of them` });
    try {
      values[name] = readFileSync(file, 'utf8').trim();
    } catch (error) {
      problems.push({ variable: `${name}_FILE`, message: `can't be read: ${messageOf(error)}` });
    }
  }
  return values;
}

function readFile(file: string | undefined, known: ReadonlySet<string>, problems: ConfigProblem[]): Record<string, string> {
  if (file === undefined) return {};
  const values: Record<string, string> = {};
  try {
    const document = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).parse(parseYaml(readFileSync(file, 'utf8')));
    for (const [name, value] of Object.entries(document)) {
      const near = nearest(name, known);
      if (known.has(name)) values[name] = String(value);
      else problems.push({ variable: name, message: `in ${file} is not a setting${near === undefined ? '' : `; did you mean ${near}?`}` });
    }
  } catch (error) {
    problems.push({ variable: '--config', message: `${file} can't be used: ${messageOf(error)}` });
  }
  return values;
}
