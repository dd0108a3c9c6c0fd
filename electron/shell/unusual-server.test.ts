import { describe, expect, it } from 'vitest';
import { certificateQuestion, goesOn, serverQuestion, unusualHosts } from './unusual-server.ts';

const usual = ['api.github.com', 'github.com'];

describe('a server that is not the usual one', () => {
  it.each<[string, readonly (string | null)[], readonly string[]]>([
    ['nothing named', [null, null], []],
    ['the usual ones by name', ['https://api.github.com', 'https://GitHub.com/'], []],
    ['the usual name at another port', ['https://github.com:8443'], ['github.com:8443']],
    ['a company’s, once', ['https://ghe.example.com/api/v3', 'https://ghe.example.com'], ['ghe.example.com']],
    ['a name that only looks right', ['https://api.github.com.evil.example'], ['api.github.com.evil.example']],
    ['a user that looks like a host', ['https://api.github.com@evil.example/'], ['evil.example']],
    ['letters of another alphabet', ['https://gіthub.com'], ['xn--gthub-n2e.com']],
    ['no address at all', ['not an address'], []],
  ])('is told by its host: %s', (_what, addresses, hosts) => {
    expect(unusualHosts(addresses, usual)).toEqual(hosts);
  });

  it('is named in a question that Enter and Esc answer with no', () => {
    const asked = serverQuestion(['ghe.example.com'], { question: 'Use the key at', detail: 'It signs.', yes: 'Use it there' });
    expect(asked.message).toBe('Use the key at ghe.example.com?');
    expect([asked.defaultId, asked.cancelId, asked.buttons?.[goesOn]]).toEqual([0, 0, 'Use it there']);
  });
});

it('a certificate is trusted by its fingerprint, and Enter and Esc trust nothing', () => {
  const asked = certificateQuestion({ host: 'jean.test', problem: 'its certificate is for another name', fingerprint: 'AB:CD' });
  expect(asked).toMatchObject({ message: 'Trust the certificate of jean.test?', defaultId: 0, cancelId: 0 });
  expect(asked.detail).toMatch(/^Its certificate is for another name\. .*AB:CD/s);
  expect(asked.buttons?.[goesOn]).toBe('Trust this certificate');
});
