import { Secret } from '../base/secret.ts';

/** What a secret of ours is for: a grant, a link that waits to be claimed, a device's cookie. */
export type TokenKind = 'grant' | 'claim' | 'device';

const prefixes: Readonly<Record<TokenKind, string>> = { grant: 'jrg_', claim: 'jrc_', device: 'jrd_' };
const randomBytes = 32;
const shape = /^(jr[gcd]_)([A-Za-z0-9_-]{43})([0-9A-Za-z]{6})$/;
const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 256 random bits after the prefix, and 6 characters by which a mistyped one, or another thing, is known without a look at any record. */
export function makeToken(kind: TokenKind, random: (bytes: number) => Buffer): Secret {
  const body = prefixes[kind] + random(randomBytes).toString('base64url');
  return Secret.of(body + checksum(body));
}

/** What kind of token a text is, whole and rightly typed; null when it is none. It says nothing about whether anybody gave it out. */
export function tokenKind(text: string): TokenKind | null {
  const [whole, prefix, , sum] = shape.exec(text) ?? [];
  if (whole === undefined || prefix === undefined || sum === undefined) return null;
  if (checksum(whole.slice(0, -sum.length)) !== sum) return null;
  return prefix === prefixes.grant ? 'grant' : prefix === prefixes.claim ? 'claim' : 'device';
}

/** CRC-32 of a text in 6 digits of base 62, as GitHub writes its own. */
function checksum(text: string): string {
  let rest = crc32(text);
  let written = '';
  for (let place = 0; place < 6; place += 1) {
    written = digits.charAt(rest % 62) + written;
    rest = Math.floor(rest / 62);
  }
  return written;
}

/** CRC-32 as in zlib, of a text in ASCII. */
function crc32(text: string): number {
  let crc = 0xffffffff;
  for (let index = 0; index < text.length; index += 1) {
    crc ^= text.charCodeAt(index);
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
