/** The part of a pino logger that our code uses; data goes into fields, never into the message. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  /** Error level means that somebody must act. */
  error(fields: object, message: string): void;
  child(fields: object): Log;
}
