import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { z } from 'zod';
import { Secret } from './secret.ts';

/**
 * A named pipe in the place of a socket, for Windows. Everybody on the machine can list the names of pipes and read from one that was made
 * with the default rights, as Node makes them (Microsoft, "Named Pipe Security and Access Rights"); and a name that a crash left free can
 * be taken by anybody. So the name is new and random each time, and both ends show that they know the key beside it, which stands in a
 * file of the person's profile, before anything else is said.
 */
export interface Pipe {
  readonly name: string;
  readonly key: Secret;
}

/** How a pipe is named on this system; null where sockets are files. */
export type PipeNames = ((id: string) => string) | null;

export function pipeNames(platform: NodeJS.Platform): PipeNames {
  return platform === 'win32' ? (id) => `\\\\.\\pipe\\jean-ravi-${id}` : null;
}

/** What a door's file holds. */
const doorFile = z.object({ pipe: z.string().min(1).max(300), key: z.string().regex(/^[0-9a-f]{64}$/) });

/** A pipe of a name and a key that nobody knows yet. */
export function newPipe(names: NonNullable<PipeNames>): Pipe {
  return { name: names(randomBytes(16).toString('hex')), key: Secret.of(randomBytes(32).toString('hex')) };
}

/** Says in the door's file where to knock. The folder is the person's alone. */
export async function publishPipe(path: string, { name, key }: Pipe): Promise<void> {
  await writeFile(path, JSON.stringify({ pipe: name, key: key.reveal() }), { mode: 0o600 });
}

/** The pipe that a door's file names; null when there is none, or something else. */
export async function publishedPipe(path: string): Promise<Pipe | null> {
  try {
    const { pipe, key } = doorFile.parse(JSON.parse(await readFile(path, 'utf8')));
    return { name: pipe, key: Secret.of(key) };
  } catch {
    return null;
  }
}

/** Takes a door's file away if it still names this pipe. */
export async function withdrawPipe(path: string, { name }: Pipe): Promise<void> {
  if ((await publishedPipe(path))?.name === name) await rm(path, { force: true });
}

const nonce = (): string => randomBytes(16).toString('hex');
const proof = (key: Secret, who: 'listener' | 'caller', theirs: string, ours: string): string =>
  createHmac('sha256', Buffer.from(key.reveal(), 'hex')).update(`${who} ${theirs} ${ours}`).digest('hex');
const same = (a: string, b: string): boolean => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
/** More than any line here has. */
const longestLine = 200;

/**
 * Receives a caller: both show that they know the key. False when this one does not, or says nothing for `patienceMs`.
 * The socket is paused then, with what the caller said besides still in it.
 */
export async function receiveCaller(socket: Socket, key: Secret, patienceMs: number): Promise<boolean> {
  const theirs = await lineOf(socket, patienceMs);
  if (theirs === null || !/^[0-9a-f]{32}$/.test(theirs)) return false;
  const ours = nonce();
  socket.write(`${ours} ${proof(key, 'listener', theirs, ours)}\n`);
  const shown = await lineOf(socket, patienceMs);
  return shown !== null && same(shown, proof(key, 'caller', theirs, ours));
}

/**
 * Calls at a pipe. Null when nobody listens there, when who does can't show the key, or says nothing for `patienceMs`. The socket is
 * paused.
 */
export async function callPipe({ name, key }: Pipe, patienceMs: number): Promise<Socket | null> {
  const socket = createConnection(name);
  // Told by the lines that do not come.
  socket.on('error', () => socket.destroy());
  const ours = nonce();
  socket.write(`${ours}\n`);
  const [theirs = '', shown = ''] = (await lineOf(socket, patienceMs))?.split(' ') ?? [];
  if (!same(shown, proof(key, 'listener', ours, theirs))) {
    socket.destroy();
    return null;
  }
  socket.write(`${proof(key, 'caller', ours, theirs)}\n`);
  return socket;
}

/** The next line that is said; null when it is too long, too late, or never comes. What follows it stays in the socket. */
function lineOf(socket: Socket, patienceMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let said = Buffer.alloc(0);
    const done = (line: string | null): void => {
      clearTimeout(timer);
      socket.pause();
      socket.off('data', onData).off('end', onEnd).off('close', onEnd);
      resolve(line);
    };
    const onEnd = (): void => done(null);
    const onData = (chunk: Buffer): void => {
      said = Buffer.concat([said, chunk]);
      const end = said.indexOf('\n');
      if (end === -1 && said.length <= longestLine) return;
      done(end === -1 ? null : said.subarray(0, end).toString('latin1'));
      if (end !== -1 && end + 1 < said.length) socket.unshift(said.subarray(end + 1));
    };
    const timer = setTimeout(onEnd, patienceMs);
    if (socket.destroyed) return onEnd();
    socket.on('data', onData).once('end', onEnd).once('close', onEnd);
    socket.resume();
  });
}
