import { delimiter, isAbsolute } from 'node:path';
import { runQuietly } from './run-quietly.ts';

const mark = 'jean-ravi-path:';

/**
 * The folders in which the person's login shell looks for programs, in order: what a terminal has, and what Jean takes (contract jean §7).
 * The app's own where no shell tells.
 */
export async function loginPath(o: { readonly env: NodeJS.ProcessEnv; readonly home: string }): Promise<readonly string[]> {
  const shell = o.env.SHELL;
  const told = shell && isAbsolute(shell) && process.platform !== 'win32' ? await pathOf(shell, o) : null;
  return (told ?? o.env.PATH ?? '').split(delimiter).filter(isAbsolute);
}

async function pathOf(
  shell: string,
  { env, home }: { readonly env: NodeJS.ProcessEnv; readonly home: string },
): Promise<string | null> {
  // sh prints it, because each shell has its own way to write a list.
  const command = `sh -c 'printf "\\n${mark}%s\\n" "$PATH"'`;
  const { stdout } = await runQuietly(shell, ['-l', '-i', '-c', command], { cwd: home, env, timeoutMs: 4_000 });
  const line = stdout.split('\n').findLast((one) => one.startsWith(mark));
  return line?.slice(mark.length) || null;
}
