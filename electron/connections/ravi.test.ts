import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { startWithAccount } from '../ravi/fixture.ts';
import { startGround } from './fixture.ts';
import { RaviConnection } from './ravi.ts';

const poll = '/api/auth/device/token/';

async function ground() {
  const world = await startWithAccount();
  const below = await startGround();
  const base = { ...below.base, isOurs: () => true, now: () => world.clock.now() };
  const connection = new RaviConnection(base);
  const told: string[] = [];
  const on = { leave: async () => void told.push('leave'), done: () => void told.push('done') };
  /** A whole sign-in that is approved at once. */
  const signIn = async (): Promise<void> => {
    world.ravi.autoApprove(true);
    await connection.signIn(world.ravi.url, on);
    await expect.poll(() => told.at(-1)).toBe('done');
    world.ravi.autoApprove(false);
  };
  /** A sign-in whose first question waits at the server, so that the test may act before it. */
  const begin = async (): Promise<string> => {
    world.ravi.faults.next({ match: { path: poll }, answer: { delayMs: 200 } });
    await connection.signIn(world.ravi.url, on);
    const code = below.view().login?.userCode;
    if (code === undefined) throw new Error('no code');
    return code;
  };
  return { ...world, ...below, base, connection, on, told, signIn, begin };
}

