import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDir } from '../git/fixture.ts';
import { loginPath } from './login-path.ts';

/** A login shell that greets, sets its own PATH, and runs what it is told. */
async function shell(body: string) {
  const home = await temporaryDir();
  const path = join(home, 'shell');
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o755);
  return { home, env: { SHELL: path, PATH: '/app/bin:/usr/bin:/bin' } };
}

describe('where the person’s shell looks for programs', () => {
  it('is what a login shell says, whatever else it prints', async () => {
    const told = await shell(
      'test "$1$2$3" = -l-i-c || exit 1; echo Welcome; PATH="$HOME/bin:.:/usr/bin:/bin"; export PATH; eval "$4"',
    );
    expect(await loginPath({ ...told, env: { ...told.env, HOME: '/home/dana' } })).toEqual([
      '/home/dana/bin',
      '/usr/bin',
      '/bin',
    ]);
  });

  it('is the app’s own where no shell tells', async () => {
    expect(await loginPath(await shell('exit 1'))).toEqual(['/app/bin', '/usr/bin', '/bin']);
    expect(await loginPath({ home: '/', env: { PATH: '/usr/bin' } })).toEqual(['/usr/bin']);
  });
});
