import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

/** An answer that can't be read whole. Its message is a sentence. */
class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/**
 * Reads a body to its end and decodes it. By events: iterating over a stream costs more than all else that is done with a short answer.
 * @param encoding as `Content-Encoding` says it
 * @throws UnreadableBody when it is longer than `limit` bytes, before or after it is decoded, or coded in another way; what the stream says when it breaks
 */
export function readWhole(stream: Readable, encoding: string | undefined, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    stream.on('data', (chunk: Buffer) => {
      length += chunk.length;
      chunks.push(chunk);
      if (length <= limit) return;
      stream.destroy();
      reject(new UnreadableBody('The body is too long.'));
    });
    stream.on('end', () => {
      const [first] = chunks;
      const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      const coding = (encoding ?? 'identity').trim().toLowerCase();
      resolve(coding === 'identity' || coding === '' || body.length === 0 ? body : decoded(body, coding, limit));
    });
    stream.on('error', reject);
    stream.on('close', () => {
      // Too late after the end, and making an error is not cheap.
      if (!stream.readableEnded) reject(new UnreadableBody('The body broke off.'));
    });
  });
}

const decoders: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

async function decoded(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decode === undefined) throw new UnreadableBody('The body is coded in an unknown way.');
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch {
    throw new UnreadableBody('The body can’t be decoded, or is too long.');
  }
}
