import { homedir, hostname } from 'node:os';
import type { ServiceView, StateChange } from '../shared/model.ts';
import type { CliFound, KeepIn, RaviView } from '../shared/ravi.ts';
import type { AuditInput } from './audit/log.ts';
import type { Secret } from './base/secret.ts';
import { RaviConnection } from './connections/ravi.ts';
import type { SignInActs } from './connections/ravi-sign-in.ts';
import type { Lifecycle } from './credentials/lifecycle.ts';
import type { Place } from './credentials/place.ts';
import { localVault, type Vault } from './credentials/vault.ts';
import type { VaultMark } from './credentials/vault-mark.ts';
import { type CliKeys, readCliKeys } from './ravi/cli-config.ts';
import type { WantedIdentity } from './ravi/identities.ts';
import type { JeanTokens, KeptToken } from './remote-access/jean-token.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { SettingsFile } from './storage/settings.ts';

export interface RaviAccountOptions {
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  readonly mark: VaultMark;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  readonly onView: (view: ServiceView) => void;
  readonly lifecycle: () => Lifecycle;
  /** Jeans' own tokens, which lie in the vault too. */
  readonly jeanTokens: () => Pick<JeanTokens, 'follow' | 'rotate'>;
  /** What waited for Ravi goes on. */
  readonly resume: () => void;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly audit: (entry: AuditInput) => void;
  /** Whether this is the person's own world, and not the sandbox's: only then their Ravi CLI is looked at. */
  readonly ownHome: boolean;
}

/** What our keys are called on Ravi's dashboard. */
const keyLabelOf = (computer: string | null): string =>
  `Jean Ravi Companion on ${hostname()
    .replace(/[^\w.-]/g, '')
    .slice(0, 40)} (${computer ?? 'new'})`;

const inRavi = ({ vault }: Place): boolean => vault === 'ravi';

/** Part of the roof: signing in and out at Ravi, and where the values of credentials are kept. */
export class RaviAccount {
  readonly ravi: RaviConnection;
  readonly #o: RaviAccountOptions;
  readonly #local: Vault;
  #leaving = false;
  /** How many entries the move that is under way began with. */
  #moving = 0;
  #shown = '';

  constructor(options: RaviAccountOptions) {
    this.#o = options;
    const { box, mark, settings } = options;
    this.#local = localVault(box, box.persistent);
    this.ravi = new RaviConnection({
      ...options,
      isOurs: (note) => mark.isOurs(note),
      keyLabel: () => keyLabelOf(settings.get().computer),
      acts: () => this.acts,
    });
  }

  /** What a sign-in has to do with the rest. */
  get acts(): SignInActs {
    return {
      leave: () => this.#emptied('You stay signed in as before, and the new keys were forgotten here'),
      renamed: (from, to) =>
        this.#o.lifecycle().moving.renamed({ vault: 'ravi', identity: from }, { vault: 'ravi', identity: to }),
      stayed: () => this.#stays(),
      done: () => {
        this.#stays();
        this.#o.lifecycle().retryAll();
        this.#o.resume();
      },
    };
  }

