import { describe, expect, it, vi } from 'vitest';
import { Secret } from '../base/secret.ts';
import { startWithAccount } from '../ravi/fixture.ts';
import { startGround } from './fixture.ts';
import { RaviConnection } from './ravi.ts';

// The second question of a sign-in comes 5 s after the first.
vi.setConfig({ testTimeout: 20_000 });

const poll = '/api/auth/device/token/';
const minting = { method: 'POST', path: '/api/auth/keys/identity/' };

async function ground() {
  const world = await startWithAccount();
  const below = await startGround();
  const told: string[] = [];
  const acts = {
    leave: async () => void told.push('leave'),
    renamed: (from: string, to: string) => void told.push(`${from} is ${to}`),
    stayed: () => void told.push('stayed'),
    done: () => void told.push('done'),
  };
  const base = { ...below.base, acts: () => acts, now: () => world.clock.now() };
  const connection = new RaviConnection(base);
  const { signingIn } = connection;
  /** A whole sign-in that is approved at once, as Robin. */
  const signIn = async (): Promise<void> => {
    world.ravi.autoApprove(true);
    await signingIn.start(world.ravi.url);
    await expect.poll(() => signingIn.choosing !== null || told.at(-1) === 'done').toBe(true);
    if (signingIn.choosing) await signingIn.choose(world.robin.uuid);
    world.ravi.autoApprove(false);
  };
  /** A sign-in whose first question waits at the server, so that the test may act before it. */
  const begin = async (): Promise<string> => {
    world.ravi.faults.next({ match: { path: poll }, answer: { delayMs: 200 } });
    await signingIn.start(world.ravi.url);
    const code = below.view().login?.userCode;
    if (code === undefined) throw new Error('no code');
    return code;
  };
  /** An account with one identity, beside the one that is there. */
  const other = () => {
    const account = world.ravi.createAccount({ plan: 'paid', email: 'other@example.com' });
    return { account, lee: world.ravi.createIdentity(account.id, { name: 'Lee' }) };
  };
  const minted = (): number =>
    world.ravi.calls().filter(({ method, path }) => method === minting.method && path === minting.path).length;
  return { ...world, ...below, base, acts, connection, signingIn, told, signIn, begin, other, minted };
}

