import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml';
import type { Problem } from '../core/playbook.ts';

export type Path = readonly (string | number)[];

/** A playbook file that has been read, and where in it each field stands. */
export interface SourceFile {
  readonly file: string;
  readonly value: unknown;
  /** A problem at the place of `path`, or of its nearest parent that exists. */
  problem(path: Path, message: string): Problem;
}

/** YAML 1.2, and with it JSON. Aliases are limited so that a small file can't grow to a huge one. */
export function readSource(file: string, text: string): SourceFile | readonly Problem[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: true, strict: true, uniqueKeys: true });
  const [document, second] = [...documents];
  const problemAt = (offset: number, field: string, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, field, message };
  };
  if (!document) return [problemAt(0, '', 'The file is empty: write a playbook, or a list of playbooks.')];
  const errors = document.errors.map((error) => problemAt(error.pos[0], '', error.message.split('\n')[0] ?? 'can’t be read'));
  if (second) errors.push(problemAt(second.range[0], '', 'One document a file, please: write several playbooks as a list.'));
  if (errors.length > 0) return errors;

  const value: unknown = document.toJS({ maxAliasCount: 50 });
  return { file, value, problem: (path, message) => problemAt(offsetOf(document, path), fieldOf(path), message) };
}

function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function fieldOf(path: Path): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`))
    .join('')
    .replace(/^\./, '');
}
