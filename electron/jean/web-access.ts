import { z } from 'zod';
import { call, type HttpAnswer } from '../base/http-call.ts';
import { Secret } from '../base/secret.ts';
import type { Invoke } from './banners.ts';
import { pinnedFetch } from './certificate.ts';
import { readAnswer } from './protocol.ts';
import type { JeanEndpoint } from './socket.ts';
import { eitherWay, withToken } from './token-way.ts';

/** How the web access that runs now stands (contract jean §1). */
export interface WebAccessStatus {
  /** The token that the running server takes; null when it names none. */
  readonly token: Secret | null;
  /** What it is bound to; null when it does not say. */
  readonly bindHost: string | null;
}

/** What Jean's preferences say about web access: what counts from its next start on. */
export interface WebAccessPreferences {
  readonly token: Secret | null;
  readonly tokenRequired: boolean;
  /** What it will be bound to, by Jean's own rules. */
  readonly bindHost: string;
}

/** Preferences of Jean about its web access that the companion may set. */
export interface WebAccessPatch {
  readonly http_server_bind_host?: string;
  readonly http_server_localhost_only?: boolean;
  readonly http_server_token_required?: boolean;
}

const secret = z
  .string()
  .nullish()
  .transform((text) => (text ? Secret.of(text) : null));
const text = z.string().nullish().catch(null);

const status = z.object({ token: secret, bind_host: text });
/** Of all that `load_preferences` answers nothing else is even copied. */
const preferences = z.object({
  http_server_token: secret,
  http_server_token_required: z.boolean().nullish().catch(null),
  http_server_bind_host: text,
  http_server_localhost_only: z.boolean().nullish().catch(null),
});
const token = z.string().min(1);
const auth = z.object({ ok: z.boolean().optional(), token_required: z.boolean().optional() });

/** @throws JeanError */
export async function webAccessStatus(invoke: Invoke): Promise<WebAccessStatus> {
  const read = readAnswer(status, await invoke('get_http_server_status', {}), 'get_http_server_status');
  return { token: read.token, bindHost: read.bind_host ?? null };
}

/** @throws JeanError */
export async function webAccessPreferences(invoke: Invoke): Promise<WebAccessPreferences> {
  const read = readAnswer(preferences, await invoke('load_preferences', {}), 'load_preferences');
  // A missing `localhost_only` is read as false by Jean, though its default is true (contract jean §1, bind rules).
  const usual = read.http_server_localhost_only === true ? '127.0.0.1' : '0.0.0.0';
  return {
    token: read.http_server_token,
    tokenRequired: read.http_server_token_required !== false,
    bindHost: read.http_server_bind_host || usual,
  };
}

/** Makes Jean write a new token, which the server that runs does not take before it is started again. @throws JeanError */
export async function regenerateToken(invoke: Invoke): Promise<Secret> {
  return Secret.of(readAnswer(token, await invoke('regenerate_http_token', {}), 'regenerate_http_token'));
}

/** Sets preferences one by one; a full save would reset every field that it lacks (contract jean §4). @throws JeanError */
export async function setWebAccess(invoke: Invoke, patch: WebAccessPatch): Promise<void> {
  await invoke('patch_preferences', { patch });
}

/** What the server at an address makes of a token: `open` takes anybody. */
export type Knock = 'taken' | 'refused' | 'open' | 'away';

/** Asks `/api/auth` with a token, or without any. Never throws. */
export async function knock(
  at: Pick<JeanEndpoint, 'url' | 'certificate'>,
  token: Secret | null,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Knock> {
  const first = await knockOnce(at, token, fetch, signal);
  // After its restart the first request may go out on a kept connection that is dead.
  return first === 'away' && !signal.aborted ? await knockOnce(at, token, fetch, signal) : first;
}

async function knockOnce(
  { url, certificate }: Pick<JeanEndpoint, 'url' | 'certificate'>,
  given: Secret | null,
  fetch: typeof globalThis.fetch,
  signal: AbortSignal,
): Promise<Knock> {
  const address = new URL('api/auth', url.endsWith('/') ? url : `${url}/`);
  const within = { method: 'GET', signal, timeoutMs: 5_000, maxBytes: 64 * 1024 };
  const through = certificate === undefined ? fetch : pinnedFetch(certificate);
  try {
    const attempt = (): Promise<HttpAnswer> => call(through, { ...withToken(address, given), ...within });
    const answer = await eitherWay(given, attempt, ({ status: code }) => code === 401);
    if (answer.status === 401) return 'refused';
    const said = answer.status === 200 ? auth.safeParse(JSON.parse(answer.text)) : null;
    if (said?.success !== true || said.data.ok !== true) return 'away';
    return said.data.token_required === false ? 'open' : 'taken';
  } catch {
    return 'away';
  }
}
