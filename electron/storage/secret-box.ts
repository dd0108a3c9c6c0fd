import { readFile, rename } from 'node:fs/promises';
import { z } from 'zod';
import { Secret } from '../base/secret.ts';
import { removeHalfWritten, writeFileAtomically } from './atomic-file.ts';

/** What encrypts for this user of this machine. Not `persistent`: values may be kept in memory only, never on the disk. */
export interface Cipher {
  readonly persistent: boolean;
  /** What the system calls it: `gnome_libsecret`, `keychain`, `basic_text`. */
  readonly backend: string;
  encrypt(text: string): Promise<Buffer>;
  /** @throws when the key of the system is not the one that it was encrypted with. */
  decrypt(bytes: Buffer): Promise<string>;
}

/** A stored secret is there and can't be read. It is kept: the key may come back (a keyring that is locked now). */
export class SecretUnreadableError extends Error {
  override readonly name = 'SecretUnreadableError';
  readonly entry: string;

  constructor(entry: string, why: string, options?: ErrorOptions) {
    super(`The stored secret "${entry}" can't be read: ${why}`, options);
    this.entry = entry;
  }
}

/** Secrets of the app on this machine, by name. Writes are one after the other, each on the disk when its promise resolves. */
export interface SecretBox {
  /** False: what is put is gone when the app quits, and the person should be told. */
  readonly persistent: boolean;
  readonly backend: string;
  /** Where a file that was no secret box was moved to; null when all was well. */
  readonly setAside: string | null;
  put(name: string, secret: Secret): Promise<void>;
  /** Null when there is none. @throws SecretUnreadableError when there is one that can't be decrypted. */
  get(name: string): Promise<Secret | null>;
  delete(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

const content = z.record(z.string(), z.base64());
const validName = /^[A-Za-z][A-Za-z0-9._:-]{0,199}$/;

/**
 * Opens the box: a file of name to base64 of the ciphertext, mode 0600.
 * @throws what the file system says, except for a file that is missing (empty box) or is no secret box (set aside).
 */
export async function openSecretBox(options: {
  readonly file: string;
  readonly cipher: Cipher;
  readonly now: () => number;
}): Promise<SecretBox> {
  await removeHalfWritten(options.file);
  const { stored, setAside } = await load(options.file, options.now);
  return new FileSecretBox(options.file, options.cipher, stored, setAside);
}

async function load(file: string, now: () => number): Promise<{ stored: Map<string, string>; setAside: string | null }> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { stored: new Map(), setAside: null };
    throw error;
  }
  const parsed = parse(text);
  if (parsed !== null) return { stored: parsed, setAside: null };
  const setAside = `${file}.broken-${now()}`;
  await rename(file, setAside);
  return { stored: new Map(), setAside };
}

function parse(text: string): Map<string, string> | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const checked = content.safeParse(value);
  return checked.success ? new Map(Object.entries(checked.data)) : null;
}

interface Change {
  readonly name: string;
  /** The ciphertext in base64, or null to delete. */
  readonly next: () => Promise<string | null>;
}

interface Batch {
  readonly changes: Change[];
  readonly written: Promise<readonly PromiseSettledResult<string | null>[]>;
}

class FileSecretBox implements SecretBox {
  readonly setAside: string | null;
  readonly #file: string;
  readonly #cipher: Cipher;
  readonly #memory = new Map<string, Secret>();
  #stored: ReadonlyMap<string, string>;
  #last: Promise<unknown> = Promise.resolve();
  /** What the next write will hold; null while nothing waits for one. */
  #batch: Batch | null = null;

  constructor(file: string, cipher: Cipher, stored: ReadonlyMap<string, string>, setAside: string | null) {
    this.#file = file;
    this.#cipher = cipher;
    this.#stored = stored;
    this.setAside = setAside;
  }

  get persistent(): boolean {
    return this.#cipher.persistent;
  }

  get backend(): string {
    return this.#cipher.backend;
  }

  put(name: string, secret: Secret): Promise<void> {
    if (!validName.test(name)) throw new TypeError(`Not a name for a secret: ${name}`);
    if (this.#cipher.persistent)
      return this.#change({ name, next: async () => (await this.#cipher.encrypt(secret.reveal())).toString('base64') });
    return this.#inTurn(async () => void this.#memory.set(name, secret));
  }

  get(name: string): Promise<Secret | null> {
    return this.#inTurn(async () => {
      const held = this.#memory.get(name);
      if (held !== undefined) return held;
      const encrypted = this.#stored.get(name);
      if (encrypted === undefined) return null;
      if (!this.#cipher.persistent) {
        throw new SecretUnreadableError(name, `the system's key store is not available now (${this.#cipher.backend}).`);
      }
      try {
        return Secret.of(await this.#cipher.decrypt(Buffer.from(encrypted, 'base64')));
      } catch (error) {
        throw new SecretUnreadableError(name, `the system's key store (${this.#cipher.backend}) does not decrypt it.`, {
          cause: error,
        });
      }
    });
  }

  delete(name: string): Promise<void> {
    return this.#change({
      name,
      next: async () => {
        this.#memory.delete(name);
        return null;
      },
    });
  }

  names(): Promise<readonly string[]> {
    return this.#inTurn(async () => [...new Set([...this.#stored.keys(), ...this.#memory.keys()])].sort());
  }

  /** Changes that come while the file is being written go into it together, with the next write. */
  async #change(change: Change): Promise<void> {
    this.#batch ??= this.#begin();
    const { changes, written } = this.#batch;
    const mine = changes.push(change) - 1;
    const result = (await written)[mine];
    if (result?.status === 'rejected') throw result.reason;
  }

  #begin(): Batch {
    const changes: Change[] = [];
    const written = this.#inTurn(async () => {
      this.#batch = null;
      const results = await Promise.allSettled(changes.map(({ next }) => next()));
      const stored = new Map(this.#stored);
      let changed = false;
      for (const [index, { name }] of changes.entries()) {
        const result = results[index];
        if (result?.status !== 'fulfilled') continue;
        if (result.value !== null) stored.set(name, result.value);
        changed = result.value === null ? stored.delete(name) || changed : true;
      }
      if (changed) await this.#write(stored);
      return results;
    });
    return { changes, written };
  }

  async #write(next: ReadonlyMap<string, string>): Promise<void> {
    await writeFileAtomically(this.#file, [`${JSON.stringify(Object.fromEntries(next), null, 2)}\n`], { mode: 0o600 });
    this.#stored = next;
  }

  /** Runs after all that was asked before, also when that failed. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work, work);
    this.#last = result;
    return result;
  }
}
