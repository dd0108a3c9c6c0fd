import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Whether the person's `.netrc` has a password for a host. It matters because git's HTTP library sends that by itself, before git
 * asks any helper (measured with git 2.39: the person's own password goes out first, and the helper is never asked if it is taken).
 */
export async function netrcKnows(home: string, hostname: string): Promise<boolean> {
  for (const name of ['.netrc', '_netrc']) {
    const text = await readFile(join(home, name), 'utf8').catch(() => '');
    const words = text.replace(/^\s*#.*$/gm, '').split(/\s+/);
    if (words.some((word, at) => word === 'default' || (word === 'machine' && words[at + 1]?.toLowerCase() === hostname)))
      return true;
  }
  return false;
}
