import type { ServiceView } from '../../shared/model.ts';
import type { RaviView } from '../../shared/ravi.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Secret } from '../base/secret.ts';
import { RaviClient, type RaviRequest, raviAddress } from '../ravi/client.ts';
import type { RaviError } from '../ravi/errors.ts';
import { listIdentities, ownAddress, type RaviIdentity } from '../ravi/identities.ts';
import type { RaviKeyKind } from '../ravi/keys.ts';
import { RaviMessages } from '../ravi/messages.ts';
import { RaviSecrets } from '../ravi/secrets.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import type { SettingsFile } from '../storage/settings.ts';
import { RaviHealth } from './ravi-health.ts';
import { type Adopted, identityKeyName, RaviSignIn, type SignInActs } from './ravi-sign-in.ts';

const defaultBaseUrl = 'https://api.ravi.id';
const keyName = 'ravi:management-key';

export interface RaviConnectionOptions {
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  /** Whether an entry with this note is the companion's to change and delete. */
  readonly isOurs: (note: string) => boolean;
  /** What the keys that are made here are called on Ravi's dashboard. */
  readonly keyLabel: () => string;
  readonly acts: () => SignInActs;
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

/** The keys in use. The identity's own one is used for all that it is good for. */
interface InUse {
  readonly identity: RaviIdentity;
  readonly management: RaviClient | null;
  readonly own: RaviClient | null;
  readonly vault: RaviVault;
  readonly messages: RaviMessages;
}

/** What the page shows of the account; the rest of its view is about moving. */
export type RaviAccountView = Pick<
  RaviView,
  'state' | 'account' | 'identities' | 'last' | 'limits' | 'choosing' | 'signInTrouble' | 'address'
>;

/** Our account at Ravi: whose keys are used, its vaults, and its health in words. */
export class RaviConnection {
  readonly signingIn: RaviSignIn;
  readonly #o: RaviConnectionOptions;
  #used: InUse | null = null;
  #health: RaviHealth;
  #identities: readonly RaviIdentity[] = [];
  #shown: Pick<ServiceView, 'health' | 'since'> = { health: 'checking', since: 0 };

  constructor(options: RaviConnectionOptions) {
    this.#o = options;
    const { settings, box, audit, keyLabel, acts } = options;
    this.#health = new RaviHealth(options.now, settings.get().ravi?.limits);
    this.signingIn = new RaviSignIn({
      settings,
      box,
      audit,
      keyLabel,
      acts,
      client: (baseUrl, key, fenced) => this.#client(baseUrl, key, fenced),
      adopt: (account) => this.#adopt(account),
      onChange: () => this.#show(),
    });
  }

  /** Null while nobody is signed in. */
  get vault(): RaviVault | null {
    return this.#used?.vault ?? null;
  }

  /** Mail and text messages of the account; null while nobody is signed in. */
  get messages(): RaviMessages | null {
    return this.#used?.messages ?? null;
  }

  /** Reaches all of the account; null while nobody is signed in, or with an identity's key alone. */
  get management(): RaviClient | null {
    return this.#used?.management ?? null;
  }

  /** A client with the key of an identity that is not the account's own: what comes of it says nothing of ours. Null: nobody is signed in. */
  clientOf(key: Secret): RaviClient | null {
    const known = this.#o.settings.get().ravi;
    return known && this.#client(known.baseUrl, key);
  }

  /** The vault of an identity of this account; null where it is not known to be one. */
  vaultOf(identity: string): RaviVault | null {
    const { vault, management } = this.#used ?? {};
    if (vault?.identity === identity) return vault;
    const known = this.#identities.find(({ uuid }) => uuid === identity);
    return known && management ? this.#vaultAt(management, identity, `Ravi’s vault of ${known.name}`) : null;
  }

