import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from '../base/redact.ts';
import { makeToken, type TokenKind, tokenKind } from './grant-token.ts';

const kinds = fc.constantFrom<TokenKind>('grant', 'claim', 'device');
const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((array) => Buffer.from(array));
const tokens = fc.tuple(kinds, bytes).map(([kind, random]) => ({ kind, text: makeToken(kind, () => random).reveal() }));

describe('a token', () => {
  it('has a prefix for what it is, 256 random bits and a checksum', () => {
    fc.assert(
      fc.property(kinds, bytes, (kind, random) => {
        const text = makeToken(kind, (wanted) => random.subarray(0, wanted)).reveal();
        expect(text).toMatch(/^jr[gcd]_[A-Za-z0-9_-]{43}[0-9A-Za-z]{6}$/);
        expect(Buffer.from(text.slice(4, 47), 'base64url').equals(random)).toBe(true);
        expect(tokenKind(text)).toBe(kind);
      }),
    );
  });

  it('has the checksum that others would reckon: CRC-32 in base 62', () => {
    fc.assert(
      fc.property(tokens, ({ text }) => {
        const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
        const reckoned = [...text.slice(47)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
        expect(reckoned).toBe(crc32(text.slice(0, 47)));
      }),
    );
  });

  it('is none any more with one character changed, left out, doubled or added', () => {
    fc.assert(
      fc.property(tokens, fc.nat(52), fc.constantFrom(...'aZ09-_.%/ \n\0é'), ({ text }, at, other) => {
        const changed = text.slice(0, at) + other + text.slice(at + 1);
        if (changed !== text) expect(tokenKind(changed)).toBeNull();
        expect(tokenKind(text.slice(0, at) + text.slice(at + 1))).toBeNull();
        expect(tokenKind(text.slice(0, at) + text.charAt(at) + text.slice(at))).toBeNull();
        expect(tokenKind(text + other)).toBeNull();
        expect(tokenKind(other + text)).toBeNull();
      }),
      { numRuns: 500 },
    );
  });

  it('is not another thing with its prefix changed: a device is no grant', () => {
    fc.assert(
      fc.property(tokens, kinds, ({ text, kind }, other) => {
        const prefix = makeToken(other, randomBytes).reveal().slice(0, 4);
        expect(tokenKind(prefix + text.slice(4))).toBe(other === kind ? kind : null);
      }),
    );
  });

  it('is nothing that somebody just types', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 80 }), (text) => {
        expect(tokenKind(text)).toBeNull();
      }),
    );
  });

  it('is taken out of any sentence, and never prints by itself', () => {
    fc.assert(
      fc.property(tokens, ({ text }) => {
        expect(redact(`GET /?x=${text} said ${text}.`)).not.toContain(text.slice(4, 40));
      }),
    );
    expect(`${makeToken('grant', randomBytes)}`).toBe('[secret]');
  });
});
