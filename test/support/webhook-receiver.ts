import { createServer, type IncomingHttpHeaders } from 'node:http';

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** The next answers, one each: a status, `hang` (never), `destroy` (cut the connection). Afterwards 200. */
  answerWith(...answers: readonly string[]): void;
  close(): Promise<void>;
}

/** A bare endpoint that notes what it gets, in place of the product. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      const answer = answers.shift() ?? '200';
      if (answer === 'hang') return;
      if (answer === 'destroy') return void request.socket.destroy();
      response.writeHead(Number(answer)).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No TCP address.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    received,
    answerWith: (...next) => void answers.push(...next),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
