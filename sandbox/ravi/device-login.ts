import { randomBytes, randomInt } from 'node:crypto';
import type { SandboxClock } from '../clock.ts';
import { bodyFields, type HttpAnswer, type HttpRequest, type Router } from '../http.ts';
import type { Account, Accounts } from './accounts.ts';
import { identityView } from './identities.ts';

/** How long a code is good, ms (contract ravi §2). */
const lifetime = 15 * 60_000;

/** Which of the two answers a login ends with: keys for one identity, or the list to choose from (contract ravi §2, step 4). */
export type LoginShape = 'identity' | 'identities';

interface Login {
  readonly deviceCode: string;
  readonly userCode: string;
  /** Epoch ms. */
  expiresAt: number;
  outcome: 'pending' | 'denied' | 'used' | Account;
}

/** Device login: a program asks, a person approves on the page, the program gets its keys (contract ravi §2). */
export class DeviceLogins {
  shape: LoginShape = 'identities';
  autoApprove = false;
  /** Holds every question this long, real ms, also where it asked not to wait; 0: as it asks. */
  holdMs = 0;
  readonly #logins: Login[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(
    private readonly accounts: Accounts,
    private readonly clock: SandboxClock,
    private readonly longPollMs: number,
  ) {}

  /** The codes that nobody has answered yet. */
  pending(): readonly string[] {
    return this.#logins.filter(({ outcome }) => outcome === 'pending').map(({ userCode }) => userCode);
  }

  /** Every code that was ever handed out: to the program, and to its person. */
  codes(): readonly string[] {
    return this.#logins.flatMap(({ deviceCode, userCode }) => [deviceCode, userCode]);
  }

  /** Approves (with the account signed in) or denies a code. @throws when no login waits for it. */
  answer(userCode: string, outcome: Account | 'denied'): void {
    const login = this.#logins.find((waiting) => waiting.userCode === userCode && waiting.outcome === 'pending');
    if (login === undefined) throw new Error(`No login waits for the code ${userCode}`);
    login.outcome = outcome;
    for (const wake of this.#waiting) wake();
  }

  /** Lets a code run out. @throws when no login waits for it. */
  expire(userCode: string): void {
    const login = this.#logins.find((waiting) => waiting.userCode === userCode && waiting.outcome === 'pending');
    if (login === undefined) throw new Error(`No login waits for the code ${userCode}`);
    login.expiresAt = this.clock.now();
    for (const wake of this.#waiting) wake();
  }

  /** Ends every long poll, for a server that stops. */
  release(): void {
    for (const wake of this.#waiting) wake();
  }

  addRoutes(router: Router): void {
    router
      .on('POST', '/api/auth/device/', (request) => {
        const login: Login = {
          deviceCode: randomBytes(24).toString('base64url'),
          userCode: `${letters(4)}-${randomInt(1000, 10_000)}`,
          expiresAt: this.clock.now() + lifetime,
          outcome: this.autoApprove ? this.accounts.signedIn() : 'pending',
        };
        this.#logins.push(login);
        return {
          status: 200,
          body: {
            device_code: login.deviceCode,
            user_code: login.userCode,
            verification_uri: `http://${request.headers.host}/api/auth/device/verify/`,
            expires_in: lifetime / 1000,
            interval: 5,
          },
        };
      })
      .on('POST', '/api/auth/device/token/', (request) => this.#token(request))
      .on('GET', '/api/auth/device/verify/', (request) => this.#page(request))
      .on('GET', '/device', (request) => this.#page(request))
      .on('POST', '/device', (request) => {
        const { user_code: code, answer } = bodyFields(request);
        if (typeof code !== 'string' || !this.pending().includes(code)) return html(404, 'No login waits for this code.');
        this.answer(code, answer === 'deny' ? 'denied' : this.accounts.signedIn());
        return html(200, answer === 'deny' ? 'Denied.' : 'Approved. You can close this page.');
      });
  }

  async #token(request: HttpRequest): Promise<HttpAnswer> {
    const { device_code: code, wait } = bodyFields(request);
    const login = this.#logins.find(({ deviceCode }) => deviceCode === code);
    if (login === undefined) return problem('expired_token', 'The device code is unknown or has expired.');
    const holdMs = this.holdMs > 0 ? this.holdMs : wait === true ? this.longPollMs : 0;
    if (login.outcome === 'pending' && holdMs > 0) await this.#change(login, holdMs);
    if (login.outcome !== 'used' && login.expiresAt <= this.clock.now()) {
      return problem('expired_token', 'The device code has expired.');
    }
    switch (login.outcome) {
      case 'pending':
        return problem('authorization_pending', 'The user has not approved this device yet.');
      case 'denied':
        return problem('access_denied', 'The user denied this device.');
      case 'used':
        return problem('expired_token', 'The device code has been used.');
      default: {
        const account = login.outcome;
        login.outcome = 'used';
        return { status: 200, body: this.#keys(account) };
      }
    }
  }

  #keys(account: Account): Record<string, unknown> {
    const identities = this.accounts.identitiesOf(account);
    const user = { id: account.id, email: account.email, first_name: account.firstName, last_name: account.lastName };
    const managementKey = this.accounts.mintKey(account, undefined, 'cli').value;
    const [identity] = identities;
    if (this.shape === 'identities' || identity === undefined) {
      return { management_key: managementKey, identities: identities.map(identityView), user };
    }
    const { uuid, name, inbox, phone } = identity;
    return {
      management_key: managementKey,
      identity_key: this.accounts.mintKey(account, identity, 'cli').value,
      identity: { uuid, name, inbox, phone: phone?.number ?? '' },
      user,
    };
  }

  /** Waits until somebody answered, or as long as a poll is held. */
  #change(login: Login, holdMs: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const wake = () => {
        if (login.outcome !== 'pending') end();
      };
      const timer = setTimeout(end, holdMs);
      this.#waiting.add(wake);
    });
  }

  #page(request: HttpRequest): HttpAnswer {
    const code = (request.query.get('user_code') ?? '').replace(/[^A-Za-z0-9-]/g, '');
    return html(
      200,
      `<form method="post" action="/device"><label>Code <input name="user_code" value="${code}"></label>
<button name="answer" value="approve">Approve</button> <button name="answer" value="deny">Deny</button></form>`,
    );
  }
}

function problem(error: string, description: string): HttpAnswer {
  return { status: 400, body: { error, error_description: description } };
}

function html(status: number, content: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: `<!doctype html><title>Ravi: connect a device</title>\n${content}\n`,
  };
}

function letters(count: number): string {
  return Array.from({ length: count }, () => 'ABCDEFGHJKLMNPQRSTUVWXYZ'[randomInt(24)]).join('');
}
