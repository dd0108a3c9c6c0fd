import { z } from 'zod';
import { delay } from '../base/backoff.ts';
import { isLoopback } from '../base/http-call.ts';
import { Secret } from '../base/secret.ts';
import { type RaviClient, raviHosts } from './client.ts';
import { RaviError } from './errors.ts';
import { identitySchema, type RaviIdentity } from './identities.ts';

/** A login that waits for its person. */
export interface DeviceLogin {
  readonly deviceCode: Secret;
  /** What the person compares with the page. */
  readonly userCode: string;
  /** The page to open in the browser; on a host of Ravi's, or on this machine. */
  readonly verificationUrl: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly intervalMs: number;
}

/** What a login ends with. The keys never expire, and are revoked on Ravi's dashboard alone (contract ravi §2). */
export interface LoggedIn {
  readonly managementKey: Secret;
  /** Null where Ravi lets the person choose an identity first. */
  readonly identityKey: Secret | null;
  readonly identities: readonly RaviIdentity[];
  readonly user: { readonly id: number; readonly email: string };
}

const secret = z
  .string()
  .min(1)
  .transform((value) => Secret.of(value));
const startSchema = z.object({
  device_code: secret,
  user_code: z.string().min(1),
  verification_uri: z.string(),
  expires_in: z.number().positive(),
  interval: z.number().nonnegative().default(5),
});
const doneSchema = z.object({
  management_key: secret,
  identity_key: secret.nullish(),
  identity: identitySchema.nullish(),
  identities: z.array(identitySchema).nullish(),
  user: z.object({ id: z.number().int(), email: z.string() }),
});

const slowerMs = 5_000;
/** A server may hold a question longer than its 30 s although it is asked not to; an answer that nobody waits for takes its keys with it, ms. */
const pollLimitMs = 120_000;

/** Asks Ravi for a login; only from a click of the person. The client needs no key. @throws RaviError */
export async function startLogin(client: RaviClient, signal?: AbortSignal): Promise<DeviceLogin> {
  const what = 'Starting the login at Ravi';
  const started = await client.json({ method: 'POST', path: '/api/auth/device/', body: {}, signal, what }, startSchema);
  return {
    deviceCode: started.device_code,
    userCode: started.user_code,
    verificationUrl: pageFor(started.verification_uri, started.user_code, client.baseUrl),
    expiresAt: client.now() + started.expires_in * 1000,
    intervalMs: Math.max(1_000, started.interval * 1000),
  };
}

/**
 * Waits until the person has approved. Asks at intervals (not by Ravi's long poll: keys that are sent into a connection that we have
 * just given up would be lost), and goes on through lost connections until the code runs out.
 * @throws RaviError `login-denied`, `login-expired`, or what else Ravi refuses with; the signal's reason when aborted
 */
export async function waitForLogin(client: RaviClient, login: DeviceLogin, signal: AbortSignal): Promise<LoggedIn> {
  let intervalMs = login.intervalMs;
  for (;;) {
    let pauseMs = intervalMs;
    try {
      return await ask(client, login, signal);
    } catch (error) {
      if (!(error instanceof RaviError)) throw error;
      if (error.code === 'slow_down') intervalMs += slowerMs;
      pauseMs = Math.max(intervalMs, error.retryAfterMs ?? 0);
      if (!isPassing(error)) throw ended(error);
    }
    if (client.now() + pauseMs >= login.expiresAt) throw expired();
    await delay(pauseMs, signal);
    signal.throwIfAborted();
  }
}

async function ask(client: RaviClient, login: DeviceLogin, signal: AbortSignal): Promise<LoggedIn> {
  const done = await client.json(
    {
      method: 'POST',
      path: '/api/auth/device/token/',
      body: { device_code: login.deviceCode.reveal(), wait: false },
      hide: [login.deviceCode],
      signal,
      what: 'Logging in at Ravi',
      timeoutMs: pollLimitMs,
    },
    doneSchema,
  );
  const { identity, identities, identity_key: identityKey, user } = done;
  return {
    managementKey: done.management_key,
    identityKey: identityKey ?? null,
    identities: identities ?? (identity ? [identity] : []),
    user: { id: user.id, email: user.email },
  };
}

/** Whether asking again can help. */
function isPassing(error: RaviError): boolean {
  if (error.code === 'authorization_pending' || error.code === 'slow_down') return true;
  return error.kind === 'unreachable' || error.kind === 'unavailable' || error.kind === 'throttled';
}

function ended(error: RaviError): RaviError {
  if (error.code === 'expired_token') return expired();
  if (error.code !== 'access_denied') return error;
  return new RaviError('login-denied', 'The login at Ravi was turned down.', { status: error.status, code: error.code });
}

function expired(): RaviError {
  return new RaviError('login-expired', 'The login at Ravi was not approved in time. Start it again.', { code: 'expired_token' });
}

/**
 * The page for the person. Ravi's API names an address of its own API; as its CLI does, the page is put in its place (contract ravi §2).
 * @throws RaviError `malformed` for a page elsewhere: it is opened in the person's browser, and asks them to sign in
 */
function pageFor(address: string, userCode: string, baseUrl: string): string {
  const url = URL.canParse(address) ? new URL(address) : null;
  if (url !== null && url.protocol === 'https:' && raviHosts.has(url.host)) return withCode('https://ravi.id/device', userCode);
  const local = isLoopback(new URL(baseUrl).hostname);
  if (url !== null && local && /^https?:$/.test(url.protocol) && isLoopback(url.hostname)) {
    return withCode(`${url.origin}/device`, userCode);
  }
  throw new RaviError('malformed', 'Starting the login at Ravi failed: its page is not at Ravi.');
}

function withCode(page: string, userCode: string): string {
  return `${page}?${new URLSearchParams({ user_code: userCode })}`;
}
