import { spawn } from 'node:child_process';

export interface QuietOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** ms. */
  readonly timeoutMs: number;
}

/** What a program came to; `code` is null when it could not be started, or took too long. */
export interface QuietResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const mostBytes = 256 * 1024;

/** Runs a program without a terminal, in a group of its own, and ends the group when it takes too long. Never throws. */
export function runQuietly(file: string, args: readonly string[], o: QuietOptions): Promise<QuietResult> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: o.cwd,
      env: o.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: process.platform !== 'win32',
      windowsHide: true,
      shell: file.endsWith('.cmd'),
    });
    let stdout = '';
    let stderr = '';
    let late = false;
    const end = (): void => {
      late = true;
      child.stdout.destroy();
      child.stderr.destroy();
      if (child.pid === undefined || process.platform === 'win32') return void child.kill('SIGKILL');
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // The group has ended in the meantime.
      }
    };
    const timer = setTimeout(end, o.timeoutMs);
    const done = (code: number | null): void => {
      clearTimeout(timer);
      resolve({ code: late ? null : code, stdout, stderr });
    };
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString('utf8');
      if (stdout.length > mostBytes) end();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      if (stderr.length > mostBytes) end();
    });
    child.once('error', () => done(null));
    child.once('close', (code) => done(code));
  });
}
