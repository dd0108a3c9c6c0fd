import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { readAccessUrl } from './access-url.ts';

const read = (text: string) => {
  const { url, token } = readAccessUrl(Secret.of(text));
  return { url, token: token?.reveal() ?? null };
};

describe('an access address that was copied', () => {
  it.each([
    ['http://192.168.1.20:3456/?token=abc', 'http://192.168.1.20:3456', 'abc'],
    ['  https://jean.example.com/?token=a%2Bb  ', 'https://jean.example.com', 'a+b'],
    ['https://example.com/tools/jean/?token=abc', 'https://example.com/tools/jean', 'abc'],
    ['http://[::1]:3456?token=abc', 'http://[::1]:3456', 'abc'],
    ['Jean server listening on http://127.0.0.1:3456', 'http://127.0.0.1:3456', null],
    ['http://127.0.0.1:3456/#token=not-this', 'http://127.0.0.1:3456', null],
  ])('%s is taken apart', (text, url, token) => {
    expect(read(text)).toEqual({ url, token });
  });

  it.each(['', 'ghp_secretsecret', 'ftp://jean/?token=secretsecret', 'http://'])(
    'that is none is refused with a sentence that does not repeat it: %s',
    (text) => {
      expect(() => read(text)).toThrow(/Copy the access address/);
      expect(() => read(text)).not.toThrow(/secretsecret/);
    },
  );

  it('may not hold a user name', () => {
    expect(() => read('https://me:secretsecret@jean.example.com/?token=a')).toThrow(/user name/);
    expect(() => read('https://me:secretsecret@jean.example.com/?token=a')).not.toThrow(/secretsecret/);
  });
});
