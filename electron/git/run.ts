import { type ChildProcess, spawn } from 'node:child_process';

/** How git is run. */
export interface GitOptions {
  readonly cwd: string;
  /** ms; 15 s when left out. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  /** Written to git's standard input. */
  readonly input?: string;
  /** Added to the environment that git gets. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What git came to. */
export interface GitResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** git could not be run, took too long, or ended with a status that was not expected. */
export class GitError extends Error {
  override readonly name = 'GitError';

  constructor(
    readonly kind: 'not-found' | 'timeout' | 'failed',
    message: string,
    /** git's exit status; -1 when it did not end by itself. */
    readonly code: number,
  ) {
    super(message);
  }
}

/**
 * All that git gets of our environment. A list of what is let through, because the dangerous ones (GH_TOKEN, GIT_DIR, GIT_CONFIG_*,
 * GIT_ASKPASS, SSH_AUTH_SOCK, GIT_TRACE…) grow with every release of some tool.
 */
const passed = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'XDG_CONFIG_HOME',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'ComSpec',
  'PATHEXT',
  'USERPROFILE',
  'HOMEDRIVE',
  'HOMEPATH',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'ProgramFiles',
];

const maxOutput = 4 * 1024 * 1024;

/** The environment of our own git runs: it asks nobody, speaks English, and knows no credential. */
export function gitEnvironment(env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const kept = passed.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
}

/** Runs git without a shell and waits for its end, whatever status that has. @throws GitError `not-found`, `timeout`; the signal's reason. */
export async function runGit(args: readonly string[], options: GitOptions): Promise<GitResult> {
  const { signal, timeoutMs = 15_000 } = options;
  signal?.throwIfAborted();
  return await new Promise<GitResult>((resolve, reject) => {
    const child = spawn('git', args, {
      cwd: options.cwd,
      env: { ...gitEnvironment(), ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
      // A group of its own, so that what git itself started ends with it.
      detached: process.platform !== 'win32',
    });
    let stopped: 'timeout' | 'aborted' | 'too much output' | null = null;
    const stop = (why: NonNullable<typeof stopped>): void => {
      stopped ??= why;
      killGroup(child);
    };
    const timer = setTimeout(() => stop('timeout'), timeoutMs);
    const onAbort = (): void => stop('aborted');
    signal?.addEventListener('abort', onAbort, { once: true });
    const collect = (stream: NodeJS.ReadableStream): (() => string) => {
      const chunks: Buffer[] = [];
      let size = 0;
      stream.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxOutput) stop('too much output');
        else chunks.push(chunk);
      });
      return () => Buffer.concat(chunks).toString('utf8');
    };
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    // git may end before it has read everything; its status tells, not the broken pipe.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      then();
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      settle(() => reject(new GitError('not-found', `git could not be run in ${options.cwd} (${error.code ?? 'unknown'}).`, -1)));
    });
    child.once('close', (code) => {
      settle(() => {
        if (stopped === 'aborted') reject(signal?.reason);
        else if (stopped !== null) reject(new GitError('timeout', `git ${args[0] ?? ''} was ended: ${stopped}.`, -1));
        else resolve({ code: code ?? -1, stdout: stdout(), stderr: stderr() });
      });
    });
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || process.platform === 'win32') {
    child.kill('SIGKILL');
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The group has ended in the meantime.
    child.kill('SIGKILL');
  }
}

/** As {@link runGit}, and gives standard output without its last line break. @throws GitError `failed` when the status is not 0. */
export async function git(args: readonly string[], options: GitOptions): Promise<string> {
  const { code, stdout, stderr } = await runGit(args, options);
  if (code !== 0) throw new GitError('failed', `git ${args[0] ?? ''} failed: ${lastLine(stderr) || `status ${code}`}`, code);
  return stdout.replace(/\n$/, '');
}

/** The last line of what git complained about; URLs lose user and password. */
function lastLine(stderr: string): string {
  const line = stderr.trim().split('\n').at(-1) ?? '';
  return line.replace(/\/\/[^/\s@]+@/g, '//').slice(0, 300);
}
