import { randomBytes } from 'node:crypto';

const prefix = 'Jean Ravi Companion · ';
const computerIn = / · computer ([0-9a-f]{8})$/;

/**
 * What the notes of our vault entries say, and whose an entry is by its note. A vault may be one for several computers: what the companion of
 * another one keeps there is as foreign as the person's own.
 */
export class VaultMark {
  readonly #computer: string;

  /** `computer`: eight hexadecimal digits that no other computer has. */
  constructor(computer: string) {
    this.#computer = computer;
  }

  /** The note of a worktree's entry. */
  note(repository: string, worktreeId: string): string {
    return `${prefix}${repository} · worktree ${worktreeId} · computer ${this.#computer}`;
  }

  /** The note of the entry with a Jean's own token. */
  noteOfJean(name: string): string {
    return `${prefix}the web access token of ${name.replaceAll(' · ', ' ')} · computer ${this.#computer}`;
  }

  /** Whether an entry with this note is ours, and a worktree's. */
  isOfWorktree(note: string): boolean {
    return this.isOurs(note) && / · worktree \S/.test(note);
  }

  /** Whether an entry with this note is ours. One that names no computer is by a version of ours that named none. */
  isOurs(note: string): boolean {
    return note.startsWith(prefix) && (computerIn.exec(note)?.[1] ?? this.#computer) === this.#computer;
  }
}

/** What an entry of ours was made for, in the words of its note. */
export const madeFor = (note: string): string => note.slice(prefix.length).replace(computerIn, '');

/** This computer's mark; made up once, and kept. */
export function vaultMarkOf(settings: {
  get(): { readonly computer: string | null };
  update(change: { readonly computer: string }): unknown;
}): VaultMark {
  const computer = settings.get().computer ?? randomBytes(4).toString('hex');
  if (settings.get().computer === null) settings.update({ computer });
  return new VaultMark(computer);
}
