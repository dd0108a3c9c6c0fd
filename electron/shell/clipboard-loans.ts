import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { Secret } from '../base/secret.ts';

/** Where the hash of what is lent is kept, encrypted. */
interface Kept {
  put(name: string, secret: Secret): Promise<void>;
  get(name: string): Promise<Secret | null>;
  delete(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

export interface ClipboardLoansOptions {
  /** Older Electrons answer at once, newer ones by a promise. */
  readonly clipboard: { readText(): string | Promise<string>; clear(): void };
  /** Puts a text there, marked as a secret where the system knows such a mark. */
  readonly write: (text: string) => void | Promise<void>;
  /** Keeps what was lent for a start after a crash; null: nobody does (the sandbox leaves nothing). */
  readonly box: () => Kept | null;
  readonly report: (what: string, error: unknown) => void;
}

const boxName = 'clipboard:lent';
/** A secret that was copied is longer than this by mistake only. */
const longest = 10_000;

/**
 * Secrets on their way over the clipboard: what is lent is taken off again after a while, when the app quits, and at the next start when
 * it crashed; what somebody else has put there meanwhile stays. Of what is lent only a salted hash is held, and that is encrypted on the disk.
 */
export class ClipboardLoans {
  readonly #o: ClipboardLoansOptions;
  #mark: string | null = null;
  /** That of the time of lending: the sandbox has none. */
  #box: Kept | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: ClipboardLoansOptions) {
    this.#o = options;
  }

  /**
   * Gives a secret that the person has copied to `take`, and clears the clipboard once it was taken, unless something else is there by
   * then: so it never passes the page. @throws what `take` throws; the clipboard is left as it is then
   */
  async take<T>(take: (secret: Secret) => Promise<T>): Promise<T> {
    const { clipboard } = this.#o;
    const text = await clipboard.readText();
    if (text.length > longest) throw new Error('What was copied is too long for a token.');
    const taken = await take(Secret.of(text.trim()));
    if ((await clipboard.readText()) === text) clipboard.clear();
    return taken;
  }

  /** Puts a secret where the person can paste it, for `forMs`. */
  async lend(secret: Secret, forMs: number): Promise<void> {
    clearTimeout(this.#timer);
    this.#mark = markOf(secret.reveal(), randomBytes(16).toString('hex'));
    this.#box = this.#o.box();
    // On the disk before it is on the clipboard: a crash in between loses nothing.
    await this.#keep(this.#mark);
    await this.#o.write(secret.reveal());
    this.#timer = setTimeout(() => void this.end(), forMs).unref();
  }

  /** Takes off what is lent. Never rejects. */
  async end(): Promise<void> {
    clearTimeout(this.#timer);
    const mark = this.#mark;
    this.#mark = null;
    if (mark !== null) await this.#takeOff(mark);
  }

  /** Takes off what a run before this one has lent and, for it crashed, never took off. Never rejects. */
  async recover(): Promise<void> {
    try {
      const box = this.#o.box();
      this.#box = box;
      if (box === null || !(await box.names()).includes(boxName)) return;
      const mark = await box.get(boxName);
      if (mark !== null) await this.#takeOff(mark.reveal());
    } catch (error) {
      this.#o.report('The clipboard after a crash', error);
    }
  }

  async #takeOff(mark: string): Promise<void> {
    const { clipboard, report } = this.#o;
    try {
      if (isOf(mark, await clipboard.readText())) clipboard.clear();
    } catch (error) {
      report('Clearing the clipboard', error);
    }
    // Lent anew meanwhile: that one's is kept.
    if (this.#mark === null) await this.#keep(null);
  }

  async #keep(mark: string | null): Promise<void> {
    try {
      if (mark === null) await this.#box?.delete(boxName);
      else await this.#box?.put(boxName, Secret.of(mark));
    } catch (error) {
      this.#o.report('What is on the clipboard could not be written down', error);
    }
  }
}

const markOf = (text: string, salt: string): string => `${salt}:${createHash('sha256').update(`${salt}:${text}`).digest('hex')}`;

function isOf(mark: string, text: string): boolean {
  const [salt = ''] = mark.split(':');
  const [kept, found] = [Buffer.from(mark), Buffer.from(markOf(text, salt))];
  return kept.length === found.length && timingSafeEqual(kept, found);
}
