import type { ServiceView } from '../../shared/model.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Secret } from '../base/secret.ts';
import { RaviClient } from '../ravi/client.ts';
import { RaviError } from '../ravi/errors.ts';
import { listIdentities } from '../ravi/identities.ts';
import { startLogin, waitForLogin } from '../ravi/login.ts';
import { RaviMessages } from '../ravi/messages.ts';
import { RaviSecrets } from '../ravi/secrets.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import type { SettingsFile } from '../storage/settings.ts';

const defaultBaseUrl = 'https://api.ravi.id';
const keyName = 'ravi:management-key';

export interface RaviConnectionOptions {
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  /** Whether an entry with this note is the companion's to change and delete. */
  readonly isOurs: (note: string) => boolean;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly onView: (view: ServiceView) => void;
  readonly audit: (entry: AuditInput) => void;
}

/** Ravi's vault of one identity, as the credentials use it. */
export interface RaviVault {
  readonly kind: 'ravi';
  readonly identity: string;
  readonly label: string;
  put(key: string, value: Secret, note: string): Promise<void>;
  get(key: string): Promise<Secret | null>;
  remove(key: string): Promise<void>;
  /** What it holds, by name. */
  entries(): Promise<readonly { readonly key: string; readonly note: string }[]>;
}

/** Our account at Ravi: signed in by the device flow, its vault, and its health in words. */
export class RaviConnection {
  readonly #o: RaviConnectionOptions;
  #vault: RaviVault | null = null;
  #client: RaviClient | null = null;
  #messages: RaviMessages | null = null;
  #login: ServiceView['login'] = null;
  /** Ends the sign-in that is under way. */
  #attempt: AbortController | null = null;
  #trouble: string | null = null;
  #answered = false;
  #shown: Pick<ServiceView, 'health' | 'since'> = { health: 'checking', since: 0 };

  constructor(options: RaviConnectionOptions) {
    this.#o = options;
  }

  /** Null while nobody is signed in. */
  get vault(): RaviVault | null {
    return this.#vault;
  }

  /** Mail and text messages of the account; null while nobody is signed in. */
  get messages(): RaviMessages | null {
    return this.#messages;
  }

