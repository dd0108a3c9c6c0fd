import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

const classic = '16C7e42F292c6912E7710c838347Ae178B4a';
const stateless = `ghs_1234567_${'eyJhbGciOiJSUzI1NiJ9'}.${'Ab9_-x'.repeat(55)}.${'q-Z_0'.repeat(30)}`;
const pem = `-----BEGIN RSA PRIVATE KEY-----\n${'MIIEow/+AB\n'.repeat(20)}-----END RSA PRIVATE KEY-----`;

describe('the redactor', () => {
  it.each([
    ['an installation token', `ghs_${classic}`],
    ['a personal token', `ghp_${classic}`],
    ['an OAuth token', `gho_${classic}`],
    ['a user token', `ghu_${classic}`],
    ['a refresh token', `ghr_${classic}${classic}`],
    ['a fine-grained token', `github_pat_11ABCDEFG0_${classic}`],
    ['a stateless token', stateless],
    ["Ravi's management key", 'ravi_mgmt_Zm9vYmFy-x_1'],
    ["Ravi's identity key", 'ravi_id_Zm9vYmFy'],
    ['a grant', `jrg_${classic}`],
    ['a private key', pem],
    ['half a private key', pem.slice(0, 120)],
    ['a private key in one line', pem.replaceAll('\n', ' ')],
    ['a token of an app', 'eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI0MiJ9.c2lnbmF0dXJl-_'],
  ])('hides %s wherever it stands', (_what, secret) => {
    for (const text of [
      secret,
      `before ${secret} after`,
      `"${secret}"`,
      `x=${secret}&y`,
      `https://x-access-token:${secret}@github.com/a/b`,
    ]) {
      const result = redact(text);
      expect(result).toContain('[redacted]');
      for (const part of secret.split(/[\s.]+/).filter((piece) => piece.length > 10 && !piece.startsWith('-----'))) {
        expect(result).not.toContain(part);
      }
    }
  });

  it.each([
    ['fatal: could not read from https://me:hunter2@github.com/a/b', 'hunter2'],
    ['GET ws://127.0.0.1:4200/ws?token=abc123def&x=1', 'abc123def'],
    ['authorization: Bearer abcdefghijklmnop1234', 'abcdefghijklmnop1234'],
    ['password=hunter2', 'hunter2'],
  ])('hides the password in: %s', (text, password) => expect(redact(text)).not.toContain(password));

  it.each([
    'git pushed to acme/shop over https://github.com/acme/shop.git',
    'fingerprint +J4h0MmzUnPmyQdT2bZq8iL1c7x3yR5oVwK9sEaGfNE=',
    'The token of shop · checkout-flake was revoked and verified dead (401).',
    'commit 6dcb09b5b57875f334f61aebed695e2e4193db5e',
    'JEAN_GH_TOKEN_SHOP_CHECKOUT_FLAKE',
    'Keys begin with ghs_ or ghp_.',
    'http://127.0.0.1:4200/api/init',
  ])('leaves an ordinary sentence alone: %s', (text) => expect(redact(text)).toBe(text));

  it('never lets a token through, whatever stands around it', () => {
    const body = fc.stringMatching(/^[A-Za-z0-9._-]{36,520}$/);
    fc.assert(
      fc.property(
        fc.string(),
        body,
        fc.constantFrom('ghs', 'ghp', 'gho', 'ghu', 'ghr'),
        fc.string(),
        (before, value, kind, after) => {
          expect(redact(`${before}${kind}_${value}${after}`)).not.toContain(value);
        },
      ),
    );
  });

  it('finds nothing more in what it has redacted', () => {
    const piece = fc.constantFrom(
      'ghs_',
      'aaaaaaaaaaaaaaaaaa',
      'https://',
      'u:p@',
      '?token=',
      'x-access-token:',
      'Bearer ',
      'password=',
      ' ',
      '.',
      '-',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = redact(pieces.join(''));
        expect(redact(once)).toBe(once);
      }),
    );
  });

  it('takes a long hostile text in its stride', () => {
    const start = performance.now();
    redact('a'.repeat(500_000));
    redact('-----BEGIN A-----'.repeat(20_000));
    redact('http://a:'.repeat(50_000));
    expect(performance.now() - start).toBeLessThan(2_000);
  });
});
