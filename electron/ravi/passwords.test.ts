import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { failure, startScripted, startWithAccount } from './fixture.ts';
import { RaviPasswords } from './passwords.ts';

describe('the password vault of an identity', () => {
  it('keeps a login, renames it, finds it by its domain and deletes it', async () => {
    const { client, robin, ravi } = await startWithAccount();
    const vault = new RaviPasswords(client, robin.uuid);
    const password = Secret.of('correct horse battery staple');
    const kept = await vault.keep({
      domain: 'https://gist.github.com/login',
      username: 'shop-bot',
      password,
      notes: 'by the companion',
    });
    expect(kept).toMatchObject({ domain: 'github.com', username: 'shop-bot' });
    await vault.rename(kept.uuid, 'shop-bot-2');
    expect(ravi.passwords(robin.uuid)).toEqual([
      { domain: 'github.com', username: 'shop-bot-2', password: 'correct horse battery staple' },
    ]);
    await vault.keep({ domain: 'example.org', username: 'x', password, notes: '' });
    const found = await vault.of('github.com');
    expect(found.map(({ username, password: held }) => [username, held.reveal()])).toEqual([
      ['shop-bot-2', 'correct horse battery staple'],
    ]);
    expect(JSON.stringify(found)).not.toContain('horse');
    await vault.delete(kept.uuid);
    expect(await vault.of('github.com')).toEqual([]);
    expect((await failure(vault.delete(kept.uuid))).kind).toBe('not-found');
  });

  it('is the identity’s own', async () => {
    const { client, robin, kim } = await startWithAccount();
    await new RaviPasswords(client, robin.uuid).keep({
      domain: 'github.com',
      username: 'a',
      password: Secret.of('p'),
      notes: '',
    });
    expect(await new RaviPasswords(client, kim.uuid).of('github.com')).toEqual([]);
  });

  it('quotes no password in an error, and sends no id that is none', async () => {
    const client = await startScripted((_request, response) => {
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"password":["hunter2-too-short is too short"]}');
    });
    const vault = new RaviPasswords(client, 'u');
    const keeping = vault.keep({ domain: 'github.com', username: 'a', password: Secret.of('hunter2-too-short'), notes: '' });
    expect((await failure(keeping)).message).not.toContain('hunter2');
    await expect(vault.delete('../identities')).rejects.toThrow('no uuid');
  });
});
