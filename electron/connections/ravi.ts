import type { ServiceView } from '../../shared/model.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Secret } from '../base/secret.ts';
import { RaviClient } from '../ravi/client.ts';
import { RaviError } from '../ravi/errors.ts';
import { listIdentities } from '../ravi/identities.ts';
import { startLogin, waitForLogin } from '../ravi/login.ts';
import { RaviSecrets } from '../ravi/secrets.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import type { SettingsFile } from '../storage/settings.ts';

const defaultBaseUrl = 'https://api.ravi.id';
const keyName = 'ravi:management-key';

export interface RaviConnectionOptions {
  readonly settings: SettingsFile;
  readonly box: SecretBox;
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
  #login: { readonly view: NonNullable<ServiceView['login']>; readonly abort: AbortController } | null = null;
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

  /** Takes up the account of an earlier run; its check goes on in the background. */
  async start(): Promise<void> {
    const known = this.#o.settings.get().ravi;
    if (!known) return this.#show();
    const key = await this.#o.box.get(keyName);
    if (!key) {
      this.#trouble = 'The key for Ravi is not on this machine any more. Sign in again.';
      return this.#show();
    }
    this.#use(known.baseUrl, key, known.identityUuid);
    void this.check();
  }

  /** Starts the device flow: the code appears in the view; `onDone` is called once the person has approved it. */
  async signIn(baseUrl: string | null, onDone: () => void): Promise<void> {
    this.cancelSignIn();
    const client = this.#newClient(baseUrl, null);
    const abort = new AbortController();
    const login = await startLogin(client, abort.signal);
    const { userCode, verificationUrl: url, expiresAt } = login;
    const ours = { view: { userCode, url, expiresAt }, abort };
    this.#login = ours;
    this.#trouble = null;
    this.#show();
    const finish = async (): Promise<void> => {
      const { managementKey, identities, user } = await waitForLogin(client, login, abort.signal);
      const identity = identities[0] ?? (await listIdentities(this.#newClient(baseUrl, managementKey)))[0];
      if (!identity) throw new Error('This Ravi account has no identity yet. Make one at Ravi, then sign in again.');
      await this.#o.box.put(keyName, managementKey);
      this.#o.settings.update({ ravi: { baseUrl, identityUuid: identity.uuid, identityName: identity.name } });
      this.#use(baseUrl, managementKey, identity.uuid);
      this.#answered = true;
      this.#note('ravi.connected', `Signed in to Ravi as ${user.email}.`, { identity: identity.name, inbox: identity.inbox });
      onDone();
    };
    void finish()
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#trouble = sentenceOf(error);
      })
      .finally(() => {
        if (this.#login === ours) this.#login = null;
        this.#show();
      });
  }

  cancelSignIn(): void {
    this.#login?.abort.abort();
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
    this.#trouble = null;
    this.#answered = false;
    this.#show();
    this.#note('ravi.disconnected', 'Signed out of Ravi. Its key still works until it is deleted in Ravi’s dashboard.', {});
  }

  /** Asks Ravi whether all is well; the answer is in the view. */
  async check(): Promise<void> {
    const client = this.#client;
    if (!client) return;
    await this.#watching(() => listIdentities(client)).catch(() => undefined);
  }

  #newClient(baseUrl: string | null, key: Secret | null): RaviClient {
    return new RaviClient({ baseUrl: baseUrl ?? defaultBaseUrl, key, fetch: this.#o.fetch, now: this.#o.now });
  }

  #use(baseUrl: string | null, key: Secret, identity: string): void {
    const client = this.#newClient(baseUrl, key);
    const secrets = new RaviSecrets(client);
    this.#client = client;
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
      login: this.#login?.view ?? null,
      since: this.#shown.since,
    });
  }

  #note(kind: AuditInput['kind'], message: string, facts: Record<string, string>): void {
    this.#o.audit({ kind, actor: 'person', outcome: 'ok', message, facts });
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