  /** Where new values go. */
  current(): Vault {
    const { settings } = this.#o;
    return (this.#leaving || settings.get().keepIn === 'local' ? null : this.ravi.vault) ?? this.#local;
  }

  /** The vault that holds an entry made earlier, or null while it can't be reached. */
  find(kind: Vault['kind'], identity: string): Vault | null {
    return kind === 'ravi' ? this.ravi.vaultOf(identity) : this.#local;
  }

  start(): Promise<void> {
    return this.ravi.start();
  }

  /** What lies elsewhere than the person wants it is moved, or goes on moving. */
  converge(): void {
    const { jeanTokens, lifecycle, settings } = this.#o;
    // A key store that is locked now says nothing about what is wanted.
    if (settings.get().ravi !== null && settings.get().keepIn === 'ravi' && this.ravi.vault === null) return this.publish();
    void jeanTokens().follow(() => false);
    const moved = lifecycle().moving.order();
    if (moved.length > 0) {
      const message = `${counted(moved.length)} to be moved to ${this.current().label}.`;
      this.#o.audit({ kind: 'vault.moved', actor: 'person', outcome: 'ok', message });
    }
    this.publish();
  }

  /** Starts the device flow. @throws with the reason */
  signIn(baseUrl: string | null): Promise<void> {
    return this.ravi.signingIn.start(baseUrl ?? this.#o.settings.get().raviAddress);
  }

  /** Signs in with a key that the person has copied. @throws with the reason */
  paste(key: Secret): Promise<void> {
    return this.ravi.signingIn.paste(this.#o.settings.get().raviAddress, key);
  }

  /** What an installed Ravi CLI keeps, without its keys. @throws with why there is nothing to take over */
  async lookAtCli(): Promise<CliFound> {
    const { path, email, identityName, managementKey, identityKey, looseMode } = await this.#cliKeys();
    const keys = { management: managementKey !== null, identity: identityKey !== null };
    return { path, email, identityName, keys, looseMode };
  }

  /** Signs in with the keys of an installed Ravi CLI. @throws with the reason */
  async takeCli(): Promise<void> {
    const { email, managementKey: management, identityKey: identity } = await this.#cliKeys();
    const how = `${email ?? 'its owner'}, with the keys of Ravi’s CLI`;
    const baseUrl = this.#o.settings.get().raviAddress;
    await this.ravi.signingIn.use({ baseUrl, management, identity, email, how });
  }

  /** The person has picked an identity: for a sign-in that waits for it, or in place of the one that is used. @throws with the reason */
  choose(uuid: string): Promise<void> {
    const { signingIn } = this.ravi;
    return signingIn.choosing ? signingIn.choose(uuid) : this.ravi.switchTo(uuid);
  }

  /** Makes an identity for a sign-in that waits for one. @throws with the reason */
  create(wanted: WantedIdentity): Promise<void> {
    return this.ravi.signingIn.create(wanted);
  }

  /** Where values are kept from now on; what lies elsewhere is moved. */
  keepIn(place: KeepIn): void {
    if (this.#o.settings.get().keepIn === place) return;
    this.#o.settings.update({ keepIn: place });
    this.converge();
  }

  /**
   * Moves our entries out of Ravi's vault, then forgets the account.
   * @throws when one could not be moved or deleted; the account stays then
   */
  async signOut(): Promise<void> {
    await this.#emptied('The account stays until then');
    try {
      await this.ravi.forget();
    } finally {
      this.#stays();
    }
    this.#o.lifecycle().retryAll();
  }

  /**
   * Gives up what lies in a Ravi that does not know our key any more: its credentials are replaced, so that what lies there is dead, and
   * the account is forgotten. @throws when one could not be replaced; the account stays then
   */
  async abandon(): Promise<void> {
    const { jeanTokens, lifecycle } = this.#o;
    if (this.ravi.view().state !== 'key-unknown')
      throw new Error('Nothing has to be given up while Ravi takes the key, or may again: sign out instead.');
    this.#leaving = true;
    try {
      this.converge();
      await lifecycle().moving.abandon(inRavi, (worktreeId) => lifecycle().rotate(worktreeId));
      const tokens = await jeanTokens().follow(({ kind }) => kind === 'ravi');
      await this.ravi.forget();
      await Promise.all(tokens.map((token) => this.#replaced(token)));
    } finally {
      this.#stays();
    }
  }

  /** Shows the account anew, where something of it changed. */
  publish(): void {
    const value: RaviView = { id: 'ravi', ...this.ravi.view(), keepIn: this.#o.settings.get().keepIn, moving: this.#move() };
    const shown = JSON.stringify(value);
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#o.publish([{ collection: 'ravi', id: 'ravi', value }]);
  }

  /** Shows it anew to who has seen nothing yet. */
  publishAll(): void {
    this.#shown = '';
    this.publish();
  }

  /** Moves everything of ours out of Ravi; values go to this machine until `#stays`. @throws with what is there still */
  async #emptied(otherwise: string): Promise<void> {
    this.#leaving = true;
    this.converge();
    const { jeanTokens, lifecycle } = this.#o;
    const entries = await lifecycle().moving.emptied(inRavi);
    const left = [...entries, ...(await jeanTokens().follow(({ kind }) => kind === 'ravi'))];
    if (left.length === 0) return;
    this.#stays();
    const [first] = left;
    const which = left.length === 1 ? `${first?.key} is` : `${left.length} entries are`;
    throw new Error(`${which} still in Ravi’s vault. ${first?.why ?? 'It is on its way.'} ${otherwise}.`);
  }

  /** A token of Jean's that lies in a vault that was given up is to be dead too. */
  async #replaced({ instanceId, key }: KeptToken): Promise<void> {
    await this.#o
      .jeanTokens()
      .rotate(instanceId)
      .catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        const message = `${key} is still in the vault that was given up, and Jean takes it. Make Jean’s token anew under Remote access. ${why}`;
        this.#o.audit({ kind: 'jean-token.rotated', actor: 'person', outcome: 'failed', message });
      });
  }

  /** What was moved for an end that did not come goes back to where it is wanted. */
  #stays(): void {
    this.#leaving = false;
    this.converge();
  }

  #move(): RaviView['moving'] {
    const records = this.#o.lifecycle().moving.onTheWay();
    if (records.length === 0) {
      if (this.#moving > 0) {
        const message = `${counted(this.#moving)} moved: each was read back, and is gone from where it was.`;
        this.#o.audit({ kind: 'vault.moved', actor: 'companion', outcome: 'ok', message });
      }
      this.#moving = 0;
      return null;
    }
    this.#moving = Math.max(this.#moving, records.length);
    const trouble = records.find(({ why }) => why !== null)?.why ?? null;
    return { to: this.current().label, total: this.#moving, done: this.#moving - records.length, trouble };
  }

  async #cliKeys(): Promise<CliKeys> {
    if (!this.#o.ownHome) throw new Error('This is the sandbox. Leave it first: your own keys have no business here.');
    const found = await readCliKeys(homedir());
    if (found.type !== 'keys') throw new Error(found.why);
    return found;
  }
}

const counted = (count: number): string => (count === 1 ? '1 credential is' : `${count} credentials are`);
