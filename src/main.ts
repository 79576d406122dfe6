#!/usr/bin/env node
import { print, tell, UsageError, type Command } from './commands/command.ts';
import { deliver } from './commands/deliver.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { migrate } from './commands/migrate.ts';
import { playbook } from './commands/playbook.ts';
import { replay } from './commands/replay.ts';
import { simulate } from './commands/simulate.ts';
import { start } from './commands/start.ts';
import { BridgeError } from './core/errors.ts';

const commands: readonly Command[] = [start, demo, doctor, migrate, playbook, deliver, replay, simulate];

function help(): string {
  const width = Math.max(...commands.map((command) => command.usage.length));
  return ['incident-bridge <command>', '', ...commands.map((command) => `  ${command.usage.padEnd(width)}  ${command.summary}`)].join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  const command = commands.find((one) => one.name === name);
  if (!command) {
    (name === undefined || name === 'help' || name === '--help' ? print : tell)(help());
    return name === undefined || name === 'help' || name === '--help' ? 0 : 2;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    const isUsage =
      error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
    if (isUsage) tell(`${error.message}\nUsage: incident-bridge ${command.usage}`);
    else if (error instanceof BridgeError) tell(error.message);
    else tell(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return isUsage ? 2 : 1;
  }
}

process.exitCode = await main(process.argv.slice(2));
// Nothing may keep a finished command alive: what had to end has been awaited.
process.exit();
