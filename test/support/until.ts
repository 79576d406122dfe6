/**
 * Looks again and again until `look` answers something other than undefined or false; throws when it hasn't within `patienceMs`.
 * For what another process does: nothing there can tell us.
 */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  patienceMs = 20_000,
  pauseMs = 20,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > giveUpAt) throw new Error(`it did not come to this within ${patienceMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
