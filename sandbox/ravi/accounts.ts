import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import type { SandboxClock } from '../clock.ts';

/** What an account pays for. */
export type Plan = 'free' | 'paid';

/** A Ravi account: one human owner. */
export interface Account {
  readonly id: number;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly domains: readonly string[];
  plan: Plan;
}

/** An identity; permanent once made (contract ravi §3.1). */
export interface Identity {
  /** What vault entries carry as `identity`. */
  readonly id: number;
  readonly uuid: string;
  readonly account: Account;
  readonly name: string;
  /** The mail address, which the API calls `inbox`. */
  readonly inbox: string;
  /** What compose calls `?inbox=`. */
  readonly inboxId: number;
  phone: { readonly id: number; readonly number: string } | undefined;
  /** Epoch ms. */
  readonly createdAt: number;
  updatedAt: number;
}

/** A bearer key and what it is good for. Keys never expire, and nothing revokes one (contract ravi §3.2). */
export interface Key {
  readonly value: string;
  readonly account: Account;
  /** Undefined for a management key. */
  readonly identity: Identity | undefined;
  readonly label: string;
}

const firstNames = ['Sarah', 'Miguel', 'Aiko', 'Priya', 'Jonas', 'Leila'];
const lastNames = ['Johnson', 'Ortega', 'Tanaka', 'Nair', 'Weber', 'Haddad'];

/** Who there is at this Ravi: accounts, identities, keys. */
export class Accounts {
  readonly #accounts: Account[] = [];
  readonly #identities: Identity[] = [];
  readonly #keys = new Map<string, Key>();
  readonly #clock: SandboxClock;

  constructor(clock: SandboxClock) {
    this.#clock = clock;
  }

  createAccount(of: { plan?: Plan | undefined; email?: string | undefined; domains?: readonly string[] | undefined }): Account {
    const id = this.#accounts.length + 1;
    const account: Account = {
      id,
      email: of.email ?? `owner${id}@acme.test`,
      firstName: 'Olive',
      lastName: 'Owner',
      domains: ['raviapp.com', ...(of.domains ?? [])],
      plan: of.plan ?? 'free',
    };
    this.#accounts.push(account);
    return account;
  }

  /** @throws when there is none of that number */
  account(id: number): Account {
    const found = this.#accounts.find((account) => account.id === id);
    if (found === undefined) throw new Error(`There is no account ${id}`);
    return found;
  }

  /** The account a browser is signed in to: the first one, made when there is none. */
  signedIn(): Account {
    return this.#accounts[0] ?? this.createAccount({});
  }

  createIdentity(account: Account, of: { name?: string | undefined; address?: string | undefined }): Identity {
    const random = `${pick(firstNames)} ${pick(lastNames)}`;
    const name = of.name ?? random;
    const local = (of.name === undefined ? random : name).toLowerCase().replace(/[^a-z0-9]+/g, '.');
    const now = this.#clock.now();
    const identity: Identity = {
      id: this.#identities.length + 1,
      uuid: randomUUID(),
      account,
      name,
      inbox: of.address ?? `${local}${randomInt(100, 1000)}@raviapp.com`,
      inboxId: 10 + this.#identities.length * 2,
      phone: undefined,
      createdAt: now,
      updatedAt: now,
    };
    this.#identities.push(identity);
    return identity;
  }

  /** Gives an identity a number of its own. */
  givePhone(identity: Identity): void {
    identity.phone = { id: identity.id, number: `+1555${String(1_000_000 + identity.id * 1117).slice(-7)}` };
    identity.updatedAt = this.#clock.now();
  }

  /** @throws when there is none of that uuid */
  identity(uuid: string): Identity {
    const found = this.#identities.find((identity) => identity.uuid === uuid);
    if (found === undefined) throw new Error(`There is no identity ${uuid}`);
    return found;
  }

  /** Whose address it is. */
  identityAt(address: string): Identity | undefined {
    return this.#identities.find(({ inbox }) => inbox.toLowerCase() === address.toLowerCase());
  }

  identitiesOf(account: Account): readonly Identity[] {
    return this.#identities.filter((identity) => identity.account === account);
  }

  isTaken(address: string): boolean {
    return this.#identities.some(({ inbox }) => inbox === address);
  }

  /** Makes a new key; it is told this once. */
  mintKey(account: Account, identity: Identity | undefined, label: string): Key {
    const value = `${identity === undefined ? 'ravi_mgmt_' : 'ravi_id_'}${randomBytes(24).toString('base64url')}`;
    const key: Key = { value, account, identity, label };
    this.#keys.set(value, key);
    return key;
  }

  /** The dashboard can do what the API can't. */
  deleteKey(value: string): void {
    if (!this.#keys.delete(value)) throw new Error('There is no such key');
  }

  key(value: string): Key | undefined {
    return this.#keys.get(value);
  }

  keys(): readonly Key[] {
    return [...this.#keys.values()];
  }
}

function pick(words: readonly string[]): string {
  return words[randomInt(words.length)] ?? 'Robin';
}
