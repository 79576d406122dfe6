import { z } from 'zod';
import type { Problem } from '../core/playbook.ts';
import { nearest } from '../core/nearest.ts';
import type { Path, SourceFile } from './source-file.ts';

/** Collects what is wrong with one playbook of a file. */
export interface ProblemReport {
  add(path: Path, message: string): void;
  /** What the schema makes of the value; undefined when it was refused, and then every reason is reported. */
  parse<S extends z.ZodType>(schema: S, path: Path, value: unknown, knownKeys: readonly string[]): z.infer<S> | undefined;
  /** The members of a list that are records; anything else is reported. */
  records(path: Path, value: unknown): readonly { readonly path: Path; readonly value: Readonly<Record<string, unknown>> }[];
}

export function createProblemReport(source: SourceFile, base: Path, problems: Problem[]): ProblemReport {
  const add = (path: Path, message: string): void => {
    problems.push(source.problem([...base, ...path], message));
  };
  return {
    add,
    parse(schema, path, value, knownKeys) {
      const parsed = z.safeParse(schema, value);
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues) {
        const within = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
        const at = [...path, ...within];
        if (issue.code === 'unrecognized_keys') {
          for (const key of issue.keys) add([...at, key], `unknown field "${key}"${suggestion(key, knownKeys)}`);
        } else if (within.length > 0 && valueAt(value, within) === undefined) add(at, `the field "${String(within.at(-1))}" is missing`);
        else add(at, issue.message);
      }
      return undefined;
    },
    records(path, value) {
      if (!Array.isArray(value)) {
        add(path, 'must be a list');
        return [];
      }
      return value.flatMap((member: unknown, index) => {
        if (isFields(member)) return [{ path: [...path, index], value: member }];
        add([...path, index], 'must be a group of fields');
        return [];
      });
    },
  };
}

/** A group of named fields. */
export function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** ` (did you mean "post"?)`, or nothing where no known word is near. */
export function suggestion(word: string, known: Iterable<string>): string {
  const near = nearest(word, known);
  return near === undefined ? '' : ` (did you mean "${near}"?)`;
}

/** The fields without those of that schema, and the other way round. */
export function splitFields(fields: Readonly<Record<string, unknown>>, schema: z.ZodObject) {
  const entries = Object.entries(fields);
  return {
    own: Object.fromEntries(entries.filter(([key]) => Object.hasOwn(schema.shape, key))),
    rest: Object.fromEntries(entries.filter(([key]) => !Object.hasOwn(schema.shape, key))),
  };
}

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const part of path) {
    if (Array.isArray(current)) current = typeof part === 'number' ? current[part] : undefined;
    else current = isFields(current) && Object.hasOwn(current, part) ? current[part] : undefined;
  }
  return current;
}
