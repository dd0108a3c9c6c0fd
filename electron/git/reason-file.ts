import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { plainLine } from '../base/plain-line.ts';

/** Writes why git gets no credential, one sentence, for the worktree's last helper to print. Never a secret. */
export async function writeReason(path: string, sentence: string): Promise<void> {
  const line = plainLine(sentence, 2_000);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const next = join(dirname(path), `.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(next, 'wx', 0o600);
    try {
      await file.writeFile(`${line}\n`);
    } finally {
      await file.close();
    }
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

/** Forgets the reason: git's last helper then says that the app is not running. */
export async function clearReason(path: string): Promise<void> {
  await rm(path, { force: true });
}
