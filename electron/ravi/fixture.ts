import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { SandboxClock } from '../../sandbox/clock.ts';
import { startRavi } from '../../sandbox/ravi/ravi.ts';
import { Secret } from '../base/secret.ts';
import { RaviClient } from './client.ts';
import { RaviError } from './errors.ts';

const endings: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A Ravi with one paid account, two identities in it, and a client with the account's management key. */
export async function startWithAccount() {
  const clock = new SandboxClock();
  const ravi = await startRavi({ clock, longPollMs: 500 });
  endings.push(() => ravi.stop());
  const account = ravi.createAccount({ plan: 'paid', email: 'owner@example.com' });
  const robin = ravi.createIdentity(account.id, { name: 'Robin', phone: true });
  const kim = ravi.createIdentity(account.id, { name: 'Kim' });
  const options = { baseUrl: ravi.url, key: Secret.of(account.managementKey), fetch, now: () => clock.now() };
  return { clock, ravi, account, robin, kim, options, client: new RaviClient(options) };
}

/** A server that answers as told, for what the sandbox's Ravi never says; with a client for it. */
export async function startScripted(listener: RequestListener): Promise<RaviClient> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return new RaviClient({ baseUrl, key: Secret.of('ravi_mgmt_test'), fetch, now: Date.now });
}

/** The error that a call ends in. */
export async function failure(under: Promise<unknown>): Promise<RaviError> {
  const error = await under.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RaviError)) throw new Error(`Expected a RaviError, got ${String(error)}`);
  return error;
}
