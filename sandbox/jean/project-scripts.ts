import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Project, Worktree } from './model.ts';
import type { Shell } from './shell.ts';

/** What a project's own script said. */
export interface ScriptOutput {
  readonly ok: boolean;
  readonly text: string;
}

/** The script of that name in a folder's `jean.json`; undefined when there is none. */
export function scriptIn(folder: string, name: 'setup' | 'teardown'): string | undefined {
  const file = join(folder, 'jean.json');
  if (!existsSync(file)) return undefined;
  const scripts = field(JSON.parse(readFileSync(file, 'utf8')), 'scripts');
  const script = field(scripts, name);
  return typeof script === 'string' && script !== '' ? script : undefined;
}

/** Runs a project's script in a worktree with the variables of contract jean §7. */
export async function runScript(shell: Shell, script: string, project: Project, worktree: Worktree): Promise<ScriptOutput> {
  const result = await shell.run(script, worktree.path, {
    env: { JEAN_WORKSPACE_PATH: worktree.path, JEAN_ROOT_PATH: project.path, JEAN_BRANCH: worktree.branch },
  });
  return { ok: result.code === 0, text: `${result.stdout}${result.stderr}` };
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
