import { createHash, randomBytes } from 'node:crypto';

/** Epoch ms as GitHub prints a time: ISO 8601 in UTC, without fractions. */
export function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** A time or null, as most fields of the API have it. */
export function timestampOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : timestamp(ms);
}

/** An opaque node id, unique by type and id. */
export function nodeId(type: string, id: number): string {
  return `${type}_${Buffer.from(String(id)).toString('base64url')}`;
}

/** The identifier of a token in audit events: base64(SHA-256(token)) (contract github §1.7). */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}

/** Random letters and digits, as in GitHub's tokens. */
export function randomLetters(length: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from(randomBytes(length), (byte) => letters[byte % letters.length]).join('');
}

/** An id giver: each call the next number. */
export function counter(first: number): () => number {
  let next = first;
  return () => next++;
}
