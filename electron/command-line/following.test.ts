import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../shared/audit.ts';
import { afterTest, temporaryDir } from '../git/fixture.ts';
import { runProgram } from './program/program.ts';
import { Problem, protocolVersion } from './protocol.ts';
import { type CommandHandlers, type CommandStreams, listenForCommands } from './server.ts';

const entry = (seq: number, message = `Entry ${seq}.`): AuditEntry => ({
  seq,
  at: 1_800_000_000_000,
  kind: 'credential.used',
  actor: 'git',
  outcome: 'ok',
  worktreeId: null,
  subject: null,
  fingerprint: null,
  message,
  facts: {},
  previous: '0'.repeat(64),
  hash: '0'.repeat(64),
});

async function companion(source: CommandStreams['audit.follow']) {
  const dir = await temporaryDir();
  const path = join(dir, 's', 'app.sock');
  const server = await listenForCommands({
    path,
    // Following asks for none of them.
    handlers: {} as CommandHandlers,
    streams: { 'audit.follow': source },
    onError: () => undefined,
  });
  afterTest(() => server.close());
  return { path, server };
}

/** Entries 1 to `count`, and then nothing more until the client is gone. */
const entriesThenQuiet = (count: number, onGone: () => void): CommandStreams['audit.follow'] =>
  async function* (_given, gone) {
    for (let seq = 1; seq <= count; seq += 1) yield entry(seq);
    await new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve()));
    onGone();
  };

function following(path: string, ...options: readonly string[]) {
  const stop = new AbortController();
  const lines: string[] = [];
  let err = '';
  let heard: () => void = () => undefined;
  const ended = runProgram({
    argv: ['audit', 'tail', '--follow', ...options],
    env: {},
    cwd: '/',
    socket: path,
    out: (text) => {
      lines.push(text);
      heard();
    },
    err: (text) => {
      err += text;
    },
    now: () => 0,
    untilStopped: () => stop.signal,
  });
  const until = async (count: number): Promise<void> => {
    while (lines.length < count)
      await new Promise<void>((resolve) => {
        heard = resolve;
      });
  };
  return { stop, lines, ended, until, err: () => err };
}

describe('jean-ravi audit tail --follow', () => {
  it('prints each entry when it comes, and ends well when the person has enough', async () => {
    let gone = 0;
    const { path } = await companion(entriesThenQuiet(2, () => (gone += 1)));
    const { lines, stop, ended, until, err } = following(path);
    await until(2);
    expect(lines[1]).toMatch(/ {2}credential\.used +Entry 2\.\n$/);
    stop.abort();
    expect(await ended).toBe(0);
    expect(err()).toBe('');
    await expect.poll(() => gone).toBe(1);
  });

  it('prints one JSON object a line', async () => {
    const { path } = await companion(entriesThenQuiet(2, () => undefined));
    const { lines, stop, ended, until } = following(path, '--json', '-n', '2');
    await until(2);
    expect(lines.map((line) => [line.split('\n').length, JSON.parse(line).seq])).toEqual([
      [2, 1],
      [2, 2],
    ]);
    stop.abort();
    await ended;
  });

  it.each([[[]], [['--json']]])('says that the companion ended, with status 3 (%j)', async (options) => {
    const { path, server } = await companion(entriesThenQuiet(1, () => undefined));
    const { ended, until, err, lines } = following(path, ...options);
    await until(1);
    await server.close();
    expect(await ended).toBe(3);
    expect(err()).toBe(
      'jean-ravi: Jean Ravi Companion has ended, so there is nothing more to follow. Start it, and try again.\n',
    );
    if (options.length > 0) expect(JSON.parse(lines[1] ?? '')).toMatchObject({ error: { code: 'not-running' } });
  });

  it('tells the app’s own sentence when the log comes to its end', async () => {
    const { path } = await companion(async function* () {
      yield entry(1);
      throw new Problem('failed', 'That log has come to its end.');
    });
    const { ended, err } = following(path);
    expect(await ended).toBe(1);
    expect(err()).toBe('jean-ravi: That log has come to its end.\n');
  });

  it('makes nothing that a slow reader has not taken, and goes on from there', async () => {
    let made = 0;
    const { path } = await companion(async function* () {
      for (;;) {
        made += 1;
        yield entry(made, 'x'.repeat(900));
      }
    });
    const socket = createConnection(path);
    afterTest(async () => void socket.destroy());
    socket.write(`${JSON.stringify({ v: protocolVersion, command: 'audit.follow', arguments: { count: 0 } })}\n`);
    socket.pause();
    await settled(() => made);
    const held = made;
    // Socket buffers of the system, and no more: 10,000 entries would be 12 MB.
    expect(held).toBeGreaterThan(0);
    expect(held).toBeLessThan(5_000);
    await readSome(socket, 20_000_000);
    await settled(() => made);
    expect(made).toBeGreaterThan(held + 5_000);
    expect(made).toBeLessThan(held + 40_000);
  });

  it('stops at once when its client is gone, also while nothing happens', async () => {
    let gone = 0;
    const { path } = await companion(entriesThenQuiet(0, () => (gone += 1)));
    const socket = createConnection(path);
    socket.write(`${JSON.stringify({ v: protocolVersion, command: 'audit.follow', arguments: { count: 0 } })}\n`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(gone).toBe(0);
    socket.destroy();
    await expect.poll(() => gone).toBe(1);
  });

  it('refuses wrong arguments', async () => {
    const { path } = await companion(entriesThenQuiet(0, () => undefined));
    const socket = createConnection(path).setEncoding('utf8');
    socket.write(`${JSON.stringify({ v: protocolVersion, command: 'audit.follow', arguments: { count: 'all' } })}\n`);
    const [first] = await new Promise<string[]>((resolve) => socket.once('data', (text) => resolve([String(text)])));
    expect(JSON.parse(first ?? '')).toMatchObject({ ok: false, code: 'invalid' });
    socket.destroy();
  });
});

/** Waits until a number has been the same for a while. */
async function settled(read: () => number): Promise<void> {
  for (let before = -1; before !== read(); ) {
    before = read();
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
}

/** Takes that many bytes, and then no more. */
async function readSome(socket: Socket, bytes: number): Promise<void> {
  let read = 0;
  await new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      read += chunk.length;
      if (read < bytes) return;
      socket.pause();
      socket.removeAllListeners('data');
      resolve();
    });
    socket.resume();
  });
}
