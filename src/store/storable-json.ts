/** PostgreSQL's text refuses NUL, and JSON readers choke on lone surrogates: neither may reach a row (reliability R9). */
export function storableText(text: string): string {
  // Surrogates first: two lone ones must not become a character because a NUL between them goes.
  return text.toWellFormed().replaceAll('\u0000', '');
}

/** JSON text that every reader takes, whatever strings the value holds. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  // JSON.stringify writes both as escapes; a backslash in front of them is itself escaped, so pairs are skipped.
  return text.includes('\\u0000') || text.includes('\\ud')
    ? text.replace(/\\\\|\\u0000|\\ud[89ab][0-9a-f]{2}|\\ud[c-f][0-9a-f]{2}/g, (found) =>
        found === '\\\\' ? found : found === '\\u0000' ? '' : '\\ufffd',
      )
    : text;
}

const MAX_ERROR = 2000;

/** Error text as it may be stored: cut and clean. */
export function storableError(text: string): string {
  return storableText(text.slice(0, MAX_ERROR));
}
