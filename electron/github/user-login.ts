import { z } from 'zod';
import { delay } from '../base/backoff.ts';
import { call, HttpFailure, retryAfterMs, safeBaseUrl } from '../base/http-call.ts';
import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';
import { Secret } from '../base/secret.ts';
import { GitHubError, type GitHubErrorKind } from './errors.ts';

/** A sign-in that waits for its person. */
export interface DeviceLogin {
  readonly deviceCode: Secret;
  /** `XXXX-XXXX`: what the person types. */
  readonly userCode: string;
  /** The page to open in the browser, on GitHub's own address. */
  readonly url: string;
  /** Epoch ms. */
  readonly expiresAt: number;
  readonly intervalMs: number;
}

/** A person's token for the App, and what renews it once (contract github §1.3). Times are epoch ms. */
export interface UserTokens {
  readonly access: Secret;
  readonly expiresAt: number;
  readonly refresh: Secret;
  readonly refreshExpiresAt: number;
}

/** How GitHub's sign-in is reached. */
export interface UserLoginOptions {
  /** `https://github.com`, an Enterprise Server, or plain http on this machine. */
  readonly webUrl: string;
  /** The App's; no secret. */
  readonly clientId: string;
  readonly fetch: typeof globalThis.fetch;
  /** Epoch ms. */
  readonly now: () => number;
}

const startSchema = z.object({
  device_code: z.string().min(1),
  user_code: z.string().min(1).max(40),
  verification_uri: z.string(),
  expires_in: z.number().positive(),
  interval: z.number().nonnegative().default(5),
});
const tokensSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  refresh_token: z.string().min(1),
  refresh_token_expires_in: z.number().positive(),
});
const endlessSchema = z.object({ access_token: z.string().min(1) });
const errorSchema = z.object({ error: z.string(), error_description: z.string().optional(), interval: z.number().optional() });

const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code';
const slowerMs = 5_000;
const timeoutMs = 15_000;
const maxBytes = 64 * 1024;

/** An answer of OAuth that is an error; GitHub sends it with status 200. */
class OAuthRefusal extends GitHubError {
  constructor(
    readonly code: string,
    kind: GitHubErrorKind,
    message: string,
    readonly intervalMs: number | null,
  ) {
    super(kind, message, { status: 200 });
  }
}

const words: Readonly<Record<string, string>> = {
  expired_token: 'The sign-in was not approved in time. Start it again.',
  access_denied: 'The sign-in was turned down at GitHub.',
  device_flow_disabled: 'The GitHub App does not allow this sign-in. Switch on “Enable Device Flow” in its settings at GitHub.',
  incorrect_client_credentials: 'GitHub does not know the App’s client id.',
  incorrect_device_code: 'GitHub says that the code was used already. Start the sign-in again.',
  bad_refresh_token: 'GitHub does not accept the renewal of the sign-in.',
};

/** Signs a person in to our App by the device flow, and renews that sign-in. It lives on GitHub's web address, not on its API. */
export class UserLogin {
  readonly #base: URL;
  readonly #o: UserLoginOptions;

  /** @throws GitHubError `invalid` when the address is not safe. */
  constructor(options: UserLoginOptions) {
    const base = safeBaseUrl(options.webUrl);
    if (base === null) throw new GitHubError('invalid', 'The address of GitHub must begin with https://.');
    this.#base = base;
    this.#o = options;
  }

