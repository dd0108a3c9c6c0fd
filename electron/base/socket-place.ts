import { chmod, lstat, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/** `sun_path` holds 108 bytes on Linux and 104 on macOS, one of them for the end. */
const maxPathBytes = process.platform === 'darwin' ? 103 : 107;

/**
 * Makes the folder of a socket, for us alone (0700).
 * @throws Error when the path is too long for a socket, or the folder belongs to somebody else or is a link.
 */
export async function claimSocketPlace(path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > maxPathBytes) {
    throw new Error(`The socket’s path is ${bytes} bytes long, but the system takes ${maxPathBytes}: ${path}`);
  }
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) throw new Error(`${folder} is not a folder of ours.`);
  if ((found.mode & 0o777) !== 0o700) await chmod(folder, 0o700);
}
