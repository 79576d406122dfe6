/** LISTEN or UNLISTEN of one channel (`*` = all); BullMQ's open with comment lines. */
const LISTEN = /^(?:\s|--[^\n]*\n|\/\*[^*]*\*\/)*(listen|unlisten)\s+(?:"((?:[^"]|"")+)"|([a-z_][\w$]*|\*))\s*;?\s*$/i;

export interface Listen {
  readonly command: 'listen' | 'unlisten';
  readonly channel: string;
}

/** Which channel a statement subscribes to or leaves; undefined when it is about something else. */
export function parseListen(sql: string): Listen | undefined {
  const [, command, quoted, plain] = LISTEN.exec(sql) ?? [];
  // SQL folds names to lower case unless they are quoted.
  const channel = quoted?.replaceAll('""', '"') ?? plain?.toLowerCase();
  if (command === undefined || channel === undefined) return undefined;
  return { command: command.toLowerCase() === 'listen' ? 'listen' : 'unlisten', channel };
}
