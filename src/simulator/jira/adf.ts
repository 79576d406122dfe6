import { z } from 'zod';
import type { RichText } from './model.ts';
import type { ApiVersion } from './state.ts';

interface Node {
  type: string;
  text?: string | undefined;
  content?: Node[] | undefined;
}
const Node: z.ZodType<Node> = z.lazy(() =>
  z.looseObject({
    type: z.string(),
    // Jira refuses empty text nodes; a line break is a node of its own.
    text: z
      .string()
      .min(1)
      .regex(/^[^\n]*$/)
      .optional(),
    content: z.array(Node).optional(),
  }),
);
const Doc = z.looseObject({ type: z.literal('doc'), version: z.literal(1), content: z.array(Node) });

/** Undefined when the value is not what this version takes: text in version 2, an ADF document in version 3. */
export function parseRichText(version: ApiVersion, value: unknown): RichText | undefined {
  if (version === 2) return typeof value === 'string' ? value : undefined;
  const parsed = Doc.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

export function showRichText(version: ApiVersion, value: RichText | null): unknown {
  if (value === null) return null;
  if (version === 2) return plainText(value);
  return typeof value === 'string' ? toDoc(value) : value;
}

export function plainText(value: RichText): string {
  if (typeof value === 'string') return value;
  const parsed = Doc.safeParse(value);
  return parsed.success ? parsed.data.content.map(nodeText).join('\n') : '';
}

function nodeText(node: Node): string {
  if (node.type === 'hardBreak') return '\n';
  return node.text ?? (node.content ?? []).map(nodeText).join('');
}

function toDoc(text: string): unknown {
  const paragraph = (line: string) => ({ type: 'paragraph', content: line === '' ? [] : [{ type: 'text', text: line }] });
  return { type: 'doc', version: 1, content: text.split('\n').map(paragraph) };
}
