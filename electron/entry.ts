/**
 * The first code of the process. Started as the command line, it prints and exits before Electron is ready: no window, no display, no
 * lock (measured: 0.2 s, half of it Electron's own). The shipped app can't be run as Node, and nobody needs a Node of their own, so
 * this is the one way.
 */
const flag = '--command-line=';
const before = process.argv.slice(0, process.argv.includes('--') ? process.argv.indexOf('--') : undefined);
const socket = before.find((one) => one.startsWith(flag))?.slice(flag.length);

if (socket === undefined) await import('./main.ts');
else {
  const { runProgram } = await import('./command-line/program/program.ts');
  // `| head` closes the pipe while we write.
  process.stdout.on('error', () => process.exit(1));
  const status = await runProgram({
    argv: process.argv.slice(before.length + 1),
    env: process.env,
    cwd: process.cwd(),
    socket,
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    now: () => Date.now(),
  }).catch((error: unknown) => {
    process.stderr.write(`jean-ravi: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  });
  process.exit(status);
}

export {};