  /** Takes up the account of an earlier run; its check goes on in the background. */
  async start(): Promise<void> {
    await this.#takeUp();
    if (this.#client) void this.check();
  }

  /**
   * Starts the device flow: the code appears in the view. `leave` is called before another identity's vault takes the place of one,
   * `done` once the person has approved.
   */
  async signIn(baseUrl: string | null, on: { readonly leave: () => Promise<void>; readonly done: () => void }): Promise<void> {
    this.cancelSignIn();
    const client = this.#newClient(baseUrl, null);
    const abort = new AbortController();
    this.#attempt = abort;
    const login = await startLogin(client, abort.signal).catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
      return null;
    });
    if (login === null || abort.signal.aborted) return;
    const { userCode, verificationUrl: url, expiresAt } = login;
    this.#login = { userCode, url, expiresAt };
    this.#trouble = null;
    this.#show();
    const finish = async (): Promise<void> => {
      const { managementKey, identities, user } = await waitForLogin(client, login, abort.signal);
      const all = identities.length > 0 ? identities : await listIdentities(this.#newClient(baseUrl, managementKey));
      // The list has no order to rely on, and what we have stored is with the identity of before.
      const identity = all.find(({ uuid }) => uuid === this.#o.settings.get().ravi?.identityUuid) ?? all[0];
      if (!identity) throw new Error('This Ravi account has no identity yet. Make one at Ravi, then sign in again.');
      abort.signal.throwIfAborted();
      // Where that fails, each credential goes on saying that its entry is in a vault that is not connected.
      if (this.#vault && this.#vault.identity !== identity.uuid) await on.leave().catch(() => undefined);
      await this.#o.box.put(keyName, managementKey);
      this.#o.settings.update({ ravi: { baseUrl, identityUuid: identity.uuid, identityName: identity.name } });
      this.#use(baseUrl, managementKey, identity.uuid);
      this.#answered = true;
      this.#note('ravi.connected', `Signed in to Ravi as ${user.email}.`, { identity: identity.name, inbox: identity.inbox });
      on.done();
    };
    void finish()
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#trouble = sentenceOf(error);
      })
      .finally(() => {
        if (this.#attempt !== abort) return;
        this.#attempt = null;
        this.#login = null;
        this.#show();
      });
  }

  cancelSignIn(): void {
    this.#attempt?.abort();
    this.#attempt = null;
    this.#login = null;
    this.#show();
  }

  /** Forgets account and key; our entries must have been taken out of its vault before. */
  async forget(): Promise<void> {
    this.cancelSignIn();
    await this.#o.box.delete(keyName);
    this.#o.settings.update({ ravi: null });
    this.#vault = null;
    this.#client = null;
    this.#messages = null;
    this.#trouble = null;
    this.#answered = false;
    this.#show();
    this.#note('ravi.disconnected', 'Signed out of Ravi. Its key still works until it is deleted in Ravi’s dashboard.', {});
  }

  /** Asks Ravi whether all is well; the answer is in the view. */
  async check(): Promise<void> {
    if (!this.#client) await this.#takeUp();
    const client = this.#client;
    if (!client) return;
    await this.#watching(() => listIdentities(client)).catch(() => undefined);
  }

  /** A key that can't be read now may be readable later: a key store is locked until somebody logs in. */
  async #takeUp(): Promise<void> {
    const known = this.#o.settings.get().ravi;
    try {
      const key = known && (await this.#o.box.get(keyName));
      if (known && key) return this.#use(known.baseUrl, key, known.identityUuid);
      if (known) this.#trouble = 'The key for Ravi is not on this machine any more. Sign in again.';
    } catch (error) {
      this.#trouble = `Ravi can’t be used. ${sentenceOf(error)}`;
    }
    this.#show();
  }

  #newClient(baseUrl: string | null, key: Secret | null): RaviClient {
    return new RaviClient({ baseUrl: baseUrl ?? defaultBaseUrl, key, fetch: this.#o.fetch, now: this.#o.now });
  }

  #use(baseUrl: string | null, key: Secret, identity: string): void {
    const client = this.#newClient(baseUrl, key);
    const secrets = new RaviSecrets(client, this.#o.isOurs);
    this.#client = client;
    this.#messages = new RaviMessages(client);
    this.#trouble = null;
    this.#vault = {
      kind: 'ravi',
      identity,
      label: 'Ravi’s vault',
      put: async (name, value, note) => void (await this.#watching(() => secrets.upsert(identity, name, value, note))),
      get: async (name) => (await this.#watching(() => secrets.read(identity, name)))?.value ?? null,
      entries: async () => (await this.#watching(() => secrets.keys(identity))).map(({ key, notes }) => ({ key, note: notes })),
      remove: async (name) => void (await this.#watching(() => secrets.remove(identity, name))),
    };
    this.#show();
  }

  /** Keeps the health line true: what Ravi answers, or fails to, is what it says. */
  async #watching<T>(work: () => Promise<T>): Promise<T> {
    try {
      const value = await work();
      this.#answered = true;
      this.#trouble = null;
      this.#show();
      return value;
    } catch (error) {
      if (!(error instanceof RaviError) || error.kind !== 'not-found') this.#trouble = sentenceOf(error);
      this.#show();
      throw error;
    }
  }

  #show(): void {
    const known = this.#o.settings.get().ravi;
    const health = this.#login ? 'checking' : this.#trouble ? 'down' : !known ? 'absent' : this.#answered ? 'ok' : 'checking';
    if (health !== this.#shown.health) this.#shown = { health, since: this.#o.now() };
    this.#o.onView({
      id: 'ravi',
      health,
      title: known ? 'Ravi vault' : 'Ravi, not signed in',
      message:
        this.#trouble ??
        (this.#login
          ? 'Waiting for you to approve the sign-in at Ravi.'
          : known
            ? 'Credentials are kept in Ravi’s vault, encrypted at rest by Ravi.'
            : 'You are not signed in to Ravi.'),
      facts: known ? { Identity: known.identityName, Address: known.baseUrl ?? defaultBaseUrl } : {},
      login: this.#login,
      since: this.#shown.since,
    });
  }

  #note(kind: AuditInput['kind'], message: string, facts: Record<string, string>): void {
    this.#o.audit({ kind, actor: 'person', outcome: 'ok', message, facts });
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
