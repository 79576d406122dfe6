import { BridgeError } from '../../src/core/errors.ts';

/** Everything a port throws must be one of our kinds. */
export function isBridgeError(error: unknown): error is BridgeError {
  return error instanceof BridgeError;
}