  /** Asks for a code; only from a click of the person. @throws GitHubError */
  async start(signal?: AbortSignal): Promise<DeviceLogin> {
    const what = 'Starting the sign-in at GitHub';
    const text = await this.#post(what, '/login/device/code', {}, signal);
    const started = read(what, text, startSchema);
    const url = URL.canParse(started.verification_uri) ? new URL(started.verification_uri) : null;
    // It is opened in the person's browser, and asks them to sign in.
    if (url?.origin !== this.#base.origin)
      throw new GitHubError('malformed', `${what} failed: its page is not at ${this.#base.host}.`);
    return {
      deviceCode: Secret.of(started.device_code),
      userCode: started.user_code,
      url: url.href,
      expiresAt: this.#o.now() + started.expires_in * 1000,
      intervalMs: Math.max(1_000, started.interval * 1000),
    };
  }

  /**
   * Waits until the person has approved; the token is for one repository alone. Goes on through lost connections until the code
   * runs out.
   * @throws GitHubError; the signal's reason when aborted
   */
  async wait(login: DeviceLogin, repositoryId: number, signal: AbortSignal): Promise<UserTokens> {
    const fields = {
      device_code: login.deviceCode.reveal(),
      grant_type: deviceGrant,
      repository_id: String(repositoryId),
    };
    let intervalMs = login.intervalMs;
    for (;;) {
      if (this.#o.now() + intervalMs >= login.expiresAt) throw new GitHubError('unauthorized', words.expired_token ?? '');
      await delay(intervalMs, signal);
      signal.throwIfAborted();
      try {
        return await this.#tokens('Signing in at GitHub', fields, signal);
      } catch (error) {
        if (!(error instanceof GitHubError)) throw error;
        if (error instanceof OAuthRefusal && error.code === 'slow_down') intervalMs = error.intervalMs ?? intervalMs + slowerMs;
        else if (!isPassing(error)) throw error;
        intervalMs = Math.max(intervalMs, error.retryAfterMs ?? 0);
      }
    }
  }

  /**
   * Uses a refresh token up for a new pair; the old pair is dead from then on, also when the answer is lost (`maybeIssued`).
   * @throws GitHubError `unauthorized` when GitHub does not take it
   */
  refresh(refreshToken: Secret, signal?: AbortSignal): Promise<UserTokens> {
    const fields = { grant_type: 'refresh_token', refresh_token: refreshToken.reveal() };
    return this.#tokens('Renewing the sign-in at GitHub', fields, signal);
  }

  async #tokens(what: string, fields: Readonly<Record<string, string>>, signal: AbortSignal | undefined): Promise<UserTokens> {
    const askedAt = this.#o.now();
    const text = await this.#post(what, '/login/oauth/access_token', fields, signal);
    if (endlessSchema.safeParse(json(text)).success && !tokensSchema.safeParse(json(text)).success)
      throw new GitHubError(
        'invalid',
        'The GitHub App’s sign-ins never expire, so they are no short-lived credential. Switch on “Expire user authorization tokens” in its settings at GitHub, and revoke the one that was just made under Settings, Applications.',
      );
    const tokens = read(what, text, tokensSchema);
    return {
      access: Secret.of(tokens.access_token),
      expiresAt: askedAt + tokens.expires_in * 1000,
      refresh: Secret.of(tokens.refresh_token),
      refreshExpiresAt: askedAt + tokens.refresh_token_expires_in * 1000,
    };
  }

  async #post(
    what: string,
    path: string,
    fields: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<string> {
    const url = new URL(this.#base.href.replace(/\/$/, '') + path);
    const headers = {
      accept: 'application/json',
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'jean-ravi-companion',
    };
    const body = new URLSearchParams({ client_id: this.#o.clientId, ...fields }).toString();
    const answer = await call(this.#o.fetch, { url, method: 'POST', headers, body, signal, timeoutMs, maxBytes }).catch(
      (error: unknown) => {
        if (!(error instanceof HttpFailure)) throw error;
        throw new GitHubError('unreachable', `${what} failed: ${error.message}`, { maybeIssued: error.mayHaveArrived });
      },
    );
    const { status } = answer;
    const facts = { status, retryAfterMs: retryAfterMs(answer.headers.get('retry-after'), this.#o.now()) };
    if (status >= 500)
      throw new GitHubError('unavailable', `${what} failed: GitHub has a problem of its own (status ${status}).`, {
        ...facts,
        maybeIssued: true,
      });
    if (status === 429 || (status === 403 && facts.retryAfterMs !== null))
      throw new GitHubError('throttled', `${what} has to wait: GitHub’s rate limit is reached.`, facts);
    if (status === 404) throw new GitHubError('unauthorized', `${what} failed: GitHub does not know the App’s client id.`, facts);
    if (status !== 200) throw new GitHubError('invalid', `${what} failed: GitHub answered ${status}.`, facts);
    refuseError(what, answer.text);
    return answer.text;
  }
}

/** Whether asking again can help. */
const isPassing = ({ kind }: GitHubError): boolean => kind === 'unreachable' || kind === 'unavailable' || kind === 'throttled';

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function refuseError(what: string, text: string): void {
  const error = errorSchema.safeParse(json(text));
  if (!error.success) return;
  const { error: code, error_description: said, interval } = error.data;
  const passing = code === 'authorization_pending' || code === 'slow_down';
  const message = words[code] ?? `${what} failed: ${plainLine(redact(said ?? code), 200)}`;
  const intervalMs = interval === undefined ? null : interval * 1000;
  throw new OAuthRefusal(code, passing ? 'unavailable' : 'unauthorized', message, intervalMs);
}

/** The issue's code only: its message could quote what was received. */
function read<T>(what: string, text: string, schema: z.ZodType<T>): T {
  const result = schema.safeParse(json(text));
  if (result.success) return result.data;
  const why = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.code}`).join(', ');
  throw new GitHubError('malformed', `${what} failed: GitHub’s answer was not understood (${why}).`, { maybeIssued: true });
}
