// npm run demo: the sandbox and the real app against it; with --once it plays a whole life by itself, on a desktop of its own.
import process from 'node:process';
import { buildApp, typescript } from './app.mjs';
import { bootstrap } from './bootstrap.mjs';
import { main, run, say } from './run.mjs';
import { hasDisplay, withDesktop } from './with-desktop.mjs';

await main(async () => {
  const args = process.argv.slice(2);
  const ownDesktop = process.platform === 'linux' && (args.includes('--once') || !hasDisplay());
  const env = await bootstrap({ desktop: ownDesktop });
  await buildApp(env);
  const [command, commandArgs] = typescript('e2e/demo/demo.ts', ...args);
  if (!ownDesktop) return run(command, commandArgs, { env });
  say('Running on a desktop of its own that cannot be seen; JEAN_RAVI_HEADED=1 shows its windows where there is a display.');
  return withDesktop(command, commandArgs, { env });
});
