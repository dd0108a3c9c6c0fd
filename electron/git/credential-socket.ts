import { setMaxListeners } from 'node:events';
import { chmod, lstat, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import {
  newPipe,
  type Pipe,
  type PipeNames,
  pipeNames,
  publishedPipe,
  publishPipe,
  receiveCaller,
  withdrawPipe,
} from '../base/pipe-door.ts';
import { claimFolder, claimSocketPlace } from '../base/socket-place.ts';
import { formatGitAnswer, type GitAnswer, type GitRequest, parseGitRequest } from './credential-protocol.ts';

/** How a socket for git is opened. */
export interface GitSocketOptions {
  /** In a folder that is ours alone: its mode is set to 0700. */
  readonly path: string;
  /** Aborted when git goes away, takes too long, or the socket is closed. */
  readonly answer: (request: GitRequest, signal: AbortSignal) => Promise<GitAnswer>;
  /** A failure that git can't be told: in `answer`, or on the wire. */
  readonly onError?: (error: unknown) => void;
  /** How pipes are named, where the path is a file that names one; this system's when left out. */
  readonly pipes?: PipeNames;
  /** How long git may take to ask, ms; 10 s when left out. */
  readonly requestTimeoutMs?: number;
  /** How long `answer` may take, ms; 25 s when left out. It keeps its own time; this is for one that does not. */
  readonly answerTimeoutMs?: number;
}

/** A socket on which git asks. */
export interface GitSocket {
  readonly path: string;
  /** False when the file was deleted or replaced behind our back: then it must be opened again. */
  intact(): Promise<boolean>;
  /** Ends what is under way and deletes the socket. */
  close(): Promise<void>;
}

const maxRequestBytes = 64 * 1024;
/** More than git will ever run in one worktree at once; one more is told that the app is not there. */
const maxConnections = 1_200;
/** Clients that the system lets wait for us to look; Node's 511 would turn some of a thousand away. */
const backlog = 1_024;

/**
 * Listens where git's `credential-cache` client asks, or on Windows, where git has none, our own (`credential-client.ts`). One socket
 * belongs to one worktree: who asks here is that worktree.
 * @throws Error when the path is too long, or its folder is not ours.
 */
export async function listenForGit(options: GitSocketOptions): Promise<GitSocket> {
  const { path, pipes = pipeNames(process.platform) } = options;
  const pipe = pipes && newPipe(pipes);
  if (pipe) await claimFolder(dirname(path));
  else {
    await claimSocketPlace(path);
    await clearPath(path);
  }
  const stop = new AbortController();
  setMaxListeners(maxConnections, stop.signal);
  const sockets = new Set<Socket>();
  // git shuts its side down once it has asked, and still wants the answer.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void converse(socket, options, pipe, stop.signal).catch((error: unknown) => {
      socket.destroy();
      options.onError?.(error);
    });
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path: pipe?.name ?? path, backlog }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.onError?.(error));
  if (pipe) await publishPipe(path, pipe);
  else await chmod(path, 0o600);
  const { ino } = await lstat(path);
  let closing: Promise<void> | undefined;
  const intact = async (): Promise<boolean> => {
    if (pipe) return server.listening && (await publishedPipe(path))?.name === pipe.name;
    const now = await lstat(path).catch(() => null);
    return server.listening && now?.ino === ino && now.isSocket();
  };
  const end = async (): Promise<void> => {
    stop.abort(new Error('The socket is closed.'));
    // libuv deletes the file of a socket.
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of sockets) socket.destroy();
    await closed;
    if (pipe) await withdrawPipe(path, pipe);
  };
  return {
    path,
    intact,
    close: () => {
      closing ??= end();
      return closing;
    },
  };
}

async function converse(socket: Socket, options: GitSocketOptions, pipe: Pipe | null, closed: AbortSignal): Promise<void> {
  // A client that is killed resets the connection; `close` follows and ends everything.
  socket.on('error', () => undefined);
  const patienceMs = options.requestTimeoutMs ?? 10_000;
  const welcome = pipe === null || (await receiveCaller(socket, pipe.key, patienceMs));
  const text = welcome ? await requestText(socket, patienceMs) : null;
  const request = text === null ? null : parseGitRequest(text);
  if (request === null) {
    socket.destroy();
    return;
  }
  const control = new AbortController();
  const abort = (): void => control.abort(new Error('git is not waiting any more.'));
  const timer = setTimeout(abort, options.answerTimeoutMs ?? 25_000);
  closed.addEventListener('abort', abort, { once: true });
  socket.once('close', abort);
  try {
    const aborted = new Promise<GitAnswer>((resolve) => {
      control.signal.addEventListener('abort', () => resolve({ refuse: true }), { once: true });
    });
    const answer = await Promise.race([options.answer(request, control.signal), aborted]);
    // Only `get` is a question.
    if (request.action === 'get' && !socket.destroyed) socket.write(formatGitAnswer(answer));
    // Our own client takes nothing for an answer that has no end.
    if (pipe && !socket.destroyed) socket.write('\n');
  } finally {
    clearTimeout(timer);
    closed.removeEventListener('abort', abort);
    socket.off('close', abort);
    socket.end();
  }
}

/**
 * All that git sends until an empty line, or until it shuts its side, which a pipe can't do without losing the answer; null when that is
 * too much, or takes too long.
 */
function requestText(socket: Socket, timeoutMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let said = Buffer.alloc(0);
    const done = (text: string | null): void => {
      clearTimeout(timer);
      socket.removeListener('data', onData);
      socket.resume();
      resolve(text);
    };
    const timer = setTimeout(() => done(null), timeoutMs);
    const onData = (chunk: Buffer): void => {
      if (said.length + chunk.length > maxRequestBytes) return done(null);
      said = Buffer.concat([said, chunk]);
      const end = said.indexOf('\n\n');
      if (end !== -1) done(said.subarray(0, end).toString('utf8'));
    };
    socket.on('data', onData);
    socket.once('end', () => done(said.toString('utf8')));
    socket.once('close', () => done(null));
    socket.resume();
  });
}

/**
 * Frees the path. A cache that git started there by itself is asked to end first: it deletes its socket when it ends, and would
 * delete ours if it did so later.
 * @throws Error when something else than a socket is there.
 */
async function clearPath(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) throw new Error(`There is something else at ${path}, where git’s socket should be.`);
  await new Promise<void>((resolve) => {
    const client = createConnection(path);
    client.setTimeout(1_000, () => client.destroy());
    client.on('error', () => client.destroy());
    client.once('close', () => resolve());
    client.resume();
    client.end('action=exit\ntimeout=1\n\n');
  });
  await rm(path, { force: true });
}
