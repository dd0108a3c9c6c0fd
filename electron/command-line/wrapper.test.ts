import { spawn } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDir } from '../git/fixture.ts';
import { wrapperForWindows, wrapperScript } from './wrapper.ts';

/** A stand-in for the app's program, which shows its arguments or plays the part of exec. */
async function installed(app: string) {
  const dir = await temporaryDir();
  const program = join(dir, "the app's program");
  const file = join(dir, 'jean-ravi');
  await writeFile(program, `#!/bin/sh\n${app}\n`);
  await chmod(program, 0o755);
  await writeFile(file, wrapperScript({ app: program, args: ['/the app'], socket: '/data dir/app.sock' }));
  const start = (...args: string[]) => spawn('/bin/sh', [file, ...args], { cwd: dir, detached: true });
  const run = (...args: string[]) =>
    new Promise<{ code: number | null; signal: NodeJS.Signals | null; stdout: string; stderr: string }>((resolve) => {
      const child = start(...args);
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (data: Buffer) => {
        stdout += data.toString();
      });
      child.stderr.on('data', (data: Buffer) => {
        stderr += data.toString();
      });
      child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
  return { dir, program, run, start };
}

const execOnly = `case "$*" in *"-- exec "*) ;; *) exit 9 ;; esac
echo "export GH_TOKEN='it'\\\\''s secret'"
echo 'shift 3'`;

describe('the installed jean-ravi', () => {
  it('hands everything to the app behind `--`, where Chromium takes it for no switch', async () => {
    const { run } = await installed('for each in "$@"; do echo "[$each]"; done; exit 4');
    const { code, stdout } = await run('rotate', 'a b', '--json');
    expect(code).toBe(4);
    expect(stdout).toContain('[/the app]\n[--command-line=/data dir/app.sock]\n[--]\n[rotate]\n[a b]\n[--json]\n');
  });

  it('becomes the command of exec, with the app’s exports, its arguments, and its status', async () => {
    const { run } = await installed(execOnly);
    const { code, stdout } = await run('exec', 'pay', '--', 'sh', '-c', 'echo "$GH_TOKEN|$1|$$"; exit 7', 'sh', 'a  "b"');
    expect(code).toBe(7);
    expect(stdout).toMatch(/^it's secret\|a {2}"b"\|\d+\n$/);
  });

  it('is gone when the command runs: a signal meets the command alone', async () => {
    const { start } = await installed(execOnly);
    const child = start('exec', 'pay', '--', 'sh', '-c', 'echo $$; exec sleep 30');
    const pid = await new Promise<number>((resolve) => child.stdout.once('data', (data: Buffer) => resolve(Number(data))));
    expect(pid).toBe(child.pid);
    const ended = new Promise((resolve) => child.once('close', (_code, signal) => resolve(signal)));
    child.kill('SIGTERM');
    expect(await ended).toBe('SIGTERM');
  });

  it('runs nothing when the app refuses', async () => {
    const { run } = await installed('echo "jean-ravi: You revoked it." >&2; exit 5');
    expect(await run('exec', 'pay', '--', 'echo', 'ran')).toMatchObject({
      code: 5,
      stdout: '',
      stderr: 'jean-ravi: You revoked it.\n',
    });
  });

  it('says where the app was, when it is there no more', async () => {
    const { run, program } = await installed('true');
    await chmod(program, 0o644);
    expect(await run('status')).toMatchObject({ code: 3, stderr: expect.stringContaining(`is not at ${program} any more`) });
  });
});

describe('the installed jean-ravi.cmd', () => {
  it('hands everything to the app behind `--`, with paths that nothing in them can break', () => {
    const app = 'C:\\Ada & Co 100%\\Jean Ravi Companion.exe';
    const lines = wrapperForWindows({ app, args: ['C:\\src\\app'], socket: 'C:\\data\\app.door' }).split('\r\n');
    expect(lines.every((line) => !line.includes('\n'))).toBe(true);
    const quoted = '"C:\\Ada & Co 100%%\\Jean Ravi Companion.exe"';
    expect(lines).toContain(`if not exist ${quoted} (`);
    const start = lines.find((line) => line.startsWith(quoted)) ?? '';
    expect(start.endsWith('"C:\\src\\app" "--command-line=C:\\data\\app.door" -- %*')).toBe(true);
    expect(lines.slice(lines.indexOf(start) + 1)).toEqual(['exit /b %ERRORLEVEL%', '']);
    // A bracket would end the block of `if`.
    expect(lines.slice(lines.indexOf(`if not exist ${quoted} (`) + 1, lines.indexOf(')')).join('')).not.toMatch(/[()]/);
  });
});
