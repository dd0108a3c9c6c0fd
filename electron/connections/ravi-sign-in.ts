import type { ServiceView } from '../../shared/model.ts';
import type { RaviView } from '../../shared/ravi.ts';
import type { AuditInput } from '../audit/log.ts';
import type { Secret } from '../base/secret.ts';
import type { RaviClient } from '../ravi/client.ts';
import {
  createIdentity,
  identityKeyLabels,
  listIdentities,
  mintIdentityKey,
  ownAddress,
  type RaviIdentity,
  type WantedIdentity,
} from '../ravi/identities.ts';
import { kindOfKey } from '../ravi/keys.ts';
import { startLogin, waitForLogin } from '../ravi/login.ts';
import type { SecretBox } from '../storage/secret-box.ts';
import type { SettingsFile } from '../storage/settings.ts';

/** Keys that a sign-in came to. */
export interface FoundKeys {
  readonly baseUrl: string | null;
  readonly management: Secret | null;
  readonly identity: Secret | null;
  readonly email: string | null;
  /** Completes "Signed in to Ravi as …". */
  readonly how: string;
}

/** An account that is to be used from now on. */
export interface Adopted extends Omit<FoundKeys, 'identity'> {
  readonly identity: RaviIdentity;
  readonly identityKey: Secret | null;
  /** All of the account, where they can be listed. */
  readonly identities: readonly RaviIdentity[];
}

/** What the roof does about a sign-in. */
export interface SignInActs {
  /** Another account takes the place of one: what lies in its vault has to come out first. @throws with the reason why that can't be. */
  readonly leave: () => Promise<void>;
  /** An identity that was known by its address alone has a uuid now. */
  readonly renamed: (from: string, to: string) => void;
  /** It came to nothing after all. */
  readonly stayed: () => void;
  readonly done: () => void;
}

export interface RaviSignInOptions {
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  /** `fenced`: an identity key's, of which the uuid is not known. */
  readonly client: (baseUrl: string | null, key: Secret | null, fenced?: boolean) => RaviClient;
  /** What the keys that are made here are called on Ravi's dashboard. */
  readonly keyLabel: () => string;
  readonly adopt: (account: Adopted) => Promise<void>;
  readonly acts: () => SignInActs;
  readonly audit: (entry: AuditInput) => void;
  readonly onChange: () => void;
}

const pendingKey = 'ravi:pending-key';
/** The name of an identity's key in the secret box; an address is not a name that it takes. */
export const identityKeyName = (uuid: string): string => `ravi:identity-key:${uuid.replace(/[^A-Za-z0-9._-]/g, '_')}`;

/** Signing in to Ravi: by the device flow, or with keys that are there; to the end, which is an identity whose vault is used. */
export class RaviSignIn {
  readonly #o: RaviSignInOptions;
  #attempt: AbortController | null = null;
  #login: ServiceView['login'] = null;
  #pending: FoundKeys | null = null;
  #choosing: RaviView['choosing'] = null;
  #trouble: string | null = null;
  #creating = false;

  constructor(options: RaviSignInOptions) {
    this.#o = options;
  }

  /** The code that the person is to type; null while none waits. */
  get login(): ServiceView['login'] {
    return this.#login;
  }

  /** What there is to pick from. */
  get choosing(): RaviView['choosing'] {
    return this.#choosing;
  }

  /** Why the last one came to nothing. */
  get trouble(): string | null {
    return this.#trouble;
  }

