import { expect, it } from 'vitest';
import { addressOf } from './address.ts';

it.each([
  ['', { ok: true, value: null }],
  [' https://ghe.example.com/api/v3 ', { ok: true, value: 'https://ghe.example.com/api/v3' }],
  ['http://127.0.0.1:8080', { ok: true, value: 'http://127.0.0.1:8080' }],
])('takes "%s" as an address', (text, answer) => expect(addressOf(text)).toEqual(answer));

it.each(['example.com', 'ftp://example.com', 'https://'])('refuses "%s"', (text) => expect(addressOf(text).ok).toBe(false));
