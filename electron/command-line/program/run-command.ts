import { spawn } from 'node:child_process';

/**
 * Runs a command with more environment, on our own terminal, and resolves with its exit status: on Windows, where no shell could take the
 * environment over and become the command. 127 when it can't be started, after saying so.
 */
export function runCommand(
  [file = '', ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  err: (text: string) => void,
): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, stdio: 'inherit' });
    child.once('error', (error: NodeJS.ErrnoException) => {
      const absent = `There is no program ${file}. A batch file, such as npm, is started by: cmd /c ${file} …`;
      err(`jean-ravi: ${error.code === 'ENOENT' ? absent : error.message}\n`);
      resolve(127);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}
