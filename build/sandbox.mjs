// npm run sandbox: stand-ins for Jean, Ravi and GitHub on loopback, to work against by hand.
import process from 'node:process';
import { typescript } from './app.mjs';
import { bootstrap } from './bootstrap.mjs';
import { main, run } from './run.mjs';

await main(async () =>
  run(...typescript('sandbox/main.ts', ...process.argv.slice(2)), { env: await bootstrap({ electron: false }) }),
);
