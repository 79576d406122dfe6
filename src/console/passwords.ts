import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { ConfigError } from '../core/errors.ts';

/** OWASP's floor for argon2id (SEC19), written out so that a change of the library's defaults can't weaken it. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

const MIN_LENGTH = 12;
/** Of the well-known lists, those that the length rule lets pass. Compared without digits and signs at the end. */
const COMMON = [
  'password',
  'passwordpassword',
  'administrator',
  'incidentbridge',
  'changeme',
  'changemenow',
  'letmein',
  'letmeinplease',
  'iloveyou',
  'qwertyuiop',
  'qwertyuiopas',
  'welcome',
  'correcthorsebatterystaple',
];
/** No 0/O, 1/l/I: read from a terminal and typed elsewhere. 32 signs, so a byte's low five bits choose evenly. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

export async function hashPassword(password: string): Promise<string> {
  // The library's default algorithm is argon2id; its enum can't be named under isolatedModules.
  return await hash(password, COST);
}

/** False for a wrong password and for a hash that can't be read. */
export async function isPassword(passwordHash: string, password: string): Promise<boolean> {
  try {
    return await verify(passwordHash, password);
  } catch {
    return false;
  }
}

/** 160 random bits as eight groups of four: `k7dm-…`. */
export function makePassword(): string {
  const signs = Array.from(randomBytes(32), (byte) => ALPHABET.charAt(byte & 31)).join('');
  return (signs.match(/.{4}/g) ?? []).join('-');
}

/** Throws a ConfigError that says what is wrong with a password that a person chose. */
export function checkPassword(password: string): void {
  const problem = findProblem(password);
  if (problem === undefined) return;
  throw new ConfigError({
    code: 'console.weak_password',
    message: `ADMIN_PASSWORD ${problem}. Choose at least ${MIN_LENGTH} characters that nobody would guess, or leave it empty: then one is made and printed at the first start.`,
  });
}

function findProblem(password: string): string | undefined {
  if (password.length < MIN_LENGTH) return `has ${password.length} characters`;
  if (password.length > 256) return 'has more than 256 characters';
  const lower = password.toLowerCase();
  const word = lower.replace(/[^a-z]+$/, '').replace(/[^a-z]/g, '');
  if (COMMON.includes(word) || COMMON.includes(lower)) return 'is on every list of common passwords';
  if (new Set(lower).size < 5) return 'repeats very few characters';
  if ('abcdefghijklmnopqrstuvwxyz'.includes(lower) || '12345678901234567890'.includes(lower)) return 'is a plain sequence';
  return undefined;
}
