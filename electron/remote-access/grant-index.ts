import { timingSafeEqual } from 'node:crypto';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import { type TokenKind, tokenKind } from './grant-token.ts';
import type { GrantRecord } from './records.ts';

interface Entry {
  readonly grantId: string;
  readonly hash: Buffer;
}

/** Whose a token is, by its hash. How long a look takes tells nothing about any token: the map is asked for a hash, which nobody can aim. */
export class GrantIndex {
  readonly #byHash = new Map<string, Entry>();
  readonly #hashesOf = new Map<string, readonly string[]>();

  /** Knows this grant's hashes from now on, and no others of it. */
  set(record: GrantRecord): void {
    this.remove(record.grant.id);
    const hashes = [...record.tokens, ...record.claims, ...record.devices].map(({ fingerprint }) => fingerprint);
    for (const fingerprint of hashes)
      this.#byHash.set(fingerprint, { grantId: record.grant.id, hash: Buffer.from(fingerprint, 'base64') });
    this.#hashesOf.set(record.grant.id, hashes);
  }

  remove(grantId: string): void {
    for (const fingerprint of this.#hashesOf.get(grantId) ?? []) this.#byHash.delete(fingerprint);
    this.#hashesOf.delete(grantId);
  }

  /** The hash of a token of this kind, and the grant that gave it out; null when none did. What never was one is not looked for. */
  find(kind: TokenKind, text: string): { readonly fingerprint: string; readonly grantId: string } | null {
    if (tokenKind(text) !== kind) return null;
    const fingerprint = fingerprintOf(Secret.of(text));
    const entry = this.#byHash.get(fingerprint);
    const hash = Buffer.from(fingerprint, 'base64');
    const same = timingSafeEqual(hash, entry?.hash ?? Buffer.alloc(hash.length));
    return same && entry !== undefined ? { fingerprint, grantId: entry.grantId } : null;
  }
}
