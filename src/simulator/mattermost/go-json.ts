/**
 * How many characters Go's encoder makes of a value. The server's limit of props counts these, and they are more than JSON.stringify's:
 * `<`, `>`, `&` and the two line separators take six each, a backspace or form feed too.
 */
export function countGoJson(value: object): number {
  const json = JSON.stringify(value);
  let count = json.length;
  for (const [match] of json.matchAll(/[<>&\u2028\u2029]|\\.|[\uD800-\uDBFF][\uDC00-\uDFFF]/g)) {
    if (match.startsWith('\\')) count += match === '\\b' || match === '\\f' ? 4 : 0;
    else if (match.length === 2) count -= 1;
    else count += 5;
  }
  return count;
}

/** Characters as the server counts them: code points, not bytes and not UTF-16 units. */
export function countRunes(text: string): number {
  return text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
}
