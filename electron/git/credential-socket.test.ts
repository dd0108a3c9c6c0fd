import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../base/secret.ts';
import { formatGitAnswer, type GitAnswer, type GitRequest, parseGitRequest } from './credential-protocol.ts';
import { type GitSocketOptions, listenForGit } from './credential-socket.ts';
import { afterTest, temporaryDir } from './fixture.ts';
import { clearReason, writeReason } from './reason-file.ts';
import { runGit } from './run.ts';

const good: GitAnswer = { username: 'x-access-token', password: Secret.of('ghs_good'), expiresAt: 1_795_356_000_999 };

async function listening(answer: GitSocketOptions['answer'] = async () => good, more: Partial<GitSocketOptions> = {}) {
  const dir = await temporaryDir();
  const path = join(dir, 's', 'wt.sock');
  const errors: unknown[] = [];
  const socket = await listenForGit({ path, answer, onError: (error) => errors.push(error), ...more });
  afterTest(() => socket.close());
  return { dir, path, socket, errors };
}

/** Speaks to the socket as a client would: sends, shuts its side unless told not to, and reads to the end. */
async function say(path: string, text: string | Buffer, end = true): Promise<string> {
  const client = createConnection(path);
  client.on('error', () => undefined);
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  if (end) client.end(text);
  else client.write(text);
  // Not `once`, which would fail where the server resets the connection.
  await new Promise<void>((resolve) => client.once('close', () => resolve()));
  return Buffer.concat(chunks).toString();
}

const get = 'action=get\ntimeout=1\nprotocol=https\nhost=github.com\npath=acme/web.git\n\n';

/** How many of so many clients in a process of their own are answered; both ends in one process would be more files than it may open. */
async function crowd(path: string, size: number): Promise<number> {
  const program = `const { createConnection } = require('node:net');
    let left = ${size}, answered = 0;
    for (let n = ${size}; n > 0; n -= 1) {
      let heard = '';
      const client = createConnection(${JSON.stringify(path)}).on('error', () => undefined);
      client.on('data', (data) => { heard += data; }).end(${JSON.stringify(get)});
      client.on('close', () => {
        if (heard.includes('password=ghs_good')) answered += 1;
        if ((left -= 1) === 0) console.log(answered);
      });
    }`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [answered] = await once(child.stdout, 'data');
  return Number(String(answered));
}

