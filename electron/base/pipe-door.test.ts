import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callPipe, newPipe, type Pipe, pipeNames, publishedPipe, publishPipe, receiveCaller, withdrawPipe } from './pipe-door.ts';

let dir: string;
const endings: (() => void)[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'jr-'));
});
afterEach(async () => {
  for (const end of endings.splice(0)) end();
  await rm(dir, { recursive: true, force: true });
});

/** Sockets stand in for pipes here: Node speaks to both in one way. */
const made = (): Pipe => newPipe((id) => join(dir, id.slice(0, 8)));

async function listening(name: string, onCaller: (socket: Socket) => void | Promise<void>): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => undefined));
    void onCaller(socket);
  }).listen(name);
  await once(server, 'listening');
  endings.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
}

describe('the name of a pipe', () => {
  it('is one of Windows’, new each time, and nobody can guess it', () => {
    const names = pipeNames('win32');
    if (names === null) throw new Error('Windows has pipes.');
    const [one, two] = [newPipe(names), newPipe(names)];
    expect(one.name).toMatch(/^\\\\\.\\pipe\\jean-ravi-[0-9a-f]{32}$/);
    expect([one.name === two.name, one.key.reveal() === two.key.reveal()]).toEqual([false, false]);
    expect([pipeNames('linux'), pipeNames('darwin')]).toEqual([null, null]);
  });
});

describe('a door’s file', () => {
  it('names pipe and key, for its person alone, until the pipe is withdrawn', async () => {
    const path = join(dir, 'a.door');
    const [pipe, next] = [made(), made()];
    await publishPipe(path, pipe);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    const read = await publishedPipe(path);
    expect([read?.name, read?.key.reveal()]).toEqual([pipe.name, pipe.key.reveal()]);
    await publishPipe(path, next);
    await withdrawPipe(path, pipe);
    expect((await publishedPipe(path))?.name).toBe(next.name);
    await withdrawPipe(path, next);
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it.each(['', 'nonsense', '{"pipe":"x"}', '{"pipe":"x","key":"short"}'])('that holds %j names none', async (text) => {
    await writeFile(join(dir, 'a.door'), text);
    expect(await publishedPipe(join(dir, 'a.door'))).toBeNull();
  });
});

describe('a call at a pipe', () => {
  it('goes through where both ends know the key, and what is said with it is not lost', async () => {
    const pipe = made();
    const heard: string[] = [];
    await listening(pipe.name, async (socket) => {
      if (!(await receiveCaller(socket, pipe.key, 1_000))) return void socket.destroy();
      socket.on('data', (data: Buffer) => heard.push(data.toString())).resume();
      socket.write('good day\n');
    });
    const socket = await callPipe(pipe, 1_000);
    if (socket === null) throw new Error('It was not received.');
    endings.push(() => socket.destroy());
    socket.write('hello\n');
    const [answer] = await once(socket.resume(), 'data');
    expect(String(answer)).toBe('good day\n');
    await expect.poll(() => heard.join('')).toBe('hello\n');
  });

  it('tells nothing to a listener that took the name and does not know the key', async () => {
    const pipe = made();
    const heard: string[] = [];
    await listening(pipe.name, (socket) => {
      socket.on('data', (data: Buffer) => {
        heard.push(data.toString());
        socket.write(`${'0'.repeat(32)} ${'0'.repeat(64)}\n`);
      });
    });
    expect(await callPipe(pipe, 1_000)).toBeNull();
    // Its own random number, and no more.
    expect(heard.join('')).toMatch(/^[0-9a-f]{32}\n$/);
  });

  it.each([
    ['who does not know the key', (pipe: Pipe) => callPipe({ ...made(), name: pipe.name }, 1_000)],
    ['who repeats what another has said', (pipe: Pipe) => said(pipe.name, `${'a'.repeat(32)}\n${'b'.repeat(64)}\n`)],
    ['who says something else', (pipe: Pipe) => said(pipe.name, 'action=get\nprotocol=https\nhost=github.com\n\n')],
    ['who says too much', (pipe: Pipe) => said(pipe.name, 'a'.repeat(10_000))],
    ['who says nothing', (pipe: Pipe) => said(pipe.name, '')],
  ])('is not received from one %s', async (_who, call) => {
    const pipe = made();
    const received: boolean[] = [];
    await listening(pipe.name, async (socket) => {
      received.push(await receiveCaller(socket, pipe.key, 200));
      socket.destroy();
    });
    await call(pipe);
    await expect.poll(() => received).toEqual([false]);
  });

  it('ends by itself where nobody listens, and where the listener says nothing', async () => {
    const pipe = made();
    expect(await callPipe(pipe, 1_000)).toBeNull();
    await listening(pipe.name, () => undefined);
    expect(await callPipe(pipe, 100)).toBeNull();
  });
});

async function said(name: string, text: string): Promise<null> {
  const socket = createConnection(name).on('error', () => undefined);
  socket.write(text);
  await new Promise<void>((resolve) => socket.once('close', () => resolve()).resume());
  return null;
}
