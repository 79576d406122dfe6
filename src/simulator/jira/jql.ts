import { badRequest } from './jira-error.ts';

export interface Clause {
  readonly field: string;
  readonly operator: '=' | '!=' | 'in' | 'not in' | '>=' | '<=' | '>' | '<' | '~';
  readonly values: readonly string[];
}

const TOKEN = /\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(>=|<=|!=|[=<>~(),])|([^\s=<>~(),"'!]+))/y;

interface Token {
  readonly text: string;
  readonly quoted: boolean;
}

/** The part of JQL the simulator knows: clauses joined by AND, then perhaps ORDER BY (which is read over). Anything else is a 400. */
export function parseJql(jql: string): Clause[] {
  const tokens = tokenize(jql);
  let position = 0;
  const isWord = (word: string) => tokens[position]?.quoted === false && tokens[position]?.text.toLowerCase() === word;
  const next = (): Token => {
    const token = tokens[position];
    if (!token) throw badRequest('Error in the JQL Query: the query ended unexpectedly.');
    position += 1;
    return token;
  };
  const expect = (text: string) => {
    const token = next();
    if (token.quoted || token.text !== text) throw badRequest(`Error in the JQL Query: Expecting '${text}' but got '${token.text}'.`);
  };

  const clauses: Clause[] = [];
  while (position < tokens.length && !isWord('order')) {
    if (clauses.length > 0) {
      if (!isWord('and')) throw badRequest(`Error in the JQL Query: Expecting 'AND' but got '${next().text}'.`);
      position += 1;
    }
    const field = next().text.toLowerCase();
    let operator = next().text.toLowerCase();
    if (operator === 'not') operator = `not ${next().text.toLowerCase()}`;
    if (operator === 'in' || operator === 'not in') {
      expect('(');
      const values = [next().text];
      while (tokens[position]?.text === ',') {
        position += 1;
        values.push(next().text);
      }
      expect(')');
      clauses.push({ field, operator, values });
    } else {
      clauses.push({ field, operator: readOperator(operator), values: [next().text] });
    }
  }
  return clauses;
}

function readOperator(text: string): Clause['operator'] {
  switch (text) {
    case '=':
    case '!=':
    case '>=':
    case '<=':
    case '>':
    case '<':
    case '~':
      return text;
    default:
      throw badRequest(`Error in the JQL Query: Expecting an operator but got '${text}'.`);
  }
}

function tokenize(jql: string): Token[] {
  const tokens: Token[] = [];
  const text = jql.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw badRequest(`Error in the JQL Query: The character at position ${start} is not expected.`);
    const quoted = match[1] ?? match[2];
    tokens.push({
      text: quoted === undefined ? (match[3] ?? match[4] ?? '') : quoted.replace(/\\(.)/g, '$1'),
      quoted: quoted !== undefined,
    });
  }
  return tokens;
}
