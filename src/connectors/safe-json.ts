import secureJson from 'secure-json-parse';
import { messageOf } from '../core/errors.ts';

export type SafeJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly reason: string };

const MAX_DEPTH = 64;
const MAX_NODES = 10_000;
/** Escapes that PostgreSQL's jsonb and text refuse; only bodies that have one pay for the cleaning. */
const SUSPECT = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/**
 * Bytes from outside to JSON that is safe to hold and to store: bounded depth and size, no prototype keys, no NUL, no lone surrogates
 * (both taken out or replaced, so that a hostile title doesn't cost the event).
 */
export function parseSafeJson(raw: Buffer): SafeJson {
  const text = raw.toString('utf8');
  const excess = findExcess(text);
  if (excess !== undefined) return { ok: false, reason: excess };
  try {
    // Reviver only on suspicion: it makes parsing several times slower.
    const reviver = SUSPECT.test(text) ? (_key: string, value: unknown) => (typeof value === 'string' ? cleanText(value) : value) : null;
    return { ok: true, value: secureJson.parse(text, reviver, { protoAction: 'error', constructorAction: 'error' }) };
  } catch (error) {
    return { ok: false, reason: `not usable JSON: ${cleanText(messageOf(error)).slice(0, 120)}` };
  }
}

/** Without NUL and lone surrogates. */
function cleanText(text: string): string {
  const withoutNul = text.replaceAll('\u0000', '');
  return /\p{Surrogate}/u.test(withoutNul) ? withoutNul.replace(/\p{Surrogate}/gu, '\uFFFD') : withoutNul;
}

/** Looks at brackets and commas before the parser does: a body of brackets alone would cost us its recursion. */
function findExcess(text: string): string | undefined {
  let depth = 0;
  let nodes = 1;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (inString) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      nodes += 1;
      if (depth > MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
    else if (code === 0x2c) nodes += 1;
    if (nodes > MAX_NODES) return `more than ${MAX_NODES} values`;
  }
  return undefined;
}
