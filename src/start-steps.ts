import type { Log } from './core/log.ts';

/** Named start steps in order, undone in reverse: what was started before a failure is stopped again. */
export interface StartSteps {
  /** Starts something and remembers how to stop it. */
  step<T>(name: string, start: () => Promise<T> | T, stop?: (started: T) => Promise<void> | void): Promise<T>;
  undo(): Promise<void>;
}

export function createStartSteps(log: Log): StartSteps {
  const undoing: { readonly name: string; readonly stop: () => Promise<void> | void }[] = [];
  return {
    async step(name, start, stop) {
      const started = await start();
      if (stop) undoing.push({ name, stop: () => stop(started) });
      log.debug({ step: name }, 'started');
      return started;
    },
    async undo() {
      for (let last = undoing.pop(); last; last = undoing.pop()) {
        try {
          await last.stop();
          log.debug({ step: last.name }, 'stopped');
        } catch (error) {
          log.warn({ err: error, step: last.name }, 'did not stop cleanly');
        }
      }
    },
  };
}
