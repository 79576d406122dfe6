/** An action's output as text: lists and objects aren't one, so they count as missing. */
export function textOf(value: unknown, missing: string): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : missing;
}
