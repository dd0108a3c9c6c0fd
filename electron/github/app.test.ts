import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { Secret } from '../base/secret.ts';
import { GitHubApp } from './app.ts';
import { AppKey } from './app-key.ts';

const HOUR = 3_600_000;

async function connected() {
  const world = await startWithApp();
  const options = {
    appId: world.app.clientId,
    privateKey: Secret.of(world.app.privateKey),
    apiUrl: world.github.apiUrl,
    fetch,
    now: () => Date.now(),
  };
  return { ...world, options, own: new GitHubApp(options) };
}

describe('the GitHub App', () => {
  it('finds out who it is, by client id and by app id', async () => {
    const { own, app, options } = await connected();
    const facts = {
      slug: 'jean-ravi',
      clientId: app.clientId,
      permissions: { contents: 'write', pull_requests: 'write' },
      installationsCount: 1,
    };
    expect(await own.verify()).toMatchObject(facts);
    expect(await new GitHubApp({ ...options, appId: String(app.id) }).verify()).toMatchObject(facts);
  });

  it('knows its bot account by that account’s own id', async () => {
    const { own, app } = await connected();
    expect(await own.botUser()).toEqual({ id: app.botId, login: 'jean-ravi[bot]' });
  });

  it('lists where it is installed, over several pages', async () => {
    const { own, control, app } = await connected();
    for (let i = 0; i < 120; i += 1) control.installApp(app.id, `user${i}`, { repositories: 'all', suspended: i === 7 });
    const all = await own.installations();
    expect(all).toHaveLength(121);
    expect(all.filter(({ suspended }) => suspended).map(({ account }) => account)).toEqual(['user7']);
  });

  it('finds the installation of a repository, and says so when there is none', async () => {
    const { own, control, installation } = await connected();
    expect(await own.installationFor('acme', 'web')).toMatchObject({ id: installation.id, account: 'acme', suspended: false });
    await control.createRepo('other', 'site');
    await expect(own.installationFor('other', 'site')).rejects.toMatchObject({ kind: 'not-installed', status: 404 });
  });

  it('gets through with a clock that is wrong in either direction, and says by how much', async () => {
    const { own, clock } = await connected();
    expect((await own.verify()).slug).toBe('jean-ravi');
    expect(own.clockSkewMs).toBe(0);
    for (const drift of [2 * HOUR, -4 * HOUR]) {
      clock.move(drift);
      expect((await own.verify()).slug).toBe('jean-ravi');
      expect(Math.abs(own.clockSkewMs - (clock.now() - Date.now()))).toBeLessThan(2_000);
    }
  });

  it('tells a wrong app id and a wrong key from other trouble', async () => {
    const { options, control } = await connected();
    const unknown = new GitHubApp({ ...options, appId: 'Iv23linobody' });
    await expect(unknown.verify()).rejects.toMatchObject({
      kind: 'unauthorized',
      message: expect.stringContaining('GitHub knows no App Iv23linobody.'),
    });
    await expect(unknown.installationFor('acme', 'web')).rejects.toMatchObject({ kind: 'unauthorized' });
    const stranger = await control.createApp({ slug: 'stranger', permissions: {} });
    const wrong = new GitHubApp({ ...options, privateKey: Secret.of(stranger.privateKey) });
    await expect(wrong.verify()).rejects.toMatchObject({
      kind: 'unauthorized',
      status: 401,
      message: expect.stringContaining('does not accept this private key'),
    });
  });
});

describe('the key of an app', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = (type: 'pkcs1' | 'pkcs8'): string => rsa.privateKey.export({ type, format: 'pem' }).toString();

  it.each(['pkcs1', 'pkcs8'] as const)('is taken as %s, with the fingerprint that GitHub shows', (type) => {
    const der = createPublicKey(rsa.privateKey).export({ type: 'spki', format: 'der' });
    const key = AppKey.read(Secret.of(`\r\n${pem(type).replaceAll('\n', '\r\n')}\n`));
    expect(key.fingerprint).toBe(createHash('sha256').update(der).digest('base64'));
  });

  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  it.each([
    ['an EC key', ec.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'it is of the type ec, not RSA'],
    [
      'a key with a passphrase',
      rsa.privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
      'it is protected by a passphrase',
    ],
    ['the public half', rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString(), 'it is the public half'],
    ['an SSH key', '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----', 'it is an SSH key'],
    ['a torn file', pem('pkcs1').slice(0, 700), 'it can’t be read as a PEM file'],
    ['something else', 'hello', 'it can’t be read as a PEM file'],
  ])('is refused when it is %s, with a sentence that says why', (_what, text, why) => {
    expect(() => AppKey.read(Secret.of(text))).toThrow(
      `This is not the private key of a GitHub App: ${why}. Use the .pem file from the app’s settings page at GitHub.`,
    );
  });
});
