import type { IncomingMessage } from 'node:http';

export type ReadBody = { readonly ok: true; readonly body: Buffer } | { readonly ok: false; readonly status: 400 | 413 };

/**
 * The raw bytes, counted while they stream in. Own code, because what is needed is the opposite of a parser: exact bytes for the
 * signature, no inflating, and the end of reading at the limit (a parser reads a chunked body to its end first).
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<ReadBody> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > maxBytes) return Promise.resolve({ ok: false, status: 413 });
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (result: ReadBody): void => {
      request.off('data', take);
      resolve(result);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > maxBytes) end({ ok: false, status: 413 });
      else chunks.push(chunk);
    };
    request.on('data', take);
    request.once('end', () => {
      end({ ok: true, body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) });
    });
    request.once('error', () => {
      end({ ok: false, status: 400 });
    });
    request.once('aborted', () => {
      end({ ok: false, status: 400 });
    });
  });
}
