import type { StateChange } from '../shared/model.ts';
import type { JeanWindow } from './acting.ts';
import type { Boundary } from './credentials/boundary.ts';
import type { PersonsDesk } from './notices.ts';
import type { Db } from './storage/database.ts';
import type { SecretBox } from './storage/secret-box.ts';
import type { SettingsFile } from './storage/settings.ts';

/** What one world of services is built on: the person's own, or the sandbox's. */
export interface WorldOptions {
  /** Sockets for git lie below it, unless its path is too long for sockets. */
  readonly folder: string;
  readonly db: Db;
  readonly settings: SettingsFile;
  readonly box: SecretBox;
  /** Jean's usual data folders. */
  readonly jeanFolders: readonly string[];
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly desk: PersonsDesk;
  readonly jeanWindow: JeanWindow;
  /** Whether this is the person's own world, and not the sandbox's: only then the keys of their Ravi CLI may be taken. */
  readonly ownHome: boolean;
  readonly log: (message: string) => void;
  readonly fetch: typeof fetch;
  readonly now: () => number;
  /** What git asks with on a system where it has no credential-cache (`git-program.ts`). */
  readonly gitProgram?: string | null | undefined;
  /** Told as each step of a credential passes; a test may end the app there. */
  readonly boundary?: ((name: Boundary) => void) | undefined;
}
