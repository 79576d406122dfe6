/** Plain text as Atlassian Document Format, which API version 3 wants for long text: a paragraph per line, no empty text nodes. */
export function textToAdf(text: string): object {
  const content = text.split(/\r?\n/).map((line) => ({
    type: 'paragraph',
    content: line === '' ? [] : [{ type: 'text', text: line }],
  }));
  return { type: 'doc', version: 1, content };
}
