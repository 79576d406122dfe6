import { Liquid, type Template } from 'liquidjs';
import type { TemplateKind } from '../core/action.ts';
import { cleanText, escapeMarkdown } from './escape.ts';

/** A value of our own making (a handle, a number): shown as it is, also in markdown. Any filter makes it ordinary text again. */
export class Trusted {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

export type Scope = Readonly<Record<string, unknown>>;

const LIMITS = { parseLimit: 20_000, renderLimit: 100, memoryLimit: 1_000_000 };
const OPTIONS = { ownPropertyOnly: true, relativeReference: false, strictFilters: true, cache: false, ...LIMITS };

const plain = new Liquid({ ...OPTIONS, outputEscape: (value: unknown) => cleanText(asText(value), 32_000) });
const markdown = new Liquid({
  ...OPTIONS,
  outputEscape: (value: unknown) => (value instanceof Trusted ? value.text : escapeMarkdown(asText(value))),
});
for (const engine of [plain, markdown]) {
  // Tags could loop and include; the language has steps and `if` for that. `raw` would switch the escape off.
  for (const tag of Object.keys(engine.tags)) Reflect.deleteProperty(engine.tags, tag);
  Reflect.deleteProperty(engine.filters, 'raw');
}

function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.map(asText).join(', ');
  if (value instanceof Trusted) return value.text;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const WHOLE = /^\{\{([^{}]*)\}\}$/;
const parsed = new Map<string, { readonly plain: readonly Template[]; readonly markdown: readonly Template[] }>();

function parse(text: string): { readonly plain: readonly Template[]; readonly markdown: readonly Template[] } {
  const known = parsed.get(text);
  if (known) return known;
  const templates = { plain: plain.parse(text), markdown: markdown.parse(text) };
  if (parsed.size > 5000) parsed.clear();
  parsed.set(text, templates);
  return templates;
}

/** A variable in a template, with its place in the template's text (1-based). */
export interface TemplateVariable {
  readonly path: readonly string[];
  readonly line: number;
  readonly column: number;
}

/** The variables that a text names. Throws liquidjs' ParseError for a template that can't be read. */
export function variablesOf(text: string): readonly TemplateVariable[] {
  if (!text.includes('{{') && !text.includes('{%')) return [];
  const found = plain.analyzeSync(plain.parse(text)).globals;
  return Object.values(found).flatMap((uses) =>
    uses.map((use) => ({
      path: use.segments.map(String),
      line: use.location.row,
      column: use.location.col,
    })),
  );
}

/**
 * Renders a field's value: strings as templates, lists and objects member by member. A string that is exactly one
 * template keeps its value's type, and a list is spliced into the list around it (DESIGN §5).
 */
export function renderValue(value: unknown, kind: TemplateKind, scope: Scope): unknown {
  if (typeof value === 'string') return renderText(value, kind, scope);
  if (Array.isArray(value)) return value.flatMap((item) => renderValue(item, kind, scope));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, renderValue(member, kind, scope)]));
  }
  return value;
}

function renderText(text: string, kind: TemplateKind, scope: Scope): unknown {
  if (kind === 'none' || !text.includes('{{')) return text;
  const whole = WHOLE.exec(text.trim());
  if (whole?.[1] !== undefined) {
    const value: unknown = plain.evalValueSync(whole[1].trim(), { ...scope });
    if (typeof value === 'object' && value !== null && !(value instanceof Trusted)) return value;
    if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  }
  const engine = kind === 'markdown' ? markdown : plain;
  const templates = parse(text)[kind === 'markdown' ? 'markdown' : 'plain'];
  const rendered: unknown = engine.renderSync([...templates], { ...scope });
  return String(rendered);
}
