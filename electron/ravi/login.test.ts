import { describe, expect, it } from 'vitest';
import { RaviClient } from './client.ts';
import { failure, startScripted, startWithAccount } from './fixture.ts';
import { listIdentities } from './identities.ts';
import { type DeviceLogin, startLogin, waitForLogin } from './login.ts';

const never = new AbortController().signal;
const quick = (login: DeviceLogin): DeviceLogin => ({ ...login, intervalMs: 20 });

async function started() {
  const world = await startWithAccount();
  const client = world.client.withKey(null);
  return { ...world, client, login: quick(await startLogin(client)) };
}

describe('logging in at Ravi', () => {
  it('gives keys once the person has approved, and the identities to choose from', async () => {
    const { client, login, ravi, account, clock, robin } = await started();
    expect(login.verificationUrl).toBe(`${ravi.url}/device?user_code=${login.userCode}`);
    expect(Math.abs(login.expiresAt - clock.now() - 900_000)).toBeLessThan(5_000);
    const under = waitForLogin(client, login, never);
    await expect.poll(() => ravi.calls().length).toBeGreaterThan(2);
    ravi.approveDevice(login.userCode, account.id);
    const done = await under;
    expect(done).toMatchObject({ identityKey: null, user: { id: account.id, email: 'owner@example.com' } });
    expect(done.identities.map(({ uuid }) => uuid)).toContain(robin.uuid);
    expect(await listIdentities(client.withKey(done.managementKey))).toEqual(done.identities);
    expect(JSON.stringify(done)).not.toContain('ravi_mgmt_');
  });

  it('understands the other shape, with one identity and its key', async () => {
    const { client, login, ravi, account, robin } = await started();
    ravi.setLoginShape('identity');
    ravi.approveDevice(login.userCode, account.id);
    const done = await waitForLogin(client, login, never);
    expect(done.identityKey?.reveal()).toMatch(/^ravi_id_/);
    expect(done.identities).toEqual([{ uuid: robin.uuid, name: 'Robin', inbox: robin.inbox, phone: robin.phone }]);
  });

  it('ends when it is turned down, and when nobody comes', async () => {
    const { client, login, ravi, clock } = await started();
    ravi.denyDevice(login.userCode);
    expect(await failure(waitForLogin(client, login, never))).toMatchObject({ kind: 'login-denied' });
    const second = quick(await startLogin(client));
    const under = failure(waitForLogin(client, second, never));
    clock.move(15 * 60_000);
    expect(await under).toMatchObject({ kind: 'login-expired' });
  });

  it('survives lost connections, errors and throttling on the way', async () => {
    const { client, login, ravi, account } = await started();
    ravi.faults.next({ answer: 'drop' });
    ravi.badGateway();
    ravi.throttle(0);
    ravi.approveDevice(login.userCode, account.id);
    expect(await waitForLogin(client, login, never)).toMatchObject({ user: { id: account.id } });
  });

  it('slows down when asked to', async () => {
    const { client, login, ravi } = await started();
    ravi.faults.next({ answer: { status: 400, body: { error: 'slow_down' } } });
    const soon = { ...login, expiresAt: Date.now() + 4_000 };
    // The next try would be 5 s later, when the code is over.
    expect(await failure(waitForLogin(client, soon, never))).toMatchObject({ kind: 'login-expired' });
  });

  it('waits for a server that holds its question longer than it is asked to, and loses no key by it', async () => {
    const { login, ravi, account, options } = await started();
    // Half a second in place of the usual half minute.
    const impatient = new RaviClient({ ...options, key: null, timeoutMs: 500 });
    ravi.holdDevicePolls(1_500);
    const under = waitForLogin(impatient, login, never);
    setTimeout(() => ravi.approveDevice(login.userCode, account.id), 1_000);
    expect(await under).toMatchObject({ user: { id: account.id } });
    expect(ravi.calls().filter(({ path }) => path === '/api/auth/device/token/')).toHaveLength(1);
  });

  it('stops when the person closes the window', async () => {
    const { client, login } = await started();
    const control = new AbortController();
    const under = waitForLogin(client, { ...login, intervalMs: 60_000 }, control.signal);
    setTimeout(() => control.abort(new Error('closed')), 50);
    await expect(under).rejects.toThrow('closed');
  });

  it('opens no page but Ravi’s', async () => {
    for (const page of ['https://evil.example/device', 'http://ravi.id/device', 'javascript:alert(1)', 'nothing']) {
      const client = await startScripted((_request, response) => {
        response.end(JSON.stringify({ device_code: 'd', user_code: 'ABCD-1234', verification_uri: page, expires_in: 900 }));
      });
      expect(await failure(startLogin(client)), page).toMatchObject({ kind: 'malformed' });
    }
  });

  it.each(['https://api.ravi.app/api/auth/device/verify/', 'https://ravi.id/device'])(
    'opens the page for people instead of %s',
    async (page) => {
      const client = await startScripted((_request, response) => {
        response.end(
          JSON.stringify({ device_code: 'd', user_code: 'ABCD-1234', verification_uri: page, expires_in: 900, interval: 5 }),
        );
      });
      expect(await startLogin(client)).toMatchObject({
        verificationUrl: 'https://ravi.id/device?user_code=ABCD-1234',
        intervalMs: 5_000,
      });
    },
  );
});
