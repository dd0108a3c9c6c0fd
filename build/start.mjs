// npm start: prepares what is missing, builds, opens the app.
import process from 'node:process';
import { buildApp } from './app.mjs';
import { bootstrap } from './bootstrap.mjs';
import { sandboxFlags } from './electron-runtime.mjs';
import { bin, main, run, say, Trouble } from './run.mjs';
import { hasDisplay } from './with-desktop.mjs';

await main(async () => {
  if (!hasDisplay()) {
    throw new Trouble(
      'There is no display here to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is set).\nTo see the app work without one: npm run demo -- --once',
    );
  }
  const env = await bootstrap();
  await buildApp(env);
  const { flags, why } = sandboxFlags();
  if (why !== '') say(`Note: ${why}.`);
  return run(...bin('electron/cli.js', ...flags, '.', ...process.argv.slice(2)), { env });
});
