import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { playStory, seedStory } from './story.ts';
import { addressesOf, startSandbox } from './world.ts';

// `npm run sandbox`: the three servers for hand work, or as the child of a program that wants them.
const { values } = parseArgs({
  options: {
    story: { type: 'boolean', default: false },
    seed: { type: 'boolean', default: false },
    dir: { type: 'string' },
    pace: { type: 'string', default: '1' },
  },
});
// There when the app runs us as a utility process: "Explore with the sandbox".
const { parentPort } = process as { parentPort?: { postMessage(message: unknown): void } };
const sandbox = await startSandbox(values.dir === undefined ? {} : { dir: values.dir });
const addresses = addressesOf(sandbox);
const over = new AbortController();
for (const sign of ['SIGINT', 'SIGTERM', 'disconnect'] as const) process.once(sign, () => over.abort());

if (values.seed || values.story) await seedStory(sandbox);
const ready = { type: 'ready', addresses };
if (parentPort !== undefined) parentPort.postMessage(ready);
else if (process.send !== undefined) process.send(ready);
else console.log(guide());
if (values.story) await playStory(sandbox, over.signal, { pace: Number(values.pace) });
else if (!over.signal.aborted) await new Promise((resolve) => over.signal.addEventListener('abort', resolve, { once: true }));
await sandbox.stop();
// The program that wants us made the folder, and may be gone before we are.
if (parentPort !== undefined && values.dir !== undefined) rmSync(values.dir, { recursive: true, force: true });
process.exit(0);

function guide(): string {
  const { jeanUrl, raviUrl, githubUrl, dataHome, raviManagementKey, appId, appClientId, appSlug, appPemPath } = addresses;
  return `Jean    ${jeanUrl}   discovered with XDG_DATA_HOME=${dataHome}
Ravi    ${raviUrl}   management key ${raviManagementKey}
GitHub  ${githubUrl}   app ${appSlug}, id ${appId}, client id ${appClientId}, key in ${appPemPath}

Each is controlled by POST /__control/<name> with a JSON array of arguments:
  curl -d '[]' ${jeanUrl}/__control/worktrees
  curl -d '["<worktree id>", {"number":1,"url":"${githubUrl}/acme/shop/pull/1","state":"merged"}]' ${jeanUrl}/__control/prStatus
  curl -d '[60]' ${raviUrl}/__control/throttle
  curl -d '[]' ${githubUrl}/__control/liveTokens
  curl -d '[3600000]' ${githubUrl}/__control/clock.move

Ctrl-C stops them.`;
}
