import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const preferences = z.object({ gh_cli_source: z.string().nullish() });

/**
 * Which `gh` Jean runs and tells its sessions of: its own copy, or the first on its PATH (contract jean §7, `gh_cli_source`). Null when
 * no folder has preferences that can be read.
 */
export async function ghSourceOf(folders: readonly string[]): Promise<'jean' | 'path' | null> {
  for (const folder of folders) {
    const text = await readFile(join(folder, 'preferences.json'), 'utf8').catch(() => null);
    if (text === null) continue;
    try {
      return preferences.parse(JSON.parse(text)).gh_cli_source === 'path' ? 'path' : 'jean';
    } catch {
      // It may be half written; the person asks again.
      return null;
    }
  }
  return null;
}
