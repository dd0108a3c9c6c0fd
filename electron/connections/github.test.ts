import { describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import { defaultProjectPolicy } from '../../shared/policy.ts';
import { Secret } from '../base/secret.ts';
import { startGround } from './fixture.ts';
import { GitHubConnection } from './github.ts';

async function ground() {
  const world = await startWithApp();
  const below = await startGround();
  const later = { ms: 0 };
  const connection = new GitHubConnection({ ...below.base, now: () => Date.now() + later.ms });
  const left: string[] = [];
  const leave = async (): Promise<void> => void left.push(below.settings.get().github?.slug ?? '');
  const { apiUrl, webUrl } = world.github;
  const address = { appId: String(world.app.id), apiUrl, webUrl };
  const connect = (change: Partial<typeof address> = {}, key = world.app.privateKey) =>
    connection.connect({ ...address, ...change }, Secret.of(key), leave);
  return { ...world, ...below, connection, connect, address, left, leave, later };
}

/** What the fixture's App was granted. */
const policy = { ...defaultProjectPolicy, profile: 'custom', custom: { contents: 'write', pull_requests: 'write' } } as const;
const order = (repository: string) => ({ repository, policy });

describe('the connection to GitHub', () => {
  it('is absent at first, and says what to do', async () => {
    const { connection, view } = await ground();
    await connection.start();
    expect(view()).toMatchObject({ health: 'absent', title: 'GitHub, not connected', login: null });
    expect(connection.connected).toBe(false);
    await expect(connection.mint(order('acme/web'))).rejects.toThrow('No GitHub App is connected');
  });

  it('is made by an App’s id and key, and is there again after a restart', async () => {
    const { connect, connection, view, base, audited, app } = await ground();
    expect(await connect()).toBe('jean-ravi');
    expect(view()).toMatchObject({ health: 'ok', facts: { App: 'jean-ravi', Installations: '1' } });
    expect(audited).toMatchObject([{ kind: 'github.connected', actor: 'person' }]);
    const again = new GitHubConnection(base);
    await again.start();
    expect([again.connected, again.webUrl]).toEqual([true, connection.webUrl]);
    await expect.poll(() => view().health).toBe('ok');
    expect(JSON.stringify([view(), audited])).not.toContain(app.privateKey.slice(40, 90));
  });

  it.each([
    ['no key at all', 'hello', 'This is not the private key of a GitHub App'],
    ['the key of another App', null, 'does not accept this private key'],
  ])('is not made by %s, and nothing is kept of the try', async (_what, key, told) => {
    const { connect, connection, control, settings, box } = await ground();
    const other = await control.createApp({ slug: 'other', permissions: { contents: 'write' } });
    await expect(connect({}, key ?? other.privateKey)).rejects.toThrow(told);
    expect([connection.connected, settings.get().github, await box.names()]).toEqual([false, null, []]);
  });

  it.each([
    ['an API without TLS', { apiUrl: 'http://api.github.com', webUrl: null }, 'must begin with https://'],
    ['pages without TLS', { apiUrl: null, webUrl: 'http://github.com' }, 'must begin with https://'],
    ['pages with a path', { apiUrl: 'https://ghe.acme.com/api/v3', webUrl: 'https://ghe.acme.com/git' }, 'has no path'],
    [
      'the API of one server with the pages of another',
      { apiUrl: 'https://ghe.acme.com/api/v3', webUrl: null },
      'not of the same',
    ],
    ['a look-alike', { apiUrl: null, webUrl: 'https://github.com.evil.example' }, 'not of the same'],
  ] as const)('is not made with %s', async (_what, change, told) => {
    const { connection, address, app, leave, settings } = await ground();
    await expect(connection.connect({ ...address, ...change }, Secret.of(app.privateKey), leave)).rejects.toThrow(told);
    expect(settings.get().github).toBeNull();
  });

  it('gives a new key to the same App without ending anything, and lets another App take its place only after an end', async () => {
    const { connect, control, left, settings, connection } = await ground();
    await connect();
    await connect();
    expect(left).toEqual([]);
    const other = await control.createApp({ slug: 'other', permissions: { contents: 'write' } });
    await connect({ appId: String(other.id) }, other.privateKey);
    expect([left, settings.get().github?.slug]).toEqual([['jean-ravi'], 'other']);
    const failing = connection.connect(
      { appId: String(other.id), apiUrl: 'http://127.0.0.1:1', webUrl: 'http://127.0.0.1:1' },
      Secret.of(other.privateKey),
      () => Promise.reject(new Error('Never asked.')),
    );
    await expect(failing).rejects.toThrow('could not be reached');
    expect(settings.get().github?.slug).toBe('other');
  });

  it('takes another key of its App once GitHub has confirmed it, and keeps the one that it has otherwise', async () => {
    const { connect, connection, control, app, audited, box, view } = await ground();
    await expect(connection.replaceKey(Secret.of(app.privateKey))).rejects.toThrow('No GitHub App is connected');
    await connect();
    const other = await control.createApp({ slug: 'other', permissions: { contents: 'write' } });
    await expect(connection.replaceKey(Secret.of(other.privateKey))).rejects.toThrow('does not accept this private key');
    expect((await box.get('github:app-key'))?.reveal()).toBe(app.privateKey);
    await box.delete('github:app-key');
    expect(await connection.replaceKey(Secret.of(app.privateKey))).toBe(view().facts['Key fingerprint']);
    expect((await box.get('github:app-key'))?.reveal()).toBe(app.privateKey);
    expect(audited.at(-1)).toMatchObject({ message: 'The GitHub App jean-ravi got another private key.' });
  });

  it('leads to the App’s own settings, of a person or of an organization', async () => {
    const { connect, connection, github } = await ground();
    expect(connection.settingsUrl).toBeNull();
    await connect();
    expect(connection.settingsUrl).toMatch(new RegExp(`^${github.webUrl}(/organizations/[a-z-]+)?/settings/apps/jean-ravi$`));
  });

  it('stays with the App that it has while that one’s credentials can’t be ended', async () => {
    const { connect, control, connection, address, settings } = await ground();
    await connect();
    const other = await control.createApp({ slug: 'other', permissions: { contents: 'write' } });
    const kept = connection.connect({ ...address, appId: String(other.id) }, Secret.of(other.privateKey), () =>
      Promise.reject(new Error('2 credentials could not be ended yet.')),
    );
    await expect(kept).rejects.toThrow('could not be ended');
    expect(settings.get().github?.slug).toBe('jean-ravi');
    expect((await connection.mint(order('acme/web'))).holder).toBe('jean-ravi[bot]');
  });

  it('says when GitHub is away, and when it is back', async () => {
    const { connect, connection, view, control } = await ground();
    await connect();
    control.faults.down();
    await connection.check();
    expect(view()).toMatchObject({ health: 'down', message: expect.stringContaining('could not be reached') });
    const since = view().since;
    await connection.check();
    expect(view().since).toBe(since);
    control.faults.up();
    await connection.check();
    expect(view()).toMatchObject({ health: 'ok', message: 'Credentials are issued by the App jean-ravi.' });
  });

  it('takes any answer for a sign of life: a repository without the App is not a GitHub that is away', async () => {
    const { connect, connection, view, control } = await ground();
    await connect();
    control.faults.down();
    await connection.check();
    control.faults.up();
    await expect(connection.mint(order('acme/unknown'))).rejects.toThrow('not installed');
    expect(view().health).toBe('ok');
  });

  it('warns when few calls are left', async () => {
    const { connect, connection, view, control, installation } = await ground();
    await connect();
    control.setRemaining(installation.id, 30);
    const { token } = await connection.mint(order('acme/web'));
    await connection.revoke(token);
    await expect.poll(() => view().title).toMatch(/^GitHub, \d+ calls left$/);
    expect(['ok', 'warning']).toContain(view().health);
  });

  it('mints for one repository, with what the installation grants of the profile and no more', async () => {
    const { connect, connection, control } = await ground();
    await connect();
    const minted = await connection.mint(order('acme/web'));
    expect(minted).toMatchObject({ holder: 'jean-ravi[bot]', permissions: { contents: 'write', pull_requests: 'write' } });
    expect(control.liveTokens()).toMatchObject([{ hash: minted.fingerprint, repositories: ['acme/web'] }]);
    expect(minted.permissions).not.toHaveProperty('issues');
  });

  it('says who must act when the App is suspended', async () => {
    const { connect, connection, control, installation } = await ground();
    await connect();
    control.suspend(installation.id);
    await expect(connection.mint(order('acme/web'))).rejects.toThrow('suspended at acme');
  });

  it('counts a credential as dead when GitHub answers 401 to it', async () => {
    const { connect, connection, control } = await ground();
    await connect();
    const { token } = await connection.mint(order('acme/web'));
    await connection.revoke(token);
    expect(control.liveTokens()).toEqual([]);
  });

  it.each([
    ['the revocation gets no answer', { method: 'DELETE', path: '/installation/token' }],
    ['the proof gets no answer', { method: 'GET', path: '/installation/repositories' }],
  ])('does not count it as dead when %s', async (_what, match) => {
    const { connect, connection, control, later } = await ground();
    await connect();
    const { token } = await connection.mint(order('acme/web'));
    later.ms = 30_000;
    control.faults.next({ match, answer: 'drop' });
    await expect(connection.revoke(token)).rejects.toThrow();
    await connection.revoke(token);
    expect(control.liveTokens()).toEqual([]);
  });

  it('does not believe a 401 to a credential that is new: some of GitHub’s servers may not know it yet', async () => {
    const { connect, connection, control } = await ground();
    await connect();
    const { token } = await connection.mint(order('acme/web'));
    const unknown = { status: 401, body: { message: 'Bad credentials' } };
    control.faults.next({ match: { method: 'DELETE', path: '/installation/token' }, answer: unknown });
    control.faults.next({ match: { method: 'GET', path: '/installation/repositories' }, times: 2, answer: unknown });
    await expect(connection.revoke(token)).rejects.toThrow('still accepts the credential');
    expect(control.liveTokens()).toHaveLength(1);
    await connection.revoke(token);
    expect(control.liveTokens()).toEqual([]);
  });

  it('lets commits carry the bot’s own address', async () => {
    const { connect, connection, app } = await ground();
    await connect();
    expect(await connection.author()).toEqual({
      name: 'jean-ravi[bot]',
      email: `${app.botId}+jean-ravi[bot]@users.noreply.127.0.0.1`,
    });
  });

  it('forgets App and key', async () => {
    const { connect, connection, view, settings, box, audited } = await ground();
    await connect();
    await connection.forget();
    expect([connection.connected, settings.get().github, await box.names()]).toEqual([false, null, []]);
    expect(view().health).toBe('absent');
    expect(audited.at(-1)).toMatchObject({ kind: 'github.disconnected', facts: { app: 'jean-ravi' } });
  });

  it('starts without its key while the key store is locked, and takes it up once that is open', async () => {
    const { connect, base, lock, view } = await ground();
    await connect();
    lock.closed = true;
    const again = new GitHubConnection(base);
    await again.start();
    expect([again.connected, view().health]).toEqual([false, 'down']);
    expect(view().message).toContain('The GitHub App can’t be used. The stored secret');
    await again.check();
    expect(again.connected).toBe(false);
    lock.closed = false;
    await again.check();
    expect([again.connected, view().health]).toEqual([true, 'ok']);
  });

  it('says that the key has to be chosen again when it is gone', async () => {
    const { connect, base, box, view } = await ground();
    await connect();
    await box.delete('github:app-key');
    const again = new GitHubConnection(base);
    await again.start();
    expect(view()).toMatchObject({ health: 'down', message: expect.stringContaining('Choose it again') });
  });
});
