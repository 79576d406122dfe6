import { Environment, type ASTNode } from '@marcbachmann/cel-js';
import { RE2JS } from 're2js';
import type { Condition } from '../core/playbook.ts';

const MAX_LENGTH = 2000;
const MAX_PATTERN = 512;
const MAX_TEXT = 8192;
/** Time goes with text × program: this keeps a match of the longest text under a tenth of a second. */
const MAX_PROGRAM = 2100;
/** Counted repetitions multiply the program, so they are judged before it is built. */
const MAX_REPEATED = 60_000;

/** The shape of the names a condition may use: 'string', 'dyn', … or a nested shape. */
export interface Shape {
  readonly [name: string]: string | Shape;
}

/** A condition that can't be taken; the message says why in the author's words. */
export class ConditionError extends Error {}

const patterns = new Map<string, RE2JS>();

function re2(text: string, pattern: string): boolean {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    if (pattern.length > MAX_PATTERN) throw new ConditionError(`the pattern is longer than ${MAX_PATTERN} characters`);
    const repeated = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].reduce((sum, [, from, to]) => sum + Number(to || from), 0);
    if (repeated * pattern.length > MAX_REPEATED) throw new ConditionError('the pattern repeats too much');
    compiled = RE2JS.compile(pattern);
    if (compiled.programSize() > MAX_PROGRAM) throw new ConditionError('the pattern repeats too much');
    if (patterns.size > 500) patterns.clear();
    patterns.set(pattern, compiled);
  }
  return compiled.matcher(text.slice(0, MAX_TEXT)).find();
}

/**
 * Makes a function of CEL text, checked against the names that exist. CEL has no loops and no I/O; its own `matches` runs
 * JavaScript's regular expressions and can hang (28 letters took 13 s), so it is refused in favour of `re2(text, 'pattern')`.
 */
export function createConditionCompiler(names: Shape): (text: string) => Condition {
  const environment = new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 500, maxDepth: 32 },
  });
  for (const [name, shape] of Object.entries(names)) {
    if (typeof shape === 'string') environment.registerVariable(name, shape);
    else environment.registerVariable({ name, schema: mutable(shape) });
  }
  environment.registerFunction('re2(string, string): bool', (text: unknown, pattern: unknown) => re2(String(text), String(pattern)));

  return (text) => {
    if (text.length > MAX_LENGTH) throw new ConditionError(`the condition is longer than ${MAX_LENGTH} characters`);
    let program;
    try {
      program = environment.parse(text);
    } catch (error) {
      throw new ConditionError(firstLine(error));
    }
    const checked = program.check();
    if (!checked.valid) throw new ConditionError(firstLine(checked.error));
    refuseMatches(program.ast);
    checkPatterns(program.ast);
    if (checked.type !== 'bool' && checked.type !== 'dyn') {
      throw new ConditionError(`must be true or false, but is a ${checked.type ?? 'value of unknown type'}`);
    }
    return (context) => {
      const value: unknown = program(context);
      return value === true;
    };
  };
}

interface MutableShape {
  [name: string]: string | MutableShape;
}

function mutable(shape: Shape): MutableShape {
  return Object.fromEntries(Object.entries(shape).map(([name, type]) => [name, typeof type === 'string' ? type : mutable(type)]));
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

function visit(node: unknown, look: (node: ASTNode) => void): void {
  if (Array.isArray(node)) {
    for (const member of node) visit(member, look);
  } else if (isNode(node)) {
    look(node);
    visit(node.args, look);
  }
}

function refuseMatches(ast: ASTNode): void {
  visit(ast, (node) => {
    if ((node.op === 'rcall' || node.op === 'call') && node.args[0] === 'matches') {
      throw new ConditionError(`matches() is not available: write re2(text, 'pattern')`);
    }
  });
}

/** A pattern written in the condition is compiled when the file is loaded, so that a wrong one is found then. */
function checkPatterns(ast: ASTNode): void {
  visit(ast, (node) => {
    if (node.op !== 'call' || node.args[0] !== 're2') return;
    const pattern = node.args[1][1];
    if (pattern?.op !== 'value' || typeof pattern.args !== 'string') return;
    try {
      re2('', pattern.args);
    } catch (error) {
      throw new ConditionError(`the pattern '${pattern.args}' can't be used: ${firstLine(error)}`);
    }
  });
}
