import { connectors } from '../connectors/index.ts';
import { loadConfig, type Config, type ConfigProblem, type Role } from '../config.ts';
import { ConfigError } from '../core/errors.ts';

/** The configuration, or a ConfigError that lists everything that is wrong with it. */
export function readConfig(role: Role, file: string | undefined, env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const loaded = loadConfig({ env, role, file }, connectors);
  if (loaded.ok) return loaded.config;
  throw new ConfigError({ code: 'config.invalid', message: describeProblems(loaded.problems) });
}

export function describeProblems(problems: readonly ConfigProblem[]): string {
  const width = Math.max(...problems.map((problem) => problem.variable.length));
  return [
    `${problems.length === 1 ? 'One setting needs' : `${problems.length} settings need`} your attention:`,
    ...problems.map((problem) => `  ${problem.variable.padEnd(width)}  ${problem.message}`),
  ].join('\n');
}
