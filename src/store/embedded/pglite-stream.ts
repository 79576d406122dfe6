import type { PGlite } from '@electric-sql/pglite';
import { Duplex } from 'node:stream';

/** 'Z', length 5, and one byte of transaction status: how every complete answer of PostgreSQL ends. */
const READY_FOR_QUERY = Buffer.from([0x5a, 0, 0, 0, 5]);
const TERMINATE = 0x58;

/**
 * A socket with PGlite at its other end: PostgreSQL's own protocol goes in and out, so that the ordinary driver can speak to it and
 * values, errors and notifications are exactly what a server's are. Each batch of messages runs to its end in one turn of the
 * event loop; between two batches other work gets its turn.
 */
export function createPgliteStream(pglite: PGlite): Duplex {
  const run = (bytes: Buffer, done: () => void) => {
    if (bytes[0] === TERMINATE) return done();
    setImmediate(() => {
      void answerTo(pglite, bytes).then(
        (answer) => {
          // PGlite swallows a crash of its engine and answers with what it had; without this the driver would wait forever.
          if (answer.subarray(-6, -1).equals(READY_FOR_QUERY)) stream.push(answer);
          else stream.destroy(new Error('the embedded database has stopped'));
          done();
        },
        (error: unknown) => {
          stream.destroy(new Error('the embedded database has stopped', { cause: error }));
          done();
        },
      );
    });
  };
  const stream = new Duplex({
    read: () => undefined,
    write: (chunk: Buffer, _encoding, done) => run(chunk, done),
    writev: (chunks, done) => run(Buffer.concat(chunks.map(({ chunk }) => toBuffer(chunk))), done),
    final: (done) => {
      stream.push(null);
      done();
    },
  });
  // What the driver calls on a socket beyond a stream's own methods.
  return Object.assign(stream, {
    connect: () => void setImmediate(() => stream.emit('connect')),
    setNoDelay: () => stream,
    setKeepAlive: () => stream,
    ref: () => stream,
    unref: () => stream,
  });
}

/** In one piece: the driver then sees an error and the ready message behind it in the same turn, and knows the transaction's state. */
async function answerTo(pglite: PGlite, bytes: Buffer): Promise<Buffer> {
  const parts: Buffer[] = [];
  // The bytes are a view into the engine's memory, valid only now.
  await pglite.execProtocolRawStream(bytes, { onRawData: (part) => void parts.push(Buffer.from(part)) });
  return Buffer.concat(parts);
}

function toBuffer(chunk: unknown): Buffer {
  if (Buffer.isBuffer(chunk)) return chunk;
  throw new TypeError('the driver wrote something that is not a buffer');
}
