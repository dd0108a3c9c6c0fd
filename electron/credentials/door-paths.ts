import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { leaveSocketFolder, type SocketSurroundings, socketFolder } from '../base/socket-place.ts';
import type { DoorPaths } from './broker.ts';

const nameBytes = `${'0'.repeat(16)}.sock`.length;

/** When all sockets for git are closed: nothing of them stays outside of the app's data. */
export const leaveDoors = (folder: string): Promise<void> => leaveSocketFolder(join(folder, 'git'), nameBytes);

/** Short and stable: the socket's path stands in the worktree's git config, and survives restarts. On Windows it is a file that names a pipe. */
export function doorPaths(
  folder: string,
  worktreeId: string,
  platform: NodeJS.Platform = process.platform,
  surroundings?: SocketSurroundings,
): DoorPaths {
  const name = createHash('sha256').update(worktreeId).digest('hex').slice(0, 16);
  const own = join(folder, 'git');
  const reason = join(own, `${name}.txt`);
  if (platform === 'win32') return { socket: join(own, `${name}.door`), reason };
  const file = `${name}.sock`;
  return { socket: join(socketFolder(own, file.length, surroundings), file), reason };
}
