import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How a command ended. */
export interface ShellResult {
  readonly command: string;
  /** Exit status; null when it was stopped by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs commands as Jean's sessions do, but with an environment of its own: a private HOME with the developer's name and no
 * credential at all, so that git there can use nothing but what the worktree's own config gives.
 */
export class Shell {
  readonly home: string;

  constructor(home: string) {
    this.home = home;
    mkdirSync(home, { recursive: true });
    writeFileSync(
      join(home, '.gitconfig'),
      '[user]\n\tname = Dana Developer\n\temail = dana@acme.test\n[init]\n\tdefaultBranch = main\n[gc]\n\tauto = 0\n',
    );
  }

  /** Runs `command` with `sh -c` in `cwd`. Never throws for a command that fails. */
  run(
    command: string,
    cwd: string,
    extra: { env?: Readonly<Record<string, string>>; signal?: AbortSignal } = {},
  ): Promise<ShellResult> {
    return this.#spawn('sh', ['-c', command], command, cwd, extra);
  }

  /** Runs git. @throws when it fails, with what git said. */
  async git(cwd: string, ...args: readonly string[]): Promise<string> {
    const result = await this.#spawn('git', args, `git ${args.join(' ')}`, cwd, {});
    if (result.code !== 0) throw new Error(result.stderr.trim() || `${result.command} failed (${result.code})`);
    return result.stdout.trim();
  }

  #spawn(
    file: string,
    args: readonly string[],
    command: string,
    cwd: string,
    extra: { env?: Readonly<Record<string, string>>; signal?: AbortSignal },
  ): Promise<ShellResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(file, [...args], {
        cwd,
        // A session of its own: git finds no terminal to ask on, and stopping takes the whole group.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          PATH: process.env.PATH ?? '/usr/bin:/bin',
          HOME: this.home,
          LANG: 'C.UTF-8',
          GIT_CONFIG_NOSYSTEM: '1',
          ...extra.env,
        },
      });
      const stop = () => {
        if (child.pid === undefined) return;
        try {
          process.kill(-child.pid, 'SIGTERM');
        } catch {
          // It ended by itself between the abort and now.
        }
      };
      if (extra.signal?.aborted) stop();
      extra.signal?.addEventListener('abort', stop, { once: true });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString('utf8');
      });
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString('utf8');
      });
      child.on('error', reject);
      child.on('close', (code) => {
        extra.signal?.removeEventListener('abort', stop);
        resolve({ command, code, stdout, stderr });
      });
    });
  }
}
