import { chmod, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { claimFolder } from './base/socket-place.ts';
import { quietSwitches } from './command-line/wrapper.ts';
import { credentialProgram } from './git/credential-program.ts';
import { writeWhole } from './git/whole-file.ts';

/** Deletes the program that {@link placeGitProgram} put into place; no worktree may be set up to ask by it any more. */
export async function removeGitProgram(program: string | null): Promise<void> {
  if (program !== null) await rm(program, { force: true });
}

/**
 * Puts the program into place that git for Windows asks with, which has no credential-cache, and resolves with its path. Null on other
 * systems, whose git needs none.
 */
export async function placeGitProgram(o: {
  readonly platform: NodeJS.Platform;
  /** The app's data folder. */
  readonly folder: string;
  /** The app's own program. */
  readonly app: string;
  /** What starts the app from a folder; empty where it is packaged. */
  readonly appArguments: readonly string[];
}): Promise<string | null> {
  if (o.platform !== 'win32') return null;
  const folder = join(o.folder, 'git');
  await claimFolder(folder);
  const program = join(folder, 'git-credential-jean-ravi');
  await writeWhole(program, credentialProgram({ app: o.app, args: [...quietSwitches, ...o.appArguments] }), 0o700);
  await chmod(program, 0o700);
  return program;
}
