import { isNode, LineCounter, parseAllDocuments, type Document } from 'yaml';
import { messageOf } from '../core/errors.ts';
import type { Problem } from '../core/playbook.ts';

export type Path = readonly (string | number)[];

/** A playbook file that has been read, and where in it each field stands. */
export interface SourceFile {
  readonly file: string;
  readonly value: unknown;
  /** A problem at the place of `path`, or of its nearest parent that exists. */
  problem(path: Path, message: string): Problem;
}

/** Longest file, and longest value that its aliases may grow it to; in characters. */
const MAX_LENGTH = 1_000_000;
/** A file that can't be read at all says the same thing many times over. */
const MAX_SYNTAX_ERRORS = 20;

/** YAML 1.2, and with it JSON. Aliases are limited so that a small file can't grow to a huge one. */
export function readSource(file: string, text: string): SourceFile | readonly Problem[] {
  if (text.length > MAX_LENGTH)
    return [{ file, line: 1, column: 1, field: '', message: `The file is longer than ${MAX_LENGTH} characters.` }];
  if (isTooDeep(text)) return [{ file, line: 1, column: 1, field: '', message: 'The file nests lists or groups too deep.' }];
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: true, strict: true, uniqueKeys: true });
  const [document, second] = [...documents];
  const problemAt = (offset: number, field: string, message: string): Problem => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col, field, message };
  };
  if (!document) return [problemAt(0, '', 'The file is empty: write a playbook, or a list of playbooks.')];
  const errors = document.errors.map((error) => problemAt(error.pos[0], '', firstLine(error.message)));
  if (second) errors.push(problemAt(second.range[0], '', 'One document a file, please: write several playbooks as a list.'));
  if (errors.length > 0) return errors.slice(0, MAX_SYNTAX_ERRORS);

  const value = expand(document);
  if (value instanceof Error) return [problemAt(0, '', value.message)];
  return { file, value, problem: (path, message) => problemAt(offsetOf(document, path), fieldOf(path), message) };
}

/** The value with its aliases in place, or why there is none. */
function expand(document: Document): unknown {
  try {
    const value: unknown = document.toJS({ maxAliasCount: 50 });
    const { length } = JSON.stringify(value);
    return length > MAX_LENGTH ? new Error(`With its aliases written out the file is longer than ${MAX_LENGTH} characters.`) : value;
  } catch (error) {
    return new Error(`The file can’t be written out: ${firstLine(messageOf(error))}.`);
  }
}

/** The YAML reader calls itself for each level; where the stack ends inside it, the whole process may end. */
function isTooDeep(text: string): boolean {
  if (/(?:[-?:][ \t]+){60}/.test(text) || /^ {300}/m.test(text)) return true;
  let depth = 0;
  for (const sign of text) {
    if (sign === '[' || sign === '{') depth += 1;
    else if ((sign === ']' || sign === '}') && depth > 0) depth -= 1;
    if (depth > 100) return true;
  }
  return false;
}

/** Without the place, which the problem has a field for. */
function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
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
