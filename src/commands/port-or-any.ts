import { createServer } from 'node:net';

/** The port if nobody has it, else 0 (= any): the demo prints its addresses, so it need not fail over a taken port. */
export function portOrAny(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(0);
    });
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => {
        resolve(port);
      });
    });
  });
}