describe('the connection to Ravi', () => {
  it('is absent at first: credentials stay on this machine', async () => {
    const { connection, view } = await ground();
    await connection.start();
    expect(view()).toMatchObject({ health: 'absent', title: 'Ravi, not signed in', login: null });
    expect([connection.vault, connection.view().state]).toEqual([null, 'signed-out']);
  });

  it('is made by a sign-in that the person approves: code and page first, then the identity, then the vault', async () => {
    const { begin, view, ravi, told, connection, signingIn, settings, box, audited, robin, kim } = await ground();
    const code = await begin();
    expect(view()).toMatchObject({ health: 'checking', login: { userCode: code, url: `${ravi.url}/device?user_code=${code}` } });
    expect(connection.vault).toBeNull();
    ravi.approveDevice(code);
    await expect
      .poll(() => signingIn.choosing?.identities?.map(({ name }) => name), { timeout: 8_000 })
      .toEqual(['Robin', 'Kim']);
    expect([connection.vault, told, view().login]).toEqual([null, [], null]);
    await signingIn.choose(kim.uuid);
    expect(told).toEqual(['done']);
    await expect.poll(() => view()).toMatchObject({ health: 'ok', facts: { Identity: 'Kim', Address: ravi.url } });
    expect(settings.get().ravi).toMatchObject({ identityUuid: kim.uuid, inbox: kim.inbox, email: 'owner@example.com' });
    expect(connection.view()).toMatchObject({ state: 'well', account: { keys: { management: true, identity: true } } });
    expect(audited.map(({ kind, message }) => [kind, message])).toEqual([
      ['ravi.key', 'A key for Kim was made at Ravi, labelled “Companion of a test”.'],
      ['ravi.connected', 'Signed in to Ravi as owner@example.com.'],
    ]);
    expect(await box.names()).toEqual([`ravi:identity-key:${kim.uuid}`, 'ravi:management-key']);
    expect(connection.view().identities.map(({ uuid }) => uuid)).toEqual([robin.uuid, kim.uuid]);
    const shown = JSON.stringify([view(), connection.view(), audited, settings.get()]);
    for (const key of ravi.issuedKeys()) expect(shown).not.toContain(key);
  });

  it('takes the one identity that there is without asking, in both shapes of the answer, with one key made at most', async () => {
    for (const shape of ['identity', 'identities'] as const) {
      const { ravi, other, signingIn, connection, told, minted } = await ground();
      const { account, lee } = other();
      ravi.setLoginShape(shape);
      await signingIn.start(ravi.url);
      ravi.approveDevice(ravi.pendingDevices()[0] ?? '', account.id);
      await expect.poll(() => told, { timeout: 8_000 }).toEqual(['done']);
      expect([connection.vault?.identity, minted()]).toEqual([lee.uuid, shape === 'identity' ? 0 : 1]);
    }
  }, 20_000);

  it('has the person make the first identity, once, and asks for no other', async () => {
    const { ravi, signingIn, connection, minted, audited } = await ground();
    const account = ravi.createAccount({ email: 'new@example.com' });
    await signingIn.start(ravi.url);
    ravi.approveDevice(ravi.pendingDevices()[0] ?? '', account.id);
    await expect.poll(() => signingIn.choosing, { timeout: 8_000 }).toMatchObject({ identities: [], email: 'new@example.com' });
    await signingIn.create({ name: 'Companion', localPart: 'acme.companion' });
    expect(connection.view().account?.identity).toMatchObject({ name: 'Companion', inbox: 'acme.companion@raviapp.com' });
    expect([minted(), ravi.identities(account.id).length, signingIn.choosing]).toEqual([0, 1, null]);
    expect(audited.map(({ kind }) => kind)).toEqual(['ravi.identity', 'ravi.identity', 'ravi.connected']);
  }, 15_000);

  it.each([
    ['a plan that has no more', { status: 402, body: { detail: 'Active paid subscription required.' } }, 'needs a paid plan', 0],
    ['a taken address', { status: 409, body: { detail: 'The address is already taken.' } }, 'already taken', 0],
    ['an answer that is lost', 'lose', 'may have been made all the same', 1],
  ] as const)(
    'never asks for an identity twice, after %s',
    async (_what, answer, said, made) => {
      const { ravi, signingIn } = await ground();
      const account = ravi.createAccount({ email: 'new@example.com' });
      await signingIn.start(ravi.url);
      ravi.approveDevice(ravi.pendingDevices()[0] ?? '', account.id);
      await expect.poll(() => signingIn.choosing, { timeout: 8_000 }).not.toBeNull();
      ravi.faults.next({ match: { method: 'POST', path: '/api/identities/' }, answer });
      await expect(signingIn.create({ name: 'Companion', localPart: null })).rejects.toThrow(said);
      expect(ravi.calls().filter(({ method, path }) => method === 'POST' && path === '/api/identities/').length).toBe(1);
      // What may have been made stands in the list.
      expect(signingIn.choosing?.identities).toHaveLength(made);
    },
    15_000,
  );

  it.each([
    ['denied', 'The login at Ravi was turned down.'],
    ['expired', 'not approved in time'],
  ])('is not made by one that was %s, and says so', async (how, said) => {
    const { begin, view, ravi, clock, connection, told, box } = await ground();
    const code = await begin();
    if (how === 'denied') ravi.denyDevice(code);
    else clock.move(16 * 60_000);
    await expect.poll(() => connection.view().signInTrouble, { timeout: 8_000 }).toContain(said);
    await expect.poll(() => view().login).toBeNull();
    expect(view().health).toBe('absent');
    expect([connection.vault, told, await box.names()]).toEqual([null, [], []]);
  });

  it('is not made by one that was cancelled, also when it is approved in that moment', async () => {
    const { begin, view, ravi, connection, signingIn, told, box } = await ground();
    const code = await begin();
    ravi.approveDevice(code);
    await signingIn.cancel();
    expect(view()).toMatchObject({ health: 'absent', login: null });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([connection.vault, told, await box.names(), view().health]).toEqual([null, [], [], 'absent']);
  });

  it('keeps a choice that nobody has made yet over a restart, and forgets its key when it is given up', async () => {
    const { ravi, base, signingIn, box, settings, kim } = await ground();
    ravi.autoApprove(true);
    await signingIn.start(ravi.url);
    await expect.poll(() => signingIn.choosing).not.toBeNull();
    await signingIn.cancel('keep');
    const again = new RaviConnection(base);
    await again.start();
    await expect.poll(() => again.signingIn.choosing?.identities?.length).toBe(2);
    await again.signingIn.choose(kim.uuid);
    expect([again.vault?.identity, settings.get().raviPending]).toEqual([kim.uuid, null]);
    await again.forget();
    await again.signingIn.start(ravi.url);
    await expect.poll(() => again.signingIn.choosing).not.toBeNull();
    await again.signingIn.cancel();
    expect([await box.names(), settings.get().raviPending, again.signingIn.choosing]).toEqual([[], null, null]);
  });

  it('follows the last of two clicks alone', async () => {
    const { signingIn, view, ravi, told } = await ground();
    ravi.faults.next({ match: { path: '/api/auth/device/' }, answer: { delayMs: 100 } });
    const first = signingIn.start(ravi.url);
    const second = signingIn.start(ravi.url);
    await Promise.all([first, second]);
    const shown = view().login?.userCode;
    expect(ravi.pendingDevices()).toContain(shown);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(view().login?.userCode).toBe(shown);
    expect(ravi.calls().filter(({ path }) => path === poll)).toHaveLength(1);
    await signingIn.cancel();
    expect(told).toEqual([]);
  });

  it('does not begin a sign-in while Ravi is away, and throws the reason', async () => {
    const { connection, signingIn, ravi, view } = await ground();
    await connection.start();
    ravi.faults.down();
    await expect(signingIn.start(ravi.url)).rejects.toThrow('could not be reached');
    expect(view().login).toBeNull();
  });

  it('goes to none but Ravi’s hosts', async () => {
    const { connection, signingIn, settings } = await ground();
    await expect(signingIn.start('https://evil.example')).rejects.toThrow('must be https:// and one of');
    await expect(connection.setAddress('https://evil.example')).rejects.toThrow('must be https:// and one of');
    await connection.setAddress('https://api.ravi.app/');
    expect(settings.get().raviAddress).toBe('https://api.ravi.app');
  });

  it('is there again after a restart', async () => {
    const { signIn, base, view, robin } = await ground();
    await signIn();
    const again = new RaviConnection(base);
    await again.start();
    expect(again.vault?.identity).toBe(robin.uuid);
    await expect.poll(() => view().health).toBe('ok');
  });

  it('keeps the identity that it has when the person signs in once more, and makes no second key', async () => {
    const { signIn, signingIn, connection, told, minted, robin, ravi } = await ground();
    await signIn();
    ravi.autoApprove(true);
    await signingIn.start(ravi.url);
    await expect.poll(() => told).toEqual(['done', 'done']);
    expect([connection.vault?.identity, minted()]).toEqual([robin.uuid, 1]);
  });

  it('changes to another identity of the account, whose vault and whose former one are both in reach', async () => {
    const { signIn, connection, ravi, robin, kim, minted } = await ground();
    await signIn();
    await connection.vault?.put('JEAN_GH_TOKEN_WEB', Secret.of('ghs_1'), 'note');
    await connection.switchTo(kim.uuid);
    expect([connection.vault?.identity, minted()]).toEqual([kim.uuid, 2]);
    await connection.vaultOf(robin.uuid)?.remove('JEAN_GH_TOKEN_WEB');
    expect(ravi.secrets(robin.uuid)).toEqual([]);
    expect(connection.vaultOf('somebody else’s')).toBeNull();
    await connection.switchTo(robin.uuid);
    expect(minted()).toBe(2);
  });

  it('takes what it stored out of one account’s vault before it uses another’s, and stays where that can’t be', async () => {
    const { signIn, ravi, connection, signingIn, told, acts, other, robin } = await ground();
    await signIn();
    const { account, lee } = other();
    const key = Secret.of(account.managementKey);
    acts.leave = async () => Promise.reject(new Error('2 entries are still there.'));
    await expect(signingIn.paste(ravi.url, key)).rejects.toThrow('2 entries are still there.');
    expect(connection.vault?.identity).toBe(robin.uuid);
    acts.leave = async () => void told.push(`leave ${connection.vault?.identity === lee.uuid ? 'late' : 'first'}`);
    await signingIn.paste(ravi.url, key);
    expect(told).toEqual(['done', 'leave first', 'done']);
    expect(connection.vault?.identity).toBe(lee.uuid);
  });

  it('is made with a pasted key, told by its beginning and by a call', async () => {
    const { ravi, connection, signingIn, other } = await ground();
    const { account } = other();
    for (const [key, said] of [
      ['ghp_abc', 'begin with ravi_mgmt_ or ravi_id_'],
      ['rctx_abc', 'another program called ravi'],
      ['ravi_mgmt_unknown', 'does not know the key'],
      ['ravi_id_unknown', 'does not know the key'],
    ] as const)
      await expect(signingIn.paste(ravi.url, Secret.of(key))).rejects.toThrow(said);
    expect(connection.vault).toBeNull();
    await signingIn.paste(ravi.url, Secret.of(account.managementKey));
    expect(connection.view().account?.keys).toEqual({ management: true, identity: true });
  });

  it('works with an identity’s key alone, and knows the identity again when the account signs in', async () => {
    const { ravi, connection, signingIn, robin, told, account, view } = await ground();
    await signingIn.paste(ravi.url, Secret.of(robin.apiKey));
    expect(connection.view().account).toMatchObject({
      identity: { inbox: robin.inbox },
      keys: { management: false, identity: true },
    });
    await connection.vault?.put('JEAN_GH_TOKEN_WEB', Secret.of('ghs_1'), 'note');
    expect((await connection.vault?.get('JEAN_GH_TOKEN_WEB'))?.reveal()).toBe('ghs_1');
    expect(ravi.secrets(robin.uuid)).toHaveLength(1);
    await connection.check();
    expect(view().health).toBe('ok');
    expect((await connection.messages?.senders())?.map(({ inbox }) => inbox)).toEqual([robin.inbox]);
    await signingIn.paste(ravi.url, Secret.of(account.managementKey));
    expect(told).toEqual(['done', `${robin.inbox} is ${robin.uuid}`, 'done']);
    expect(connection.vault?.identity).toBe(robin.uuid);
  });

  it('works on with the management key where no key of the identity’s own could be made, and makes it later', async () => {
    const { ravi, signIn, connection, minted, audited } = await ground();
    ravi.faults.next({ match: minting, answer: { status: 503, body: { detail: 'Later.' } } });
    await signIn();
    expect(connection.view().account?.keys).toEqual({ management: true, identity: false });
    expect(audited.map(({ message }) => message).join()).toContain('has no key of its own yet');
    await connection.makeKey();
    expect([connection.view().account?.keys, minted()]).toEqual([{ management: true, identity: true }, 2]);
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

  it.each([
    ['401', { status: 401, body: { detail: 'Authentication credentials were not provided.' } }, 'key-unknown', 'down'],
    ['402', { status: 402, body: { detail: 'Active subscription required.' } }, 'plan', 'warning'],
    ['403', { status: 403, body: { detail: 'Identity-scoped key required.' } }, 'forbidden', 'warning'],
    ['409', { status: 409, body: { detail: 'Taken.' } }, 'conflict', 'warning'],
    ['429', { status: 429, body: { detail: 'Throttled.', retry_after_seconds: 37 } }, 'throttled', 'warning'],
    ['503', { status: 503, body: { detail: 'Down.' } }, 'unavailable', 'down'],
    ['502 of a proxy', { status: 502, body: '<html>Bad Gateway</html>' }, 'unavailable', 'down'],
    ['page of a network', { status: 200, body: '<html>Please sign in</html>' }, 'strange', 'down'],
    ['lost connection', 'drop', 'away', 'down'],
  ] as const)(
    'has a state of its own for a %s, and keeps the last error when all is well again',
    async (_what, answer, state, health) => {
      const { signIn, connection, ravi, view } = await ground();
      await signIn();
      await expect.poll(() => connection.view().state).toBe('well');
      ravi.faults.next({ match: { method: 'GET', path: '/api/secrets/' }, answer });
      await connection.vault?.entries().catch(() => undefined);
      expect(connection.view()).toMatchObject({ state, last: { state } });
      expect(view()).toMatchObject({ health, message: connection.view().last?.message });
      await connection.vault?.entries();
      expect([connection.view().state, connection.view().last?.state, view().health]).toEqual(['well', state, 'ok']);
      expect(connection.view().limits.map(({ what }) => what)).toEqual(
        state === 'plan' ? ['Listing the keys in Ravi’s vault'] : [],
      );
    },
  );

  it('remembers what the plan did not include over a restart', async () => {
    const { signIn, connection, ravi, base } = await ground();
    await signIn();
    ravi.faults.next({
      match: { path: '/api/secrets/' },
      answer: { status: 402, body: { detail: 'Active subscription required.' } },
    });
    await connection.vault?.entries().catch(() => undefined);
    expect(new RaviConnection(base).view().limits).toMatchObject([{ message: expect.stringContaining('Active subscription') }]);
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
    expect([again.vault, view().health, again.view().state]).toEqual([null, 'down', 'locked']);
    lock.closed = false;
    await again.check();
    expect([again.vault?.identity, view().health]).toEqual([robin.uuid, 'ok']);
  });

  it('forgets account and keys, also while Ravi is away', async () => {
    const { signIn, connection, ravi, view, settings, box, audited } = await ground();
    await signIn();
    ravi.faults.down();
    await connection.forget();
    expect([connection.vault, settings.get().ravi, await box.names()]).toEqual([null, null, []]);
    expect(view()).toMatchObject({ health: 'absent', facts: {} });
    expect(audited.at(-1)).toMatchObject({ kind: 'ravi.disconnected' });
  });
});
