// npm test: lint, types, unused code, unit tests, the build, end-to-end tests and the demo, all of them even when one fails.
// With "unit", "e2e" or "crash" as first argument only those; what follows goes to their runner.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { buildApp, typescript } from './app.mjs';
import { bootstrap } from './bootstrap.mjs';
import { closingLine, endToEndCounts, unitCounts } from './counts.mjs';
import { bin, main, root, run, say, Trouble } from './run.mjs';
import { withDesktop } from './with-desktop.mjs';

const reports = join(root, 'out', 'test');

await main(async () => {
  const [only, ...args] = process.argv.slice(2);
  const env = await bootstrap(only === 'unit' ? { electron: false } : { desktop: true });
  // Runners that see CI colour their lines even in a file.
  const colors = process.stdout.isTTY ? [] : ['--colors=off'];
  const plainEnv = process.stdout.isTTY ? env : { ...env, NO_COLOR: '1' };
  const steps = {
    lint: () => check(bin('@biomejs/biome/bin/biome', 'ci', '--error-on-warnings', ...colors), env),
    types: () => check(bin('typescript/bin/tsc', '-p', '.'), env),
    unused: () => check(bin('knip/bin/knip.js', '--no-progress'), plainEnv),
    unit: () => counted('unit.json', unitCounts, () => run(...bin('vitest/vitest.mjs', 'run', ...args), { env: plainEnv })),
    build: () => buildApp(env).then(() => ({ passed: 1, failed: 0 })),
    e2e: () =>
      counted('e2e.json', endToEndCounts, () => withDesktop(...bin('@playwright/test/cli.js', 'test', ...args), { env })),
    // The app killed at every boundary, at 200 random moments, and with each request failing: `JEAN_RAVI_CRASH_SEEDS` changes the 200.
    crash: () => {
      const all = { JEAN_RAVI_CRASH_SEEDS: '200', JEAN_RAVI_CRASH_FULL: '1', ...env };
      const command = bin('@playwright/test/cli.js', 'test', 'e2e/crash', ...args);
      return counted('e2e.json', endToEndCounts, () => withDesktop(...command, { env: all }));
    },
    // The main job from end to end, as README promises it.
    demo: async () => {
      const status = await withDesktop(...typescript('e2e/demo/demo.ts', '--once'), { env });
      return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
    },
  };
  return all(only === undefined ? Object.keys(steps).filter((name) => name !== 'crash') : chosen(only), steps);
});

function chosen(only) {
  if (only === 'unit') return ['unit'];
  if (only === 'e2e') return ['build', 'e2e'];
  if (only === 'crash') return ['build', 'crash'];
  throw new Trouble(`“${only}” is not a part of the tests: unit, e2e, crash, or nothing for all.`);
}

async function all(names, steps) {
  const results = [];
  let interrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => (interrupted = true));
  for (const name of names) {
    if (interrupted) break;
    const isUnbuilt =
      (name === 'e2e' || name === 'crash' || name === 'demo') &&
      results.some((result) => result.name === 'build' && result.failed > 0);
    if (!isUnbuilt) say(`\n── ${name}`);
    const start = Date.now();
    const counts = isUnbuilt ? { passed: 0, failed: 1, note: 'not run: the app could not be built' } : await attempt(steps[name]);
    results.push({ name, ms: Date.now() - start, ...counts });
  }
  say('\n── summary');
  for (const { name, ms, passed, failed, note } of results) {
    say(
      `${name.padEnd(8)}${`${passed} passed, ${failed} failed`.padEnd(26)}${(ms / 1000).toFixed(1).padStart(7)} s${note ? `  ${note}` : ''}`,
    );
  }
  if (interrupted) say('Interrupted: the rest was not run.');
  say(closingLine(results));
  return interrupted || results.some(({ failed }) => failed > 0) ? 1 : 0;
}

async function attempt(step) {
  try {
    return await step();
  } catch (error) {
    say(error instanceof Trouble ? error.message : error.stack);
    return { passed: 0, failed: 1 };
  }
}

async function check([command, args], env) {
  const status = await run(command, args, { env });
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

async function counted(file, count, runTests) {
  const report = join(reports, file);
  mkdirSync(reports, { recursive: true });
  rmSync(report, { force: true });
  const status = await runTests();
  try {
    return count(JSON.parse(readFileSync(report, 'utf8')), status);
  } catch (error) {
    return { passed: 0, failed: 1, note: `the runner left no report (exit status ${status}): ${error.message}` };
  }
}
