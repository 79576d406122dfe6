/** Seeded random numbers in [0, 1) (mulberry32): a failing run can be repeated from its seed. */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** `length` characters of `alphabet`, for ids that look like the vendor's. */
export function randomText(random: () => number, length: number, alphabet: string): string {
  let text = '';
  for (let position = 0; position < length; position += 1) text += alphabet.charAt(Math.floor(random() * alphabet.length));
  return text;
}
