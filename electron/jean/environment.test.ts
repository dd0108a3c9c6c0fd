import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { tellingEnvironment } from './environment.ts';

/** A process that listens as Jean does, started with this environment. */
async function listening(env: Record<string, string>) {
  const script = "const s = require('net').createServer().listen(0, '127.0.0.1', () => console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', script], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const port = await new Promise<string>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(String(data).trim())));
  return { url: `http://127.0.0.1:${port}`, end: () => child.kill() };
}

describe.runIf(process.platform === 'linux')('Jean’s environment', () => {
  it('is read for the names that lead past us, and for no value', async () => {
    const jean = await listening({
      GH_TOKEN: 'sesame',
      GIT_ASKPASS: '/ask',
      GIT_SSH_COMMAND: 'ssh -i key',
      EDITOR: 'GITHUB_TOKEN=no',
      PATH: '/bin',
    });
    expect(await tellingEnvironment(jean.url)).toEqual(['GH_TOKEN', 'GIT_ASKPASS', 'GIT_SSH_COMMAND']);
    jean.end();
  });

  it('has nothing to tell of another machine, nor where nobody listens', async () => {
    const jean = await listening({ GH_TOKEN: 'sesame' });
    expect(await tellingEnvironment(jean.url.replace('127.0.0.1', 'jean.example.com'))).toEqual([]);
    jean.end();
    expect(await tellingEnvironment(null)).toEqual([]);
    expect(await tellingEnvironment('http://127.0.0.1:1')).toEqual([]);
  });
});
