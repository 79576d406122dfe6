/** Mattermost's own alphabet: base 32 without letters that are easily mixed up. */
const alphabet = 'ybndrfg8ejkmcpqxot1uwisza345h769';

/** An id as Mattermost makes them: 26 characters of `[a-z0-9]`, from the simulator's seeded numbers. */
export function createId(random: () => number): string {
  let id = '';
  for (let at = 0; at < 26; at += 1) id += alphabet.charAt(Math.floor(random() * alphabet.length));
  return id;
}

/** What the server accepts as an id: 26 letters or digits of any kind. */
export function isId(text: string): boolean {
  return /^[\p{L}\p{N}]{26}$/u.test(text);
}
