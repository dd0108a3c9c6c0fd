// The app's own build, the same for start, tests and demo.
import { bin, run, say, Trouble } from './run.mjs';

/** Compiles main, preload and page into out/ (always: it takes about two seconds). Throws Trouble when that fails. */
export async function buildApp(env) {
  say('Building the app.');
  const status = await run(...bin('electron-vite/bin/electron-vite.js', 'build', '--logLevel', 'warn'), { env });
  if (status !== 0) throw new Trouble(`The app could not be built (exit status ${status}); what was printed is above.`);
}

/** Command line that runs a TypeScript program of this repository. */
export function typescript(file, ...args) {
  return bin('tsx/dist/cli.mjs', file, ...args);
}
