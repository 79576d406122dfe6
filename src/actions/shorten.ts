/** Cuts to `limit` characters, the last one "…"; line breaks of one-line fields become blanks. */
export function shorten(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** For fields that hold one line: a Jira summary, say. */
export function oneLine(text: string, limit: number): string {
  return shorten(text.replace(/\s*[\r\n]+\s*/g, ' ').trim(), limit);
}