describe('the connection to Ravi', () => {
  it('is absent at first: credentials stay on this machine', async () => {
    const { connection, view } = await ground();
    await connection.start();
    expect(view()).toMatchObject({ health: 'absent', title: 'Ravi, not signed in', login: null });
    expect(connection.vault).toBeNull();
  });

  it('is made by a sign-in that the person approves: code and page first, then the vault', async () => {
    const { begin, view, ravi, told, connection, settings, box, audited, robin } = await ground();
    const code = await begin();
    expect(view()).toMatchObject({ health: 'checking', login: { userCode: code, url: `${ravi.url}/device?user_code=${code}` } });
    expect(connection.vault).toBeNull();
    ravi.approveDevice(code);
    await expect.poll(() => told).toEqual(['done']);
    await expect.poll(() => view().login).toBeNull();
    expect(view()).toMatchObject({ health: 'ok', facts: { Identity: 'Robin', Address: ravi.url } });
    expect(settings.get().ravi).toMatchObject({ identityUuid: robin.uuid });
    expect(audited).toMatchObject([{ kind: 'ravi.connected', message: 'Signed in to Ravi as owner@example.com.' }]);
    expect(await box.names()).toEqual(['ravi:management-key']);
    const shown = JSON.stringify([view(), audited, settings.get()]);
    for (const key of ravi.issuedKeys()) expect(shown).not.toContain(key);
  });

  it.each([
    ['denied', 'The login at Ravi was turned down.'],
    ['expired', 'not approved in time'],
  ])('is not made by one that was %s, and says so', async (how, said) => {
    const { begin, view, ravi, clock, connection, told, box } = await ground();
    const code = await begin();
    if (how === 'denied') ravi.denyDevice(code);
    else clock.move(16 * 60_000);
    await expect.poll(() => view().message, { timeout: 3_000 }).toContain(said);
    expect(view()).toMatchObject({ health: 'down', login: null });
    expect([connection.vault, told, await box.names()]).toEqual([null, [], []]);
  });

  it('is not made by one that was cancelled, also when it is approved in that moment', async () => {
    const { begin, view, ravi, connection, told, box } = await ground();
    const code = await begin();
    ravi.approveDevice(code);
    connection.cancelSignIn();
    expect(view()).toMatchObject({ health: 'absent', login: null });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([connection.vault, told, await box.names(), view().health]).toEqual([null, [], [], 'absent']);
  });

  it('follows the last of two clicks alone', async () => {
    const { connection, on, view, ravi, told } = await ground();
    ravi.faults.next({ match: { path: '/api/auth/device/' }, answer: { delayMs: 100 } });
    const first = connection.signIn(ravi.url, on);
    const second = connection.signIn(ravi.url, on);
    await Promise.all([first, second]);
    const shown = view().login?.userCode;
    expect(ravi.pendingDevices()).toContain(shown);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(view().login?.userCode).toBe(shown);
    expect(ravi.calls().filter(({ path }) => path === poll)).toHaveLength(1);
    connection.cancelSignIn();
    expect(told).toEqual([]);
  });

  it('does not begin a sign-in while Ravi is away, and throws the reason', async () => {
    const { connection, on, ravi, view } = await ground();
    await connection.start();
    ravi.faults.down();
    await expect(connection.signIn(ravi.url, on)).rejects.toThrow('could not be reached');
    expect(view().login).toBeNull();
  });

  it('is there again after a restart', async () => {
    const { signIn, base, view, robin } = await ground();
    await signIn();
    const again = new RaviConnection(base);
    await again.start();
    expect(again.vault?.identity).toBe(robin.uuid);
    await expect.poll(() => view().health).toBe('ok');
  });

  it('keeps the identity that it has when the person signs in once more, wherever Ravi lists it', async () => {
    const { signIn, settings, kim, connection, told } = await ground();
    settings.update({ ravi: { baseUrl: null, identityUuid: kim.uuid, identityName: 'Kim' } });
    await signIn();
    expect([connection.vault?.identity, told]).toEqual([kim.uuid, ['done']]);
  });

  it('takes what it stored out of one identity’s vault before it uses another’s', async () => {
    const { signIn, ravi, connection, told } = await ground();
    await signIn();
    const other = ravi.createAccount({ plan: 'paid', email: 'other@example.com' });
    const lee = ravi.createIdentity(other.id, { name: 'Lee' });
    const code = await (async () => {
      ravi.faults.next({ match: { path: poll }, answer: { delayMs: 200 } });
      await connection.signIn(ravi.url, {
        leave: async () => void told.push(`leave ${connection.vault?.identity === lee.uuid ? 'late' : 'first'}`),
        done: () => void told.push('done'),
      });
      return ravi.pendingDevices().at(-1) ?? '';
    })();
    ravi.approveDevice(code, other.id);
    await expect.poll(() => told).toEqual(['done', 'leave first', 'done']);
    expect(connection.vault?.identity).toBe(lee.uuid);
  });

  it('keeps, gives and forgets values in the vault of its identity', async () => {
    const { signIn, connection, ravi, robin } = await ground();
    await signIn();
    const vault = connection.vault;
    await vault?.put('JEAN_GH_TOKEN_WEB', Secret.of('ghs_1'), 'note');
    await vault?.put('JEAN_GH_TOKEN_WEB', Secret.of('ghs_2'), 'note');
    expect(ravi.secrets(robin.uuid)).toEqual([{ key: 'JEAN_GH_TOKEN_WEB', value: 'ghs_2', notes: 'note' }]);
    expect((await vault?.get('JEAN_GH_TOKEN_WEB'))?.reveal()).toBe('ghs_2');
    await vault?.remove('JEAN_GH_TOKEN_WEB');
    await vault?.remove('JEAN_GH_TOKEN_WEB');
    expect(await vault?.get('JEAN_GH_TOKEN_WEB')).toBeNull();
  });

  it('says when Ravi is away, and when it is back', async () => {
    const { signIn, connection, ravi, view } = await ground();
    await signIn();
    ravi.faults.down();
    await expect(connection.vault?.get('JEAN_GH_TOKEN_WEB')).rejects.toThrow('could not be reached');
    expect(view()).toMatchObject({ health: 'down', message: expect.stringContaining('could not be reached') });
    ravi.faults.up();
    await connection.check();
    expect(view()).toMatchObject({ health: 'ok', title: 'Ravi vault' });
  });

  it('says that its key is not known any more, and to sign in again', async () => {
    const { signIn, base, box, view } = await ground();
    await signIn();
    await box.put('ravi:management-key', Secret.of('ravi_mgmt_deleted'));
    const again = new RaviConnection(base);
    await again.start();
    await expect.poll(() => view().message).toContain('Log in again');
    expect(view().health).toBe('down');
  });

  it('starts without its key while the key store is locked, and takes it up once that is open', async () => {
    const { signIn, base, lock, view, robin } = await ground();
    await signIn();
    lock.closed = true;
    const again = new RaviConnection(base);
    await again.start();
    expect([again.vault, view().health]).toEqual([null, 'down']);
    lock.closed = false;
    await again.check();
    expect([again.vault?.identity, view().health]).toEqual([robin.uuid, 'ok']);
  });

  it('forgets account and key, also while Ravi is away', async () => {
    const { signIn, connection, ravi, view, settings, box, audited } = await ground();
    await signIn();
    ravi.faults.down();
    await connection.forget();
    expect([connection.vault, settings.get().ravi, await box.names()]).toEqual([null, null, []]);
    expect(view()).toMatchObject({ health: 'absent', facts: {} });
    expect(audited.at(-1)).toMatchObject({ kind: 'ravi.disconnected' });
  });
});
