import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';

/** An answer that can't be read whole. Its message is a sentence. */
export class UnreadableBody extends Error {
  override readonly name = 'UnreadableBody';
}

/**
 * Reads a body to its end and decodes it.
 * @param encoding as `Content-Encoding` says it
 * @throws UnreadableBody when it is longer than `limit` bytes, before or after it is decoded, or coded in another way; what the stream says when it breaks
 */
export async function readWhole(stream: Readable, encoding: string | undefined, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    if (!Buffer.isBuffer(chunk)) throw new UnreadableBody('The body is not made of bytes.');
    length += chunk.length;
    if (length > limit) throw new UnreadableBody('The body is too long.');
    chunks.push(chunk);
  }
  return decoded(Buffer.concat(chunks), (encoding ?? 'identity').trim().toLowerCase(), limit);
}

const decoders: Readonly<Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

async function decoded(body: Buffer, encoding: string, limit: number): Promise<Buffer> {
  if (encoding === 'identity' || encoding === '' || body.length === 0) return body;
  const decode = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decode === undefined) throw new UnreadableBody('The body is coded in an unknown way.');
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch {
    throw new UnreadableBody('The body can’t be decoded, or is too long.');
  }
}
