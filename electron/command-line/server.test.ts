import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { afterTest, temporaryDir } from '../git/fixture.ts';
import { ask } from './program/ask.ts';
import { Problem, protocolVersion } from './protocol.ts';
import { type CommandHandlers, type CommandStreams, listenForCommands } from './server.ts';

const verified = { ok: true, count: 3, message: 'All 3 entries are unbroken.' };

const none: CommandStreams = { 'audit.follow': async function* () {} };

async function started(over: Partial<CommandHandlers> = {}, silenceMs?: number, streams = none) {
  const path = join(await temporaryDir(), 'command-line', 'app.sock');
  const unexpected = (): never => {
    throw new Error('The disk is full.');
  };
  const handlers: CommandHandlers = {
    status: unexpected,
    list: () => ({ worktrees: [] }),
    environment: unexpected,
    rotate: unexpected,
    revoke: unexpected,
    release: unexpected,
    'release.all': unexpected,
    who: unexpected,
    'audit.tail': unexpected,
    'audit.verify': () => verified,
    'audit.export': unexpected,
    ...over,
  };
  const errors: unknown[] = [];
  const start = () =>
    listenForCommands({
      path,
      handlers,
      streams,
      onError: (_command, error) => errors.push(error),
      ...(silenceMs ? { silenceMs } : {}),
    });
  const server = await start();
  afterTest(() => server.close());
  return { path, errors, handlers, server, start };
}

/** Writes text as it is and gives all that comes back until the end. */
const raw = (path: string, text: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = createConnection(path);
    let got = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      got += chunk;
    });
    socket.on('error', () => undefined);
    socket.once('close', () => resolve(got));
    socket.write(text);
    socket.end();
  });

describe('the pipe of the command line, where sockets are no files', () => {
  it('answers who knows the key in its file, and nobody else', async () => {
    const dir = await temporaryDir();
    const path = join(dir, 'command-line', 'app.door');
    const { handlers } = await started();
    const server = await listenForCommands({
      path,
      handlers,
      streams: none,
      onError: () => undefined,
      pipes: (id) => join(dir, id.slice(0, 8)),
    });
    expect(await ask(path, 'audit.verify', {})).toEqual(verified);
    const { pipe } = JSON.parse(await readFile(path, 'utf8')) as { readonly pipe: string };
    expect(await raw(pipe, `${JSON.stringify({ v: protocolVersion, command: 'audit.verify', arguments: {} })}\n`)).toBe('');
    await server.close();
    await expect(ask(path, 'audit.verify', {})).rejects.toThrow('Jean Ravi Companion is not running.');
  });

  it('is not there for a program that finds the file of an app that was killed', async () => {
    const path = join(await temporaryDir(), 'app.door');
    await writeFile(path, JSON.stringify({ pipe: `${path}.gone`, key: 'a'.repeat(64) }));
    await expect(ask(path, 'audit.verify', {})).rejects.toThrow('Jean Ravi Companion is not running.');
  });
});

describe('the socket of the command line', () => {
  it('is the person’s alone, in a folder that is', async () => {
    const { path } = await started();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
  });

  it('answers, and tells a problem with its code', async () => {
    const { path } = await started({
      rotate: () => {
        throw new Problem('refused', 'You revoked it.');
      },
    });
    expect(await ask(path, 'audit.verify', {})).toEqual(verified);
    const worktree = { text: 'a', paths: [] };
    await expect(ask(path, 'rotate', { worktree })).rejects.toMatchObject({ code: 'refused', message: 'You revoked it.' });
  });

  it('tells a failure as a sentence, and reports it', async () => {
    const { path, errors } = await started();
    await expect(ask(path, 'status', {})).rejects.toMatchObject({ code: 'failed', message: 'The disk is full.' });
    expect(errors).toHaveLength(1);
  });

  it('answers a hundred at once', async () => {
    const { path } = await started();
    const answers = await Promise.allSettled(Array.from({ length: 100 }, () => ask(path, 'audit.verify', {})));
    expect(answers.every((one) => one.status === 'fulfilled')).toBe(true);
  });

  it('answers line after line', async () => {
    const { path } = await started();
    const line = `${JSON.stringify({ v: protocolVersion, command: 'audit.verify', arguments: {} })}\n`;
    expect((await raw(path, line.repeat(3))).trim().split('\n')).toHaveLength(3);
  });

  it.each([
    ['garbage', 'not json\n', 'invalid'],
    ['an unknown command', `${JSON.stringify({ v: 1, command: 'toString', arguments: {} })}\n`, 'invalid'],
    ['wrong arguments', `${JSON.stringify({ v: 1, command: 'audit.tail', arguments: { count: -1 } })}\n`, 'invalid'],
    [
      'a question of 501 characters',
      `${JSON.stringify({ v: 1, command: 'who', arguments: { query: 'a'.repeat(501) } })}\n`,
      'invalid',
    ],
    ['another version', `${JSON.stringify({ v: 2, command: 'list', arguments: {} })}\n`, 'version'],
  ])('refuses %s with a sentence', async (_what, text, code) => {
    const { path } = await started();
    expect(JSON.parse(await raw(path, text))).toMatchObject({ ok: false, code, message: expect.stringMatching(/\S/) });
  });

  it('hangs up on a line without an end, and on silence, and goes on for others', async () => {
    const { path } = await started({}, 100);
    expect(await raw(path, 'x'.repeat(100_000))).toBe('');
    const silent = createConnection(path);
    await new Promise((resolve) => silent.once('close', resolve));
    expect(await ask(path, 'audit.verify', {})).toEqual(verified);
  });

  it('takes the place of what a crash left, and never of another app or another file', async () => {
    const { path, server, start } = await started();
    await expect(start()).rejects.toThrow('Another companion answers');
    await server.close();
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, '');
    await chmod(path, 0o600);
    await expect(start()).rejects.toThrow('something else');
  });

  it('is missed with a sentence when the app is not there', async () => {
    const path = join(await temporaryDir(), 'app.sock');
    await expect(ask(path, 'list', {})).rejects.toThrow('Jean Ravi Companion is not running. Start it, and try again.');
  });
});
