import { rm } from 'node:fs/promises';
import { plainLine } from '../base/plain-line.ts';
import { writeWhole } from './whole-file.ts';

/** Writes why git gets no credential, one sentence, for the worktree's last helper to print. Never a secret. */
export async function writeReason(path: string, sentence: string): Promise<void> {
  await writeWhole(path, `${plainLine(sentence, 2_000)}\n`, 0o600);
}

/** Forgets the reason: git's last helper then says that the app is not running. */
export async function clearReason(path: string): Promise<void> {
  await rm(path, { force: true });
}
