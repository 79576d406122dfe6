/**
 * A place where a crash test may stop the process, around every commit and vendor call. In production it is {@link noFailpoint};
 * a process started with FAILPOINT (refused unless NODE_ENV is "test") kills itself there. `detail` is the port method, say.
 */
export type Failpoint = (name: FailpointName, detail?: string) => void;

export const FAILPOINTS = [
  'ingest.before-commit',
  'ingest.after-commit',
  'route.before-commit',
  'route.after-commit',
  'effect.before-intent',
  'effect.after-intent',
  'effect.after-call',
  'effect.after-result',
  'signal.after-move',
  'release.before',
  'release.after',
] as const;
export type FailpointName = (typeof FAILPOINTS)[number];

export const noFailpoint: Failpoint = () => undefined;

/**
 * `effect.after-call:chat.post@2`: kill at the second hit of that failpoint with that detail (both optional); with `!freeze` at its end
 * the process is stopped there instead, and goes on when it is told to.
 */
export function parseFailpoint(text: string, kill: () => void, freeze: () => void = kill): Failpoint {
  const pattern = /^(?<name>[a-z.-]+?)(?::(?<detail>[A-Za-z._]+))?(?:@(?<hit>\d+))?(?<freezes>!freeze)?$/;
  const { name, detail, hit, freezes } = pattern.exec(text)?.groups ?? {};
  if (!FAILPOINTS.some((known) => known === name))
    throw new Error(`FAILPOINT: there is no failpoint "${text}"; known are ${FAILPOINTS.join(', ')}`);
  let left = Number(hit ?? 1);
  return (at, what) => {
    if (at !== name || (detail !== undefined && detail !== what)) return;
    left -= 1;
    if (left === 0) (freezes === undefined ? kill : freeze)();
  };
}
