import type { SandboxClock } from '../clock.ts';
import type { App } from './apps.ts';
import { randomLetters } from './format.ts';
import type { Tokens, UserTokens } from './tokens.ts';

const LIFE_SECONDS = 900;
const INTERVAL_SECONDS = 5;

/** A device login that a person has to answer in the browser. */
export interface DeviceLogin {
  readonly app: App;
  readonly deviceCode: string;
  /** What the person types, `XXXX-XXXX`. */
  readonly userCode: string;
  readonly expiresAt: number;
  intervalSeconds: number;
  lastPollAt: number | undefined;
  state:
    | { readonly kind: 'pending' }
    | { readonly kind: 'denied' }
    | { readonly kind: 'approved'; readonly login: string }
    | { readonly kind: 'used' };
}

/** What one poll comes to; the errors are OAuth's. */
export type PollResult =
  | { readonly kind: 'tokens'; readonly tokens: UserTokens }
  | { readonly kind: 'error'; readonly error: string; readonly description: string; readonly intervalSeconds?: number };

/** The device flow (contract github §1.3). */
export class DeviceLogins {
  readonly #clock: SandboxClock;
  readonly #tokens: Tokens;
  readonly #logins: DeviceLogin[] = [];

  constructor(clock: SandboxClock, tokens: Tokens) {
    this.#clock = clock;
    this.#tokens = tokens;
  }

  /** Begins a login. */
  start(app: App): DeviceLogin {
    const letters = randomLetters(8).toUpperCase();
    const login: DeviceLogin = {
      app,
      deviceCode: randomLetters(40),
      userCode: `${letters.slice(0, 4)}-${letters.slice(4)}`,
      expiresAt: this.#clock.now() + LIFE_SECONDS * 1000,
      intervalSeconds: INTERVAL_SECONDS,
      lastPollAt: undefined,
      state: { kind: 'pending' },
    };
    this.#logins.push(login);
    return login;
  }

  /** Every code that was ever handed out: to the program, and to its person. */
  codes(): readonly string[] {
    return this.#logins.flatMap(({ deviceCode, userCode }) => [deviceCode, userCode]);
  }

  /** Those that still wait for their person. */
  pending(): readonly DeviceLogin[] {
    return this.#logins.filter((login) => login.state.kind === 'pending' && login.expiresAt > this.#clock.now());
  }

  /** The person's answer. @throws when no such login waits. */
  answer(userCode: string, by: { readonly login: string } | 'denied'): void {
    const found = this.pending().find((login) => login.userCode === userCode.trim().toUpperCase());
    if (found === undefined) throw new Error(`No login waits for the code ${userCode}`);
    found.state = by === 'denied' ? { kind: 'denied' } : { kind: 'approved', login: by.login };
  }

  /** One poll; `repositories` narrows the token that it may bring. Polls faster than the interval are told to slow down by 5 s more. */
  poll(app: App, deviceCode: string, repositories: ReadonlySet<number> | undefined): PollResult {
    const login = this.#logins.find((candidate) => candidate.app === app && candidate.deviceCode === deviceCode);
    if (login === undefined || login.state.kind === 'used') {
      return { kind: 'error', error: 'incorrect_device_code', description: 'The device_code provided is not valid.' };
    }
    const now = this.#clock.now();
    if (login.expiresAt <= now) {
      return { kind: 'error', error: 'expired_token', description: 'This device_code has expired.' };
    }
    const last = login.lastPollAt;
    login.lastPollAt = now;
    if (last !== undefined && now - last < login.intervalSeconds * 1000) {
      login.intervalSeconds += INTERVAL_SECONDS;
      const description = 'Too many requests have been made in the same timeframe.';
      return { kind: 'error', error: 'slow_down', description, intervalSeconds: login.intervalSeconds };
    }
    switch (login.state.kind) {
      case 'pending':
        return { kind: 'error', error: 'authorization_pending', description: 'The authorization request is still pending.' };
      case 'denied':
        return { kind: 'error', error: 'access_denied', description: 'The authorization request was denied.' };
      case 'approved': {
        const tokens = this.#tokens.issueUser(app, login.state.login, repositories);
        login.state = { kind: 'used' };
        return { kind: 'tokens', tokens };
      }
    }
  }
}

/** The answer to the request that begins a device login. */
export function deviceJson(login: DeviceLogin, origin: string) {
  return {
    device_code: login.deviceCode,
    user_code: login.userCode,
    verification_uri: `${origin}/login/device`,
    expires_in: LIFE_SECONDS,
    interval: login.intervalSeconds,
  };
}

/** A user token with its refresh token, as OAuth answers it; lives in seconds. */
export function userTokensJson({ access, refresh }: UserTokens) {
  const seconds = (token: { expiresAt: number | null; issuedAt: number }) => ((token.expiresAt ?? 0) - token.issuedAt) / 1000;
  return {
    access_token: access.value,
    expires_in: seconds(access),
    refresh_token: refresh.value,
    refresh_token_expires_in: seconds(refresh),
    token_type: 'bearer',
    scope: '',
  };
}