  /** Takes up the account of an earlier run; its check goes on in the background. */
  async start(): Promise<void> {
    await this.#takeUp();
    if (this.#used) void this.check();
    void this.signingIn.resume();
  }

  /** Uses another identity of the account from now on. @throws with the reason */
  async switchTo(uuid: string): Promise<void> {
    const known = this.#o.settings.get().ravi;
    const management = await this.#o.box.get(keyName);
    const identity = this.#identities.find((one) => one.uuid === uuid);
    if (known === null || management === null || identity === undefined || !this.#used)
      throw new Error('Only the account’s management key reaches another identity. Sign in to Ravi again.');
    const { baseUrl, email = null } = known;
    let identityKey = await this.#o.box.get(identityKeyName(uuid));
    identityKey ??= await this.signingIn.mint(this.#client(baseUrl, management), identity).catch(() => null);
    const how = email ?? 'the owner of its key';
    await this.#adopt({ baseUrl, management, identityKey, email, how, identity, identities: this.#identities });
    this.#o.acts().done();
  }

  /** Makes the identity's own key, where the first try came to nothing or somebody deleted it. @throws with the reason */
  async makeKey(): Promise<void> {
    const known = this.#o.settings.get().ravi;
    const management = await this.#o.box.get(keyName);
    if (known === null || management === null || !this.#used)
      throw new Error('Only the account’s management key makes keys. Sign in to Ravi again.');
    const identityKey = await this.signingIn.mint(this.#client(known.baseUrl, management), this.#used.identity);
    this.#use(known.baseUrl, management, identityKey, this.#used.identity);
  }

  /** Where to sign in from now on; where somebody is signed in, their keys go there too. @throws for one that is none of Ravi's */
  async setAddress(address: string | null): Promise<void> {
    const baseUrl = address === null ? null : raviAddress(address);
    const known = this.#o.settings.get().ravi;
    this.#o.settings.update({ raviAddress: baseUrl, ...(known && { ravi: { ...known, baseUrl } }) });
    if (known) await this.#takeUp();
    this.#show();
    await this.check();
  }

  /** Forgets account and keys; our entries must have been taken out of its vault before. */
  async forget(): Promise<void> {
    await this.signingIn.cancel();
    const { box, settings } = this.#o;
    for (const name of await box.names()) if (name === keyName || name.startsWith(identityKeyName(''))) await box.delete(name);
    settings.update({ ravi: null });
    this.#used = null;
    this.#identities = [];
    this.#health = new RaviHealth(this.#o.now);
    this.#show();
    this.#note('ravi.disconnected', 'Signed out of Ravi. Its keys still work until they are deleted in Ravi’s dashboard.', {});
  }

  /** Asks Ravi whether all is well; the answer is in the view. */
  async check(): Promise<void> {
    if (!this.#used) await this.#takeUp();
    const { management, own } = this.#used ?? {};
    await Promise.allSettled([management && listIdentities(management).then((all) => this.#found(all)), own && ownAddress(own)]);
    this.#show();
  }

  /** For the page. */
  view(): RaviAccountView {
    const known = this.#o.settings.get().ravi;
    const { trouble, last, limits, answered } = this.#health;
    const { identity, management, own } = this.#used ?? {};
    const quiet = known === null ? 'signed-out' : answered ? 'well' : 'checking';
    const kept = known && { uuid: known.identityUuid, name: known.identityName, inbox: known.inbox ?? '', phone: null };
    return {
      state: trouble?.state ?? quiet,
      account: known &&
        kept && {
          email: known.email ?? null,
          identity: identity ?? kept,
          address: known.baseUrl ?? defaultBaseUrl,
          keys: { management: Boolean(management), identity: Boolean(own) },
        },
      identities: [...this.#identities],
      last: last && { state: last.state, message: last.message, at: last.at },
      limits: [...limits],
      choosing: this.signingIn.choosing,
      signInTrouble: this.signingIn.trouble,
      address: this.#o.settings.get().raviAddress,
    };
  }

  /** A key that can't be read now may be readable later: a key store is locked until somebody logs in. */
  async #takeUp(): Promise<void> {
    const { box, settings } = this.#o;
    const known = settings.get().ravi;
    try {
      const management = known && (await box.get(keyName));
      const own = known && (await box.get(identityKeyName(known.identityUuid)));
      if (known && (management || own)) {
        const { identityUuid: uuid, identityName: name, inbox = '' } = known;
        this.#use(known.baseUrl, management, own, { uuid, name, inbox, phone: null });
        return;
      }
      if (known) this.#health.locked('The key for Ravi is not on this machine any more. Sign in again.');
    } catch (error) {
      this.#health.locked(`Ravi can’t be used. ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#show();
  }

  async #adopt({ baseUrl, management, identityKey, identity, identities, email, how }: Adopted): Promise<void> {
    const { box, settings } = this.#o;
    if (identityKey) await box.put(identityKeyName(identity.uuid), identityKey);
    if (management) await box.put(keyName, management);
    else await box.delete(keyName);
    const { uuid: identityUuid, name: identityName, inbox } = identity;
    settings.update({ ravi: { baseUrl, identityUuid, identityName, inbox, email } });
    this.#health = new RaviHealth(this.#o.now);
    this.#identities = identities;
    this.#use(baseUrl, management, identityKey, identity);
    this.#note('ravi.connected', `Signed in to Ravi as ${how}.`, { identity: identityName, inbox });
    void this.check();
  }

  /** What the account has now; names and numbers change. */
  #found(identities: readonly RaviIdentity[]): void {
    this.#identities = identities;
    const known = this.#o.settings.get().ravi;
    const own = identities.find(({ uuid }) => uuid === known?.identityUuid);
    if (!own || !known || !this.#used) return;
    this.#used = { ...this.#used, identity: own };
    if (known.identityName !== own.name || known.inbox !== own.inbox)
      this.#o.settings.update({ ravi: { ...known, identityName: own.name, inbox: own.inbox } });
  }

  #client(baseUrl: string | null, key: Secret | null, fenced = false, of?: RaviKeyKind): RaviClient {
    const { fetch, now } = this.#o;
    return new RaviClient({
      baseUrl: baseUrl ?? defaultBaseUrl,
      key,
      fetch,
      now,
      fenced,
      onOutcome: of && ((...ended) => this.#outcome(of, ...ended)),
    });
  }

  #use(baseUrl: string | null, managementKey: Secret | null, ownKey: Secret | null, identity: RaviIdentity): void {
    const management = managementKey && this.#client(baseUrl, managementKey, false, 'management');
    // An address in place of the uuid would answer with silence.
    const own = ownKey && this.#client(baseUrl, ownKey, identity.uuid.includes('@'), 'identity');
    const first = own ?? management;
    const all = management ?? own;
    if (!first || !all) return;
    this.#health.locked(null);
    const vault = this.#vaultAt(first, identity.uuid, 'Ravi’s vault');
    this.#used = { identity, management, own, vault, messages: new RaviMessages(all, management ? null : identity) };
    this.#show();
  }

  #vaultAt(client: RaviClient, identity: string, label: string): RaviVault {
    const secrets = new RaviSecrets(client, this.#o.isOurs);
    return {
      kind: 'ravi',
      identity,
      label,
      put: async (name, value, note) => void (await secrets.upsert(identity, name, value, note)),
      get: async (name) => (await secrets.read(identity, name))?.value ?? null,
      entries: async () => (await secrets.keys(identity)).map(({ key, notes }) => ({ key, note: notes })),
      remove: async (name) => void (await secrets.remove(identity, name)),
    };
  }

  /** Keeps the health line true: what Ravi answers, or fails to, is what it says. */
  #outcome(key: RaviKeyKind, request: RaviRequest, error: RaviError | null): void {
    const limited = this.#health.outcome(request, error, key);
    const known = this.#o.settings.get().ravi;
    if (limited && known) this.#o.settings.update({ ravi: { ...known, limits: [...this.#health.limits] } });
    this.#show();
  }

  #show(): void {
    const known = this.#o.settings.get().ravi;
    const { login, choosing } = this.signingIn;
    const { trouble, answered } = this.#health;
    const health =
      login || choosing ? 'checking' : trouble ? healthOf(trouble.state) : !known ? 'absent' : answered ? 'ok' : 'checking';
    if (health !== this.#shown.health) this.#shown = { health, since: this.#o.now() };
    const quiet = known
      ? 'Credentials can be kept in Ravi’s vault, encrypted at rest by Ravi.'
      : 'You are not signed in to Ravi.';
    const waiting = login
      ? 'Waiting for you to approve the sign-in at Ravi.'
      : choosing
        ? 'Waiting for you to pick an identity.'
        : null;
    this.#o.onView({
      id: 'ravi',
      health,
      title: known ? 'Ravi vault' : 'Ravi, not signed in',
      message: trouble?.message ?? waiting ?? quiet,
      facts: known ? { Identity: known.identityName, Address: known.baseUrl ?? defaultBaseUrl } : {},
      login,
      since: this.#shown.since,
      ...(trouble?.retryAt ? { retryAt: trouble.retryAt } : {}),
    });
  }

  #note(kind: AuditInput['kind'], message: string, facts: Record<string, string>): void {
    this.#o.audit({ kind, actor: 'person', outcome: 'ok', message, facts });
  }
}

/** What stands in the way of some things alone is no outage. */
function healthOf(state: RaviView['state']): ServiceView['health'] {
  switch (state) {
    case 'plan':
    case 'forbidden':
    case 'conflict':
    case 'throttled':
      return 'warning';
    case 'signed-out':
      return 'absent';
    case 'checking':
      return 'checking';
    case 'well':
      return 'ok';
    case 'locked':
    case 'key-unknown':
    case 'unavailable':
    case 'away':
    case 'strange':
      return 'down';
    default:
      return state satisfies never;
  }
}
