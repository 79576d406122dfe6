import type { Log } from '../../src/core/log.ts';

export interface LogEntry {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: object;
}

/** A log that keeps what it is told, for tests to look at. */
export interface RecordingLog extends Log {
  readonly entries: LogEntry[];
}

export function createRecordingLog(entries: LogEntry[] = [], context: object = {}): RecordingLog {
  const write = (level: LogEntry['level']) => (fields: object, message: string) => {
    entries.push({ level, message, fields: { ...context, ...fields } });
  };
  return {
    entries,
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => createRecordingLog(entries, { ...context, ...fields }),
  };
}
