import { expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { tokenExpiry, whyNotFineGrained } from './token-shape.ts';

it.each([
  ['a classic token', `ghp_${'a'.repeat(36)}`, 'classic token'],
  ['gh’s own login', `gho_${'a'.repeat(36)}`, 'OAuth app'],
  ['an App’s token', `ghs_${'a'.repeat(36)}`, 'installation token'],
  ['a sign-in', `ghu_${'a'.repeat(36)}`, '“Your own name”'],
  ['its refresh token', `ghr_${'a'.repeat(76)}`, '“Your own name”'],
  ['nothing', '', 'nothing to take'],
  ['something else', 'dear diary', 'no GitHub token'],
  ['a token with words around it', `token: github_pat_${'a'.repeat(82)}`, 'no GitHub token'],
])('%s is refused with the reason, and never repeated', (_what, text, reason) => {
  const said = whyNotFineGrained(Secret.of(text));
  expect(said).toContain(reason);
  if (text !== '') expect(said).not.toContain(text);
});

it('a fine-grained token is taken', () => {
  expect(whyNotFineGrained(Secret.of(`github_pat_${'a'.repeat(22)}_${'B'.repeat(59)}`))).toBeNull();
});

it.each([
  ['2026-11-22 14:00:00 UTC', '2026-11-22T14:00:00Z'],
  ['2026-11-22 14:00:00 +0200', '2026-11-22T12:00:00Z'],
  ['2026-11-22 14:00:00 -05:30', '2026-11-22T19:30:00Z'],
  ['2026-11-22T14:00:00Z', '2026-11-22T14:00:00Z'],
  ['2026-11-22 14:00:00', '2026-11-22T14:00:00Z'],
])('the end “%s” is read', (header, at) => expect(tokenExpiry(header)).toBe(Date.parse(at)));

it.each([null, '', 'never', '2026-13-45 99:00:00 UTC'])('“%s” is no end', (header) => expect(tokenExpiry(header)).toBeNull());