  /** Starts the device flow; resolves when there is a code. @throws with the reason when there can be none. */
  async start(baseUrl: string | null): Promise<void> {
    const { abort, client } = await this.#begin(baseUrl);
    const login = await startLogin(client, abort.signal).catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
      return null;
    });
    if (login === null || abort.signal.aborted) return;
    const { userCode, verificationUrl: url, expiresAt } = login;
    this.#login = { userCode, url, expiresAt };
    this.#o.onChange();
    const finish = async (): Promise<void> => {
      const { managementKey: management, identityKey: identity, user } = await waitForLogin(client, login, abort.signal);
      abort.signal.throwIfAborted();
      await this.#take({ baseUrl, management, identity, email: user.email, how: user.email }, abort.signal);
    };
    void finish()
      .catch((error: unknown) => {
        if (!abort.signal.aborted) this.#trouble = sentenceOf(error);
      })
      .finally(() => this.#ended(abort));
  }

  /** Signs in with keys that are there already. @throws with the reason; nothing is changed then. */
  async use(found: FoundKeys): Promise<void> {
    const { abort } = await this.#begin(found.baseUrl);
    try {
      await this.#take(found, abort.signal);
    } finally {
      this.#ended(abort);
    }
  }

  /** Signs in with a key that the person has copied. @throws with the reason */
  async paste(baseUrl: string | null, key: Secret): Promise<void> {
    const kind = kindOfKey(key);
    const how = 'the owner of a key that was pasted';
    switch (kind) {
      case 'management':
        return await this.use({ baseUrl, management: key, identity: null, email: null, how });
      case 'identity':
        return await this.use({ baseUrl, management: null, identity: key, email: null, how });
      case 'foreign':
        throw new Error(
          'That is a key of another program called ravi, and none of Ravi’s. Ravi’s begin with ravi_mgmt_ or ravi_id_.',
        );
      case 'unknown':
        throw new Error(
          'What was copied is no key of Ravi’s: those begin with ravi_mgmt_ or ravi_id_. Copy one, then try again.',
        );
      default:
        return kind satisfies never;
    }
  }

  /** Takes up a sign-in that an earlier run left at the choice of an identity. */
  async resume(): Promise<void> {
    const pending = this.#o.settings.get().raviPending;
    if (pending === null) return;
    const management = await this.#o.box.get(pendingKey).catch(() => null);
    if (management === null) return void this.#o.settings.update({ raviPending: null });
    const { baseUrl, email } = pending;
    this.#pending = { baseUrl, management, identity: null, email, how: email ?? 'the owner of its key' };
    await this.look();
  }

  /** Lists again what there is to pick from. */
  async look(): Promise<void> {
    if (this.#pending === null) return;
    const { baseUrl, email, management } = this.#pending;
    const before = this.#choosing?.identities ?? null;
    try {
      const identities = [...(await listIdentities(this.#o.client(baseUrl, management)))];
      this.#choosing = { email, identities, trouble: null };
    } catch (error) {
      this.#choosing = { email, identities: before, trouble: sentenceOf(error) };
    }
    this.#o.onChange();
  }

  /** The person has picked. @throws with the reason */
  async choose(uuid: string): Promise<void> {
    const pending = this.#pending;
    const identities = this.#choosing?.identities ?? [];
    const identity = identities.find((one) => one.uuid === uuid);
    if (pending === null || identity === undefined) throw new Error('That sign-in is over. Sign in again.');
    await this.#adopt(pending, identity, identities);
  }

  /**
   * Makes an identity, because the person said so, and signs in as it. Once: what may have been made is never made again by itself.
   * @throws with the reason
   */
  async create(wanted: WantedIdentity): Promise<void> {
    const found = this.#pending;
    if (found === null) throw new Error('That sign-in is over. Sign in again.');
    if (this.#creating) throw new Error('An identity is being made already.');
    this.#creating = true;
    try {
      this.#note('ok', 'An identity at Ravi is asked for.', 'ravi.identity');
      const made = await createIdentity(this.#o.client(found.baseUrl, found.management), wanted);
      this.#note(
        'ok',
        `The identity ${made.identity.name} was made at Ravi, with the address ${made.identity.inbox}.`,
        'ravi.identity',
      );
      if (made.key) await this.#o.box.put(identityKeyName(made.identity.uuid), made.key);
      await this.#adopt(found, made.identity, [...(this.#choosing?.identities ?? []), made.identity]);
    } catch (error) {
      this.#note('failed', sentenceOf(error), 'ravi.identity');
      await this.look();
      throw error;
    } finally {
      this.#creating = false;
    }
  }

  /** Makes the identity's own key, where it has none here. @throws with the reason */
  async mint(client: RaviClient, identity: RaviIdentity): Promise<Secret> {
    const label = this.#o.keyLabel();
    const known = await identityKeyLabels(client, identity.uuid).catch((): readonly string[] => []);
    if (known.includes(label))
      this.#note(
        'ok',
        `${identity.name} has a key labelled “${label}” already, which is not on this machine any more. Delete it in Ravi’s dashboard.`,
      );
    const key = await mintIdentityKey(client, identity.uuid, label);
    await this.#o.box.put(identityKeyName(identity.uuid), key);
    this.#note('ok', `A key for ${identity.name} was made at Ravi, labelled “${label}”.`);
    return key;
  }

  /** Gives up what is under way; `pending` keeps a choice for the next run. */
  async cancel(pending: 'keep' | 'drop' = 'drop'): Promise<void> {
    this.#attempt?.abort();
    this.#attempt = null;
    this.#login = null;
    if (pending === 'drop') await this.#drop();
    this.#o.onChange();
  }

  async #begin(baseUrl: string | null): Promise<{ readonly abort: AbortController; readonly client: RaviClient }> {
    const client = this.#o.client(baseUrl, null);
    // At once: of two clicks the last one counts.
    this.#attempt?.abort();
    const abort = new AbortController();
    this.#attempt = abort;
    this.#login = null;
    this.#trouble = null;
    await this.#drop();
    return { abort, client };
  }

  #ended(abort: AbortController): void {
    if (this.#attempt !== abort) return;
    this.#attempt = null;
    this.#login = null;
    this.#o.onChange();
  }

  async #take(found: FoundKeys, signal: AbortSignal): Promise<void> {
    const known = this.#o.settings.get().ravi;
    const address = found.identity && (await ownAddress(this.#o.client(found.baseUrl, found.identity, true)));
    if (found.management === null) {
      if (address === null) throw new Error('There is no key to sign in with.');
      const uuid = known?.inbox === address ? known.identityUuid : address;
      const identity = { uuid, name: known?.inbox === address ? known.identityName : address, inbox: address, phone: null };
      signal.throwIfAborted();
      return await this.#adopt(found, identity, []);
    }
    const identities = await listIdentities(this.#o.client(found.baseUrl, found.management), signal);
    const own = identities.find(({ inbox }) => inbox === address);
    // A key that was made for another identity than the one that is used is kept for when it is.
    if (own && found.identity) await this.#o.box.put(identityKeyName(own.uuid), found.identity);
    signal.throwIfAborted();
    // What we have stored is with the identity of before; the list has no order to rely on.
    const stays = identities.find(({ uuid, inbox }) => uuid === known?.identityUuid || inbox === known?.inbox);
    const chosen = stays ?? own ?? (identities.length === 1 ? identities[0] : undefined);
    if (chosen) return await this.#adopt(found, chosen, identities);
    await this.#o.box.put(pendingKey, found.management);
    this.#o.settings.update({ raviPending: { baseUrl: found.baseUrl, email: found.email } });
    this.#pending = found;
    this.#choosing = { email: found.email, identities: [...identities], trouble: null };
    this.#o.onChange();
  }

  async #adopt(found: FoundKeys, identity: RaviIdentity, identities: readonly RaviIdentity[]): Promise<void> {
    const acts = this.#o.acts();
    const known = this.#o.settings.get().ravi;
    const sameAccount =
      known === null || known.inbox === identity.inbox || identities.some(({ uuid }) => uuid === known.identityUuid);
    if (!sameAccount) await acts.leave();
    try {
      const identityKey = found.management === null ? found.identity : await this.#identityKey(found, found.management, identity);
      if (known !== null && known.inbox === identity.inbox && known.identityUuid !== identity.uuid)
        acts.renamed(known.identityUuid, identity.uuid);
      await this.#o.adopt({ ...found, identity, identityKey, identities });
    } catch (error) {
      acts.stayed();
      throw error;
    }
    await this.#forget();
    this.#o.onChange();
    acts.done();
  }

  /** Its own key, made where none is here; without one, the management key does. */
  async #identityKey(found: FoundKeys, management: Secret, identity: RaviIdentity): Promise<Secret | null> {
    const held = await this.#o.box.get(identityKeyName(identity.uuid));
    if (held) return held;
    try {
      return await this.mint(this.#o.client(found.baseUrl, management), identity);
    } catch (error) {
      this.#note('failed', `${identity.name} has no key of its own yet; the management key is used. ${sentenceOf(error)}`);
      return null;
    }
  }

  /** A choice that nobody makes any more. */
  async #drop(): Promise<void> {
    if (this.#pending === null) return;
    this.#note('ok', 'The sign-in to Ravi was given up. Its key works until it is deleted in Ravi’s dashboard.');
    await this.#forget();
  }

  async #forget(): Promise<void> {
    this.#pending = null;
    this.#choosing = null;
    if (this.#o.settings.get().raviPending === null) return;
    await this.#o.box.delete(pendingKey);
    this.#o.settings.update({ raviPending: null });
  }

  #note(outcome: 'ok' | 'failed', message: string, kind: 'ravi.key' | 'ravi.identity' = 'ravi.key'): void {
    this.#o.audit({ kind, actor: 'person', outcome, message });
  }
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
