import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type SocketSurroundings, socketFolder } from '../base/socket-place.ts';
import type { DoorPaths } from './broker.ts';

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
