import { randomInt, randomUUID } from 'node:crypto';
import type { SandboxClock } from '../clock.ts';
import { bodyFields, type HttpRequest, type Router } from '../http.ts';
import { callerOf, invalid, optionalText, refusal, scopeOf, targetOf, text, timestamp } from './access.ts';
import type { Accounts, Identity } from './accounts.ts';
import type { Lists } from './lists.ts';

interface Entry {
  readonly uuid: string;
  readonly identity: Identity;
  /** Epoch ms. */
  readonly createdAt: number;
  updatedAt: number;
  notes: string;
}

/** A secret: its key is stored in clear, its value is told to whoever may list it. */
export interface SecretEntry extends Entry {
  key: string;
  value: string;
}

/** A login somewhere. */
export interface PasswordEntry extends Entry {
  domain: string;
  username: string;
  password: string;
}

const categories = {
  uppercase: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  lowercase: 'abcdefghijklmnopqrstuvwxyz',
  digits: '0123456789',
  special: '!#$%&*+-=?@_',
};

/** The vault: secrets and passwords of identities (contract ravi §§3.3, 3.4). */
export class Vault {
  readonly secrets: SecretEntry[] = [];
  readonly passwords: PasswordEntry[] = [];

  constructor(
    private readonly accounts: Accounts,
    private readonly clock: SandboxClock,
    private readonly lists: Lists,
  ) {}

  addRoutes(router: Router): void {
    const { accounts, lists } = this;
    router
      .on('GET', '/api/secrets/', (request) => {
        const wanted = request.query.get('key');
        const found = this.#seen(this.secrets, request).filter(({ key }) => wanted === null || key === wanted);
        return lists.plain(request, found.map(secretView));
      })
      .on('POST', '/api/secrets/', (request) => {
        const identity = targetOf(accounts, request);
        const key = this.#freeKey(identity, text(request, 'key'));
        const entry: SecretEntry = { ...this.#entry(identity, request), key, value: text(request, 'value') };
        this.secrets.push(entry);
        return { status: 201, body: secretView(entry) };
      })
      .on('GET', '/api/secrets/:uuid/', (request) => ({ status: 200, body: secretView(this.#secret(request)) }))
      .on('PATCH', '/api/secrets/:uuid/', (request) => {
        const entry = this.#secret(request);
        const key = optionalText(request, 'key');
        if (key !== undefined && key.toUpperCase() !== entry.key) entry.key = this.#freeKey(entry.identity, key);
        entry.value = optionalText(request, 'value') ?? entry.value;
        this.#touch(entry, request);
        return { status: 200, body: secretView(entry) };
      })
      .on('DELETE', '/api/secrets/:uuid/', (request) => {
        this.secrets.splice(this.secrets.indexOf(this.#secret(request)), 1);
        return { status: 204 };
      })
      .on('GET', '/api/passwords/generate-password/', (request) => {
        callerOf(accounts, request);
        return { status: 200, body: { password: generate(request.query) } };
      })
      .on('GET', '/api/passwords/', (request) => lists.plain(request, this.#seen(this.passwords, request).map(passwordView)))
      .on('POST', '/api/passwords/', (request) => {
        const entry: PasswordEntry = {
          ...this.#entry(targetOf(accounts, request), request),
          domain: registrable(text(request, 'domain')),
          username: optionalText(request, 'username') ?? '',
          password: optionalText(request, 'password') ?? generate(new URLSearchParams()),
        };
        this.passwords.push(entry);
        return { status: 201, body: passwordView(entry) };
      })
      .on('GET', '/api/passwords/:uuid/', (request) => ({ status: 200, body: passwordView(this.#password(request)) }))
      .on('PATCH', '/api/passwords/:uuid/', (request) => {
        const entry = this.#password(request);
        const domain = optionalText(request, 'domain');
        if (domain !== undefined) entry.domain = registrable(domain);
        entry.username = optionalText(request, 'username') ?? entry.username;
        entry.password = optionalText(request, 'password') ?? entry.password;
        this.#touch(entry, request);
        return { status: 200, body: passwordView(entry) };
      })
      .on('DELETE', '/api/passwords/:uuid/', (request) => {
        this.passwords.splice(this.passwords.indexOf(this.#password(request)), 1);
        return { status: 204 };
      });
  }

  /** Keeps a secret that no request brought. */
  keep(identity: Identity, secret: { readonly key: string; readonly value: string; readonly notes: string }): void {
    const now = this.clock.now();
    this.secrets.push({ uuid: randomUUID(), identity, createdAt: now, updatedAt: now, ...secret });
  }

  /** What a request may see of a list. */
  #seen<T extends Entry>(entries: readonly T[], request: HttpRequest): readonly T[] {
    const scope = scopeOf(this.accounts, request);
    return entries.filter(({ identity }) => scope.includes(identity));
  }

  #secret(request: HttpRequest): SecretEntry {
    const found = this.#seen(this.secrets, request).find(({ uuid }) => uuid === request.params.uuid);
    if (found === undefined) throw refusal(404, 'No SecretEntry matches the given query.');
    return found;
  }

  #password(request: HttpRequest): PasswordEntry {
    const found = this.#seen(this.passwords, request).find(({ uuid }) => uuid === request.params.uuid);
    if (found === undefined) throw refusal(404, 'No PasswordEntry matches the given query.');
    return found;
  }

  /** The key as the server takes it: in capitals, well formed, and the identity's only one of that name. */
  #freeKey(identity: Identity, wanted: string): string {
    const key = wanted.toUpperCase();
    if (!/^[A-Z][A-Z0-9_]*$/.test(key)) throw invalid('key', 'Enter a valid value.');
    if (this.secrets.some((other) => other.identity === identity && other.key === key)) {
      throw invalid('key', 'Secret with this key already exists.');
    }
    return key;
  }

  #entry(identity: Identity, request: HttpRequest): Entry {
    const now = this.clock.now();
    return { uuid: randomUUID(), identity, notes: optionalText(request, 'notes') ?? '', createdAt: now, updatedAt: now };
  }

  #touch(entry: Entry, request: HttpRequest): void {
    const { notes } = bodyFields(request);
    if (typeof notes === 'string') entry.notes = notes;
    entry.updatedAt = this.clock.now();
  }
}

function secretView(entry: SecretEntry): Record<string, unknown> {
  const { key, value } = entry;
  return { ...entryView(entry), key, value };
}

function passwordView(entry: PasswordEntry): Record<string, unknown> {
  const { domain, username, password } = entry;
  return { ...entryView(entry), domain, username, password };
}

function entryView({ uuid, identity, notes, createdAt, updatedAt }: Entry): Record<string, unknown> {
  return { uuid, identity: identity.id, notes, created_dt: timestamp(createdAt), updated_dt: timestamp(updatedAt) };
}

/** A URL or subdomain cut down to its last two labels. */
function registrable(domain: string): string {
  const host = domain.replace(/^[a-z]+:\/\//i, '').split(/[/:?#]/)[0] ?? domain;
  return host.toLowerCase().split('.').slice(-2).join('.');
}

function generate(query: URLSearchParams): string {
  const excluded = query.get('exclude_chars') ?? '';
  const alphabet = Object.entries(categories)
    .filter(([category]) => query.get(category) !== 'false')
    .flatMap(([, characters]) => [...characters])
    .filter((character) => !excluded.includes(character));
  if (alphabet.length === 0) throw refusal(400, 'At least one kind of character is needed.');
  return Array.from({ length: Number(query.get('length') ?? 16) }, () => alphabet[randomInt(alphabet.length)]).join('');
}
