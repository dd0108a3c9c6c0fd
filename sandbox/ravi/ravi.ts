import type { SandboxClock } from '../clock.ts';
import { Faults } from '../faults.ts';
import { Router, type RunningServer, startServer } from '../http.ts';
import { Accounts, type Identity, type Plan } from './accounts.ts';
import { DeviceLogins, type LoginShape } from './device-login.ts';
import { identityRoutes } from './identities.ts';
import { Lists, type Paging } from './lists.ts';
import { MailRoom } from './mail.ts';
import { TextMessages } from './sms.ts';
import { Vault } from './vault.ts';

/** How a sandbox Ravi is started. */
export interface RaviOptions {
  readonly clock: SandboxClock;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** How long a login's poll is held, real ms (20 000). */
  readonly longPollMs?: number;
}

/** What was asked of the stand-in; no key, no body. */
export interface RaviCall {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

/** Something an identity sent out into the world. */
export type Sent =
  | {
      readonly kind: 'mail';
      readonly at: number;
      readonly identity: string;
      readonly from: string;
      readonly to: string;
      readonly subject: string;
      readonly text: string;
    }
  | {
      readonly kind: 'sms';
      readonly at: number;
      readonly identity: string;
      readonly from: string;
      readonly to: string;
      readonly body: string;
    };

/** Starts a Ravi on loopback as contract ravi §8 wants it, with no account in it. */
export async function startRavi(options: RaviOptions): Promise<RaviSandbox> {
  const ravi = new RaviSandbox(options);
  await ravi.start(options.port ?? 0);
  return ravi;
}

/** A running sandbox Ravi: its address, and its controls, which `POST /__control/<name>` reaches too. */
export class RaviSandbox {
  readonly faults = new Faults();
  readonly clock: SandboxClock;
  readonly #accounts: Accounts;
  readonly #lists = new Lists();
  readonly #vault: Vault;
  readonly #mail: MailRoom;
  readonly #texts: TextMessages;
  readonly #devices: DeviceLogins;
  readonly #calls: RaviCall[] = [];
  #server: RunningServer | undefined;

  constructor(options: RaviOptions) {
    this.clock = options.clock;
    this.#accounts = new Accounts(options.clock);
    this.#vault = new Vault(this.#accounts, options.clock, this.#lists);
    this.#mail = new MailRoom(this.#accounts, options.clock, this.#lists);
    this.#texts = new TextMessages(this.#accounts, options.clock, this.#lists);
    this.#devices = new DeviceLogins(this.#accounts, options.clock, options.longPollMs ?? 20_000);
  }

