import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, rmdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** `sun_path` holds 104 bytes on macOS and 108 on Linux, one of them for the end: what fits everywhere. */
const maxPathBytes = 103;

/** The folder in the person's home for sockets whose own folder has too long a path. */
const inHome = '.jean-ravi';

/** Where else a socket may be put. */
export interface SocketSurroundings {
  readonly home: string;
  /** For temporary files: the last resort, whose folders a restart of the computer may take away. */
  readonly temporary: string;
}

/**
 * The folder for sockets that belong into `folder`: that one, unless a path in it with a name of `nameBytes` would be too long for a
 * socket. Then a short one in the person's home, or else among temporary files; the same one each time, and ours alone as that one.
 */
export function socketFolder(
  folder: string,
  nameBytes: number,
  { home, temporary }: SocketSurroundings = { home: homedir(), temporary: tmpdir() },
): string {
  const short = createHash('sha256').update(folder).digest('hex').slice(0, 8);
  const places = [folder, join(home, inHome, short), join(temporary, `jean-ravi-${short}`)];
  return places.find((place) => Buffer.byteLength(place) + 1 + nameBytes <= maxPathBytes) ?? folder;
}

/** Takes away a folder for sockets that is not below `folder`, once no socket is in it: nobody would look for it after us. Never throws. */
export async function leaveSocketFolder(folder: string, nameBytes: number, surroundings?: SocketSurroundings): Promise<void> {
  const place = socketFolder(folder, nameBytes, surroundings);
  if (place === folder) return;
  // One that is not empty, or not there, stays as it is.
  await rmdir(place).catch(() => undefined);
  if (basename(dirname(place)) === inHome) await rmdir(dirname(place)).catch(() => undefined);
}

/**
 * Makes the folder of a socket, for us alone (0700).
 * @throws Error when the path is too long for a socket, or the folder belongs to somebody else or is a link.
 */
export async function claimSocketPlace(path: string): Promise<void> {
  const bytes = Buffer.byteLength(path);
  if (bytes > maxPathBytes) {
    throw new Error(`The socket’s path is ${bytes} bytes long, but the system takes ${maxPathBytes}: ${path}`);
  }
  await claimFolder(dirname(path));
}

/** Makes a folder for us alone. @throws Error when it belongs to somebody else or is a link. */
export async function claimFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const found = await lstat(folder);
  // Windows knows no such owner; there the folder is in the person's profile, which others can't enter.
  if (!found.isDirectory() || found.uid !== (process.getuid?.() ?? found.uid))
    throw new Error(`${folder} is not a folder of ours.`);
  if ((found.mode & 0o777) !== 0o700) await chmod(folder, 0o700);
}
