import { randomBytes } from 'node:crypto';
import type { HttpRequest } from '../http.ts';
import type { Account } from './accounts.ts';

const name = 'user_session';

/** Who is signed in in which browser, by its cookie; a browser without one is the developer's own (see {@link World.signedInAs}). */
export class WebSessions {
  readonly #logins = new Map<string, string>();

  /** The cookie with which a browser is this account's from now on. */
  begin(account: Account): string {
    const value = randomBytes(16).toString('hex');
    this.#logins.set(value, account.login);
    return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax`;
  }

  /** Ends a browser's session; the cookie that says so. */
  end(request: HttpRequest): string {
    this.#logins.delete(cookieOf(request));
    return `${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`;
  }

  /** The login whose cookie came along. */
  loginOf(request: HttpRequest): string | undefined {
    return this.#logins.get(cookieOf(request));
  }
}

const cookieOf = ({ headers }: HttpRequest): string =>
  new RegExp(`(?:^|;\\s*)${name}=([0-9a-f]*)`).exec(headers.cookie ?? '')?.[1] ?? '';