describe('the socket for git', () => {
  it('answers git’s own credential-cache client', async () => {
    const asked: GitRequest[] = [];
    const { dir, path } = await listening(async (request) => {
      asked.push(request);
      return good;
    });
    const client = (action: string, input: string) =>
      runGit(['credential-cache', '--timeout', '1', '--socket', path, action], { cwd: dir, input });
    const { stdout } = await client('get', 'protocol=https\nhost=github.com\npath=acme/web.git\n\n');
    expect(stdout).toBe('username=x-access-token\npassword=ghs_good\npassword_expiry_utc=1795356000\n');
    await client('store', 'protocol=https\nhost=github.com\nusername=x-access-token\npassword=ghs_good\n\n');
    await client('erase', 'protocol=https\nhost=github.com\n\n');
    expect(asked).toMatchObject([
      { action: 'get', protocol: 'https', host: 'github.com', path: 'acme/web.git' },
      { action: 'store', username: 'x-access-token', password: expect.any(Secret) },
      { action: 'erase', path: '' },
    ]);
    expect(asked[1]?.password?.reveal()).toBe('ghs_good');
    expect(JSON.stringify(asked)).not.toContain('ghs_good');
  });

  it('says nothing when it refuses, when the broker fails, and to what is no question', async () => {
    const { path } = await listening(async () => ({ refuse: true }));
    expect(await say(path, get)).toBe('');
    const { path: failing, errors } = await listening(async () => {
      throw new Error('broken');
    });
    expect(await say(failing, get)).toBe('');
    expect(errors).toMatchObject([{ message: 'broken' }]);
    let asked = 0;
    const { path: quiet } = await listening(async () => {
      asked += 1;
      return good;
    });
    for (const text of ['', 'action=capability\n\n', 'GET / HTTP/1.1\r\n\r\n', '=\n', 'action=get\nnonsense\n\n']) {
      expect(await say(quiet, text)).toBe('');
    }
    expect(asked).toBe(0);
    expect(await say(quiet, get.replace('get', 'store'))).toBe('');
    expect(asked).toBe(1);
  });

  it('never lets a value break out of its line', async () => {
    const { path, errors } = await listening(async () => ({ ...good, password: Secret.of('x\nquit=0') }));
    expect(await say(path, get)).toBe('');
    expect(errors).toHaveLength(1);
    expect(String(errors[0])).not.toContain('quit=0');
  });

  it('is open to its own person alone', async () => {
    const { dir, path } = await listening();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, 's'))).mode & 0o777).toBe(0o700);
    const loose = join(await temporaryDir(), 'loose');
    await mkdir(loose);
    await chmod(loose, 0o755);
    const socket = await listenForGit({ path: join(loose, 'x.sock'), answer: async () => good });
    afterTest(() => socket.close());
    expect((await stat(loose)).mode & 0o777).toBe(0o700);
  });

  it('gives up on a client that says too much or nothing, and goes on with the others', async () => {
    const { path } = await listening(undefined, { requestTimeoutMs: 80 });
    expect(await say(path, Buffer.alloc(70_000, 97))).toBe('');
    expect(await say(path, 'action=get\n', false)).toBe('');
    expect(await say(path, get)).toContain('password=ghs_good');
  });

  it('answers a thousand clients at once, real ones of git among them, while others only hold on', async () => {
    const { dir, path, errors } = await listening(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return good;
    });
    const holding = Array.from({ length: 100 }, () => createConnection(path).on('error', () => undefined));
    await Promise.all(holding.map((client) => once(client, 'connect')));
    for (const client of holding.slice(50)) client.write('action=get\nprotocol=https\n');
    const helper = `cache --timeout 1 --socket ${path}`;
    const fill = ['-c', 'credential.helper=', '-c', `credential.helper=${helper}`, 'credential', 'fill'];
    const gits = Array.from({ length: 20 }, () => runGit(fill, { cwd: dir, input: 'protocol=https\nhost=github.com\n\n' }));
    expect(await crowd(path, 980)).toBe(980);
    const answers = await Promise.all(gits);
    expect(answers.filter(({ stdout }) => stdout.includes('password=ghs_good'))).toHaveLength(20);
    for (const client of holding) client.destroy();
    expect(errors).toEqual([]);
    expect(await say(path, get)).toContain('ghs_good');
  }, 30_000);

  it('waits for a client that speaks slowly, and lives through one that hangs up before it hears the answer', async () => {
    const { path, errors } = await listening();
    const slow = createConnection({ path, allowHalfOpen: true });
    let heard = '';
    slow.on('data', (data: Buffer) => {
      heard += data.toString();
    });
    for (const piece of get.match(/[\s\S]{1,12}/g) ?? []) {
      slow.write(piece);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    slow.end();
    await once(slow, 'close');
    expect(heard).toContain('password=ghs_good');
    for (let n = 0; n < 50; n += 1) {
      const hasty = createConnection(path).on('error', () => undefined);
      hasty.end(get, () => hasty.destroy());
    }
    await expect.poll(() => say(path, get)).toContain('ghs_good');
    expect(errors).toEqual([]);
  });

  it('tells the broker when git is gone, when it takes too long, and when the app quits', async () => {
    const reasons: unknown[] = [];
    const wait: GitSocketOptions['answer'] = (_request, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        });
      });
    const { path, socket } = await listening(wait, { answerTimeoutMs: 60 });
    expect(await say(path, get)).toBe('');
    expect(reasons).toHaveLength(1);
    const { path: second, socket: other } = await listening(wait);
    const under = say(second, get);
    await new Promise((resolve) => setTimeout(resolve, 30));
    await other.close();
    expect(await under).toBe('');
    expect(reasons).toHaveLength(2);
    await socket.close();
    await socket.close();
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a path that the system can’t take, and one where something else is', async () => {
    const dir = await temporaryDir();
    await expect(listenForGit({ path: join(dir, 'x'.repeat(120)), answer: async () => good })).rejects.toThrow(
      /bytes long, but the system takes 10[37]/,
    );
    await mkdir(join(dir, 's'));
    await writeFile(join(dir, 's', 'file'), 'precious');
    await expect(listenForGit({ path: join(dir, 's', 'file'), answer: async () => good })).rejects.toThrow('something else');
    expect(await readFile(join(dir, 's', 'file'), 'utf8')).toBe('precious');
  });

  it('takes the place of a socket that a killed process left behind', async () => {
    const dir = await temporaryDir();
    const path = join(dir, 'wt.sock');
    const child = spawn(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('up'))`,
    ]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect((await stat(path)).isSocket()).toBe(true);
    const socket = await listenForGit({ path, answer: async () => good });
    afterTest(() => socket.close());
    expect(await say(path, get)).toContain('ghs_good');
  });

  it('ends a cache that git has started there, which then can’t delete ours', async () => {
    const dir = await temporaryDir();
    await chmod(dir, 0o700);
    const path = join(dir, 'wt.sock');
    // What git does by itself when the app is gone between its `get` and its `store`.
    const stored = 'protocol=https\nhost=github.com\nusername=u\npassword=p\n\n';
    await runGit(['credential-cache', '--timeout', '60', '--socket', path, 'store'], { cwd: dir, input: stored });
    expect(await say(path, get.replace('path=acme/web.git\n', ''))).toContain('password=p');
    const socket = await listenForGit({ path, answer: async () => good });
    afterTest(() => socket.close());
    expect(await say(path, get)).toContain('ghs_good');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await socket.intact()).toBe(true);
  });

  it('takes the place of a server that doesn’t listen to reason', async () => {
    const dir = await temporaryDir();
    const path = join(dir, 'wt.sock');
    const stubborn = createServer(() => undefined).listen(path);
    await once(stubborn, 'listening');
    afterTest(async () => stubborn.close());
    const socket = await listenForGit({ path, answer: async () => good });
    afterTest(() => socket.close());
    expect(await say(path, get)).toContain('ghs_good');
  });

  it('knows when its file was taken away', async () => {
    const { path, socket, dir } = await listening();
    expect(await socket.intact()).toBe(true);
    await runGit(['-c', `alias.x=!rm -f '${path}'`, 'x'], { cwd: dir });
    expect(await socket.intact()).toBe(false);
  });
});

describe('a request of git', () => {
  it('is read whatever order its lines have, and never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const request = parseGitRequest(text);
        expect(request === null || ['get', 'store', 'erase', 'exit'].includes(request.action)).toBe(true);
      }),
    );
    expect(parseGitRequest('host=h:8\nwwwauth[]=Basic\npassword=a=b=c\naction=store\nprotocol=http')).toMatchObject({
      action: 'store',
      protocol: 'http',
      host: 'h:8',
      path: '',
    });
    expect(parseGitRequest('action=store\npassword=a=b=c')?.password?.reveal()).toBe('a=b=c');
    expect(parseGitRequest('action=get\nhost=a\0b')).toBeNull();
  });

  it('is answered in lines that git understands, or not at all', () => {
    expect(formatGitAnswer({ refuse: true })).toBe('');
    expect(() => formatGitAnswer({ ...good, username: 'a b' })).toThrow();
  });
});

describe('the reason that git prints', () => {
  it('is one line, for its person alone, replaced whole', async () => {
    const dir = await temporaryDir();
    const path = join(dir, 'r', 'wt.reason');
    await writeReason(path, 'First.');
    await writeReason(path, 'GitHub is\naway\u001b[31m for now.\0');
    expect(await readFile(path, 'utf8')).toBe('GitHub is away[31m for now.\n');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await clearReason(path);
    await clearReason(path);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
