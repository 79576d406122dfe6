/** What stands at `path` in a parsed JSON value; undefined where the way ends early. */
export function readPath(value: unknown, ...path: readonly (string | number)[]): unknown {
  let current = value;
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = Object.entries(current).find(([name]) => name === String(step))?.[1];
  }
  return current;
}

/** The texts at `path` in each of the values of a list. */
export function readEach(list: unknown, ...path: readonly (string | number)[]): unknown[] {
  return Array.isArray(list) ? list.map((one: unknown) => readPath(one, ...path)) : [];
}

export function readTextAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = readPath(value, ...path);
  if (typeof found !== 'string') throw new Error(`There is no text at ${path.join('.')}.`);
  return found;
}
