import { type AddressInfo, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { certificateProblem, seeCertificate } from './certificate.ts';
import { readInit } from './init.ts';

const endpoint = { url: 'https://jean.example/x', token: Secret.of('t-secret'), folder: null };
const never = new AbortController().signal;

describe('a certificate that is refused', () => {
  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /vouches/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /vouches/],
    ['ERR_CERT_AUTHORITY_INVALID', /vouches/],
    ['CERT_HAS_EXPIRED', /expired/],
    ['ERR_CERT_DATE_INVALID', /today/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another name/],
    ['ERR_CERT_COMMON_NAME_INVALID', /another name/],
    ['ERR_CERT_REVOKED', /refused \(ERR_CERT_REVOKED\)/],
  ])('is said in words: %s', (code, words) => expect(certificateProblem(code)).toMatch(words));

  it.each(['ECONNREFUSED', 'ERR_CONNECTION_RESET', null])('is not what %s says', (code) =>
    expect(certificateProblem(code)).toBeNull(),
  );

  it('has that sentence over the system’s network stack too', async () => {
    const fetch = () => Promise.reject(new Error('net::ERR_CERT_COMMON_NAME_INVALID'));
    const read = readInit(endpoint, fetch, never);
    await expect(read).rejects.toMatchObject({
      kind: 'certificate',
      message: 'jean.example can’t be trusted: its certificate is for another name.',
    });
  });
});

it('an address that leads to another is said to, by its host alone', async () => {
  const location = 'https://other.example/login?token=t-secret';
  const fetch = () => Promise.resolve(new Response(null, { status: 302, headers: { location } }));
  const read = readInit(endpoint, fetch, never);
  await expect(read).rejects.toThrow('sends its visitors to https://other.example. Add');
  await expect(read).rejects.not.toThrow(/t-secret/);
});

it('looking at a certificate ends when it is given up, with a server that never answers', async () => {
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const control = new AbortController();
  const look = seeCertificate(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, control.signal);
  setTimeout(() => control.abort(), 50);
  await expect(look).rejects.toMatchObject({ kind: 'closed' });
  server.close();
});
