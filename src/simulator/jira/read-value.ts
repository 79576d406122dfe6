/** Small readers for values of unknown shape. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

export function readText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** `{"name": "High"}` -> `High`. */
export function readName(value: unknown): string | undefined {
  return isRecord(value) ? readText(value['name']) : undefined;
}