  /** `http://127.0.0.1:<port>`, to which `/api/…/` is added. @throws while it is stopped. */
  get url(): string {
    if (this.#server === undefined) throw new Error('Ravi is not running');
    return this.#server.url;
  }

  /** Starts to listen. {@link startRavi} has done so. */
  async start(port: number): Promise<void> {
    const router = new Router();
    identityRoutes(router, this.#accounts, this.#lists, this.clock);
    this.#vault.addRoutes(router);
    this.#mail.addRoutes(router);
    this.#texts.addRoutes(router);
    this.#devices.addRoutes(router);
    this.#server = await startServer({
      port,
      router,
      faults: this.faults,
      control: this,
      // Also what a path without its trailing slash gets.
      fallback: () => ({ status: 404, body: { detail: 'Not found.' } }),
      finish: (request, answer) => {
        this.#calls.push({ at: this.clock.now(), method: request.method, path: request.path, status: answer.status });
        if (this.#calls.length > 20_000) this.#calls.splice(0, 10_000);
        return answer;
      },
    });
  }

  async stop(): Promise<void> {
    this.#devices.release();
    await this.#server?.stop();
    this.#server = undefined;
  }

  /** Opens an account and gives its first management key. */
  createAccount(of: { readonly plan?: Plan; readonly email?: string; readonly domains?: readonly string[] } = {}): {
    readonly id: number;
    readonly managementKey: string;
  } {
    const account = this.#accounts.createAccount(of);
    return { id: account.id, managementKey: this.#accounts.mintKey(account, undefined, 'dashboard').value };
  }

  setPlan(accountId: number, plan: Plan): void {
    this.#accounts.account(accountId).plan = plan;
  }

  /** Makes an identity as the dashboard would, whatever the plan. */
  createIdentity(
    accountId: number,
    of: { readonly name?: string; readonly address?: string; readonly phone?: boolean } = {},
  ): { readonly uuid: string; readonly inbox: string; readonly phone: string; readonly apiKey: string } {
    const account = this.#accounts.account(accountId);
    const identity = this.#accounts.createIdentity(account, of);
    if (of.phone === true) this.#accounts.givePhone(identity);
    const apiKey = this.#accounts.mintKey(account, identity, 'dashboard').value;
    return { uuid: identity.uuid, inbox: identity.inbox, phone: identity.phone?.number ?? '', apiKey };
  }

  /** The identities of an account, as the API shows their names and uuids. */
  identities(accountId: number): readonly { readonly uuid: string; readonly name: string; readonly inbox: string }[] {
    return this.#accounts.identitiesOf(this.#accounts.account(accountId)).map(({ uuid, name, inbox }) => ({ uuid, name, inbox }));
  }

  /** What the vault holds for an identity. */
  secrets(identityUuid: string): readonly { readonly key: string; readonly value: string; readonly notes: string }[] {
    const identity = this.#accounts.identity(identityUuid);
    return this.#vault.secrets
      .filter((entry) => entry.identity === identity)
      .map(({ key, value, notes }) => ({ key, value, notes }));
  }

  /** Puts a secret into the vault as another program of the same account would. */
  keepSecret(identityUuid: string, secret: { readonly key: string; readonly value: string; readonly notes: string }): void {
    this.#vault.keep(this.#accounts.identity(identityUuid), secret);
  }

  /** Takes a secret out of the vault as its owner would in the dashboard. */
  dropSecret(identityUuid: string, key: string): void {
    const identity = this.#accounts.identity(identityUuid);
    const at = this.#vault.secrets.findIndex((entry) => entry.identity === identity && entry.key === key);
    if (at < 0) throw new Error(`There is no secret ${key}`);
    this.#vault.secrets.splice(at, 1);
  }

  /** The logins that the vault holds for an identity. */
  passwords(identityUuid: string): readonly { readonly domain: string; readonly username: string; readonly password: string }[] {
    const identity = this.#accounts.identity(identityUuid);
    return this.#vault.passwords
      .filter((entry) => entry.identity === identity)
      .map(({ domain, username, password }) => ({ domain, username, password }));
  }

  /** Every mail and text message that was sent, oldest first. */
  sent(): readonly Sent[] {
    const who = (identity: Identity) => identity.uuid;
    const mails = this.#mail.mails
      .filter(({ direction }) => direction === 'outgoing')
      .map(
        ({ at, identity, from, to, subject, text }): Sent => ({
          kind: 'mail',
          at,
          identity: who(identity),
          from,
          to,
          subject,
          text,
        }),
      );
    const texts = this.#texts.messages
      .filter(({ direction }) => direction === 'outgoing')
      .map(({ at, identity, from, to, body }): Sent => ({ kind: 'sms', at, identity: who(identity), from, to, body }));
    return [...mails, ...texts].sort((a, b) => a.at - b.at);
  }

  /** A mail from outside arrives; returns its id. */
  incomingMail(
    identityUuid: string,
    mail: {
      readonly from: string;
      readonly subject: string;
      readonly text: string;
      readonly html?: string;
      readonly thread?: string;
    },
  ): number {
    return this.#mail.receive(this.#accounts.identity(identityUuid), mail).id;
  }

  /** A mail from outside comes to an address; one that nobody has here is lost. */
  deliver(mail: {
    readonly to: string;
    readonly from: string;
    readonly subject: string;
    readonly text: string;
    readonly html?: string;
  }): void {
    const identity = this.#accounts.identityAt(mail.to);
    if (identity !== undefined) this.#mail.receive(identity, mail);
  }

  /** A text message from outside arrives; returns its id. */
  incomingSms(identityUuid: string, message: { readonly from: string; readonly body: string }): number {
    return this.#texts.receive(this.#accounts.identity(identityUuid), message).id;
  }

  /** The codes of device logins that wait for their person. */
  pendingDevices(): readonly string[] {
    return this.#devices.pending();
  }

  /** Approves a device login for an account; the first one when left out. */
  approveDevice(userCode: string, accountId?: number): void {
    this.#devices.answer(userCode, accountId === undefined ? this.#accounts.signedIn() : this.#accounts.account(accountId));
  }

  denyDevice(userCode: string): void {
    this.#devices.answer(userCode, 'denied');
  }

  /** Lets the code of a device login run out. */
  expireDevice(userCode: string): void {
    this.#devices.expire(userCode);
  }

  /** Holds every question of a device login this long, real ms, whatever it asks; 0 ends that. */
  holdDevicePolls(ms: number): void {
    this.#devices.holdMs = ms;
  }

  /** The next questions of device logins are told to come less often (RFC 8628). */
  slowDown(times = 1): void {
    const body = { error: 'slow_down', error_description: 'You are asking too often.' };
    this.faults.next({ times, match: { path: '/api/auth/device/token/' }, answer: { status: 400, body } });
  }

  /** The labels of an identity's keys, as the dashboard shows them. */
  keyLabels(identityUuid: string): readonly string[] {
    return this.#accounts.keys().flatMap(({ identity, label }) => (identity?.uuid === identityUuid ? [label] : []));
  }

  /** Deletes a key as its owner would in the dashboard. */
  deleteKey(value: string): void {
    this.#accounts.deleteKey(value);
  }

  /** Whether device logins are approved the moment they are asked for. */
  autoApprove(on: boolean): void {
    this.#devices.autoApprove = on;
  }

  /** Which of its two shapes a login ends with. */
  setLoginShape(shape: LoginShape): void {
    this.#devices.shape = shape;
  }

  /** Which lists come in pages from now on. */
  setPaging(paging: Paging): void {
    this.#lists.paging = paging;
  }

  /** The next requests are throttled, told in the body, in the header with a body that is no JSON, or in both. */
  throttle(seconds: number, times = 1, told: 'body' | 'header' | 'both' = 'body'): void {
    const headers = told === 'body' ? {} : { 'retry-after': String(seconds) };
    const body = told === 'header' ? 'Too Many Requests' : { detail: 'Request was throttled.', retry_after_seconds: seconds };
    this.faults.next({ times, answer: { status: 429, headers, body } });
  }

  /** The next requests meet a proxy's error page instead of Ravi. */
  badGateway(times = 1): void {
    const body = '<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>';
    this.faults.next({ times, answer: { status: 502, headers: { 'content-type': 'text/html' }, body } });
  }

  /** The values of all keys that were ever made, to search logs and files for. */
  issuedKeys(): readonly string[] {
    return this.#accounts.keys().map(({ value }) => value);
  }

  /** The codes of all device logins, to search logs and files for. */
  deviceCodes(): readonly string[] {
    return this.#devices.codes();
  }

  /** The values of all passwords that the vaults hold, to search logs and files for. */
  keptPasswords(): readonly string[] {
    return this.#vault.passwords.map(({ password }) => password);
  }

  /** What clients asked, oldest first. */
  calls(): readonly RaviCall[] {
    return [...this.#calls];
  }
}
