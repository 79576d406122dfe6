/** An AbortSignal that fires with the caller's, or after `ms`. Cheaper than `AbortSignal.any` with `timeout`, and leaves no timer behind. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** True if the time ran out, false if the caller stopped it. */
  expired(): boolean;
  /** Stops the work without being late: its outcome is known already. */
  abort(): void;
  /** Call it when the work is over: takes the timer and the listener away. */
  dispose(): void;
}

export function createDeadline(caller: AbortSignal, ms: number): Deadline {
  const controller = new AbortController();
  let expired = false;
  const stop = () => {
    controller.abort(caller.reason);
  };
  const timer = setTimeout(() => {
    expired = true;
    controller.abort();
  }, ms);
  if (caller.aborted) stop();
  else caller.addEventListener('abort', stop, { once: true });
  return {
    signal: controller.signal,
    expired: () => expired,
    abort() {
      controller.abort();
    },
    dispose() {
      clearTimeout(timer);
      caller.removeEventListener('abort', stop);
    },
  };
}
