import type { Response } from 'express';

/**
 * Calls `instead` in place of the answer that the vendor's handler is about to give: the effect has happened, the caller does not learn of it.
 * Works for handlers that answer through `send`, `json`, `sendStatus` or `end`.
 */
export function interceptAnswer(response: Response, instead: () => void): void {
  const { send } = response;
  const once = () => {
    // `send` is put back by value: the request log has its own wrapper there. The others fall back to the prototype's.
    response.send = send;
    Reflect.deleteProperty(response, 'write');
    Reflect.deleteProperty(response, 'end');
    instead();
    return response;
  };
  response.send = once;
  response.write = () => true;
  response.end = once;
}
