import { rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { delay } from '../base/backoff.ts';
import { GitError, type GitOptions, git, runGit } from './run.ts';

/** One key and one of its values, in the order of the file. */
export type ConfigEntry = readonly [key: string, value: string];

const lockTries = 8;

/** A config file of git's, read and written by git itself, so that its locks and its quoting hold. */
export class ConfigFile {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Every entry; none when there is no file. Keys as git writes them: section and name in lower case. @throws GitError when it is broken. */
  async entries(): Promise<readonly ConfigEntry[]> {
    if ((await this.#size()) === null) return [];
    const text = await git(['config', '--file', this.path, '--list', '-z'], this.#options());
    return text
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry): ConfigEntry => {
        const cut = entry.indexOf('\n');
        // A key without `=` is git's short way to say true.
        return cut < 0 ? [entry, 'true'] : [entry.slice(0, cut), entry.slice(cut + 1)];
      });
  }

  /** Whether the last value of a boolean is true. @throws GitError when it is no boolean. */
  async isTrue(key: string): Promise<boolean> {
    if ((await this.#size()) === null) return false;
    const { code, stdout, stderr } = await runGit(['config', '--file', this.path, '--type=bool', '--get', key], this.#options());
    if (code > 1) throw new GitError('failed', `git config failed: ${stderr.trim().slice(0, 300)}`, code);
    return stdout.trim() === 'true';
  }

  /** Replaces all values by one. */
  async set(key: string, value: string): Promise<void> {
    await this.#write(['--replace-all', key, value]);
  }

  /** Adds a value after those that are there. */
  async add(key: string, value: string): Promise<void> {
    await this.#write(['--add', key, value]);
  }

  /** Takes out every value of a key; nothing happens when there is none. */
  async unset(key: string): Promise<void> {
    await this.#write(['--unset-all', key], 5);
  }

  /** Takes these values of a key out, each once and the last ones first; other values stay as they are and where they are. */
  async take(key: string, values: readonly string[]): Promise<void> {
    const now = (await this.entries()).filter(([name]) => sameKey(name, key)).map(([, value]) => value);
    const rest = [...now];
    const taken: string[] = [];
    for (const value of values.toReversed()) {
      const at = rest.lastIndexOf(value);
      if (at >= 0) taken.push(...rest.splice(at, 1));
    }
    if (taken.length === 0) return;
    if (rest.length === 0) return await this.unset(key);
    if (taken.every((value) => !rest.includes(value))) {
      for (const value of new Set(taken)) await this.#write(['--fixed-value', '--unset-all', key, value], 5);
      return;
    }
    // The same value is somebody else's too. git can't take out one of two, so the key is written anew.
    await this.unset(key);
    for (const value of rest) await this.add(key, value);
  }

  /** Deletes the file when nothing is left in it. */
  async removeIfEmpty(): Promise<void> {
    if ((await this.#size()) === 0) await rm(this.path, { force: true });
  }

  async #write(args: readonly string[], fine = 0): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const { code, stderr } = await runGit(['config', '--file', this.path, ...args], this.#options());
      if (code === 0 || code === fine) return;
      // Another git (Jean's own, a worktree being added) holds the lock for a moment.
      if (!/could not lock config file/.test(stderr) || attempt >= lockTries) {
        throw new GitError('failed', `git config could not write ${this.path}: ${stderr.trim().slice(0, 300)}`, code);
      }
      await delay(25 * attempt);
    }
  }

  async #size(): Promise<number | null> {
    const found = await stat(this.path).catch(() => null);
    return found?.size ?? null;
  }

  #options(): GitOptions {
    return { cwd: dirname(this.path) };
  }
}

/** Whether two names are the same key: section and name in any case, the part between them exactly. */
function sameKey(a: string, b: string): boolean {
  return normalKey(a) === normalKey(b);
}

/** A key as git lists it. */
export function normalKey(key: string): string {
  const first = key.indexOf('.');
  const last = key.lastIndexOf('.');
  return key.slice(0, first).toLowerCase() + key.slice(first, last) + key.slice(last).toLowerCase();
}
