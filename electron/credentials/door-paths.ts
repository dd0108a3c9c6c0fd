import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DoorPaths } from './broker.ts';

/** Short and stable: the socket's path stands in the worktree's git config, and survives restarts. */
export function doorPaths(folder: string, worktreeId: string): DoorPaths {
  const name = createHash('sha256').update(worktreeId).digest('hex').slice(0, 16);
  return { socket: join(folder, 'git', `${name}.sock`), reason: join(folder, 'git', `${name}.txt`) };
}
