import { spawn, type ChildProcess } from 'node:child_process';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The variables of the machine that a child needs; none of ours. */
const MACHINE = ['PATH', 'HOME', 'TMPDIR', 'LANG'];

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(MACHINE.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]]))),
    NODE_ENV: 'test',
    ...env,
  };
}

/** Runs the bundled program to its end, as a person would, with nothing in the environment but what is given. */
export async function runCommand(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { child, ended } = startCommand(args, env);
  child.stdin?.end();
  return await ended;
}

/** The same for a program that goes on. */
export function startCommand(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly ended: Promise<Ended>; until(text: RegExp): Promise<RegExpExecArray> } {
  const child = spawn(process.execPath, ['--enable-source-maps', 'dist/main.js', ...args], { env: environment(env) });
  let out = '';
  let err = '';
  const listeners = new Set<() => void>();
  const tell = (): void =>
    listeners.forEach((listener) => {
      listener();
    });
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    tell();
  });
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
    tell();
  });
  const ended = new Promise<Ended>((resolve) =>
    child.once('close', (code) => {
      resolve({ code, out, err });
    }),
  );
  return {
    child,
    ended,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = text.exec(out + err);
          if (!found) return;
          listeners.delete(look);
          resolve(found);
        };
        listeners.add(look);
        void ended.then((end) => {
          reject(new Error(`it ended with ${String(end.code)} before it said ${String(text)}:\n${end.out}${end.err}`));
        });
        look();
      }),
  };
}
