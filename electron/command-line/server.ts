import { chmod, lstat, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import type { ZodError } from 'zod';
import { newPipe, type Pipe, type PipeNames, pipeNames, publishPipe, receiveCaller, withdrawPipe } from '../base/pipe-door.ts';
import { claimFolder, claimSocketPlace } from '../base/socket-place.ts';
import {
  type AnswerLine,
  type AnswerOf,
  type ArgumentsOf,
  type CommandName,
  commands,
  type FailureLine,
  type ItemLine,
  type ItemOf,
  isCommandName,
  isStreamName,
  longestRequest,
  Problem,
  protocolVersion,
  requestLine,
  type StreamArgumentsOf,
  type StreamName,
  streams,
} from './protocol.ts';

/** What is done for each command. @throws Problem with the reason and a sentence; any other error is told as `failed`. */
export type CommandHandlers = { readonly [N in CommandName]: (given: ArgumentsOf<N>) => Promise<AnswerOf<N>> | AnswerOf<N> };

/** What is followed. Each item is made when it is asked for; `gone` aborts when the client is. @throws as the handlers do. */
export type CommandStreams = {
  readonly [N in StreamName]: (given: StreamArgumentsOf<N>, gone: AbortSignal) => AsyncIterable<ItemOf<N>>;
};

export interface CommandServerOptions {
  /** In a folder that is ours alone: its mode is set to 0700. */
  readonly path: string;
  readonly handlers: CommandHandlers;
  readonly streams: CommandStreams;
  /** A failure that nobody expected; the client has its sentence already. */
  readonly onError: (command: string, error: unknown) => void;
  /** How pipes are named, where the path is a file that names one; this system's when left out. */
  readonly pipes?: PipeNames;
  /** How long a client may stay silent, ms; 10 s when left out. */
  readonly silenceMs?: number;
}

/** The socket on which the command-line program asks. */
export interface CommandServer {
  /** Ends every conversation and deletes the socket. */
  close(): Promise<void>;
}

const maxConnections = 128;

/**
 * Listens for the command-line program. One client is answered one line at a time, many clients side by side.
 * @throws Error when the path is too long, is not ours, or another app listens there.
 */
export async function listenForCommands(options: CommandServerOptions): Promise<CommandServer> {
  const { path, pipes = pipeNames(process.platform) } = options;
  const pipe = pipes && newPipe(pipes);
  if (pipe) await claimFolder(dirname(path));
  else {
    await claimSocketPlace(path);
    await clearStale(path);
  }
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A client that is killed resets the connection; `close` follows and ends everything.
    socket.on('error', () => undefined);
    void converse(socket, options, pipe);
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(pipe?.name ?? path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  server.on('error', (error) => options.onError('listen', error));
  if (pipe) await publishPipe(path, pipe);
  else await chmod(path, 0o600);
  return {
    close: async () => {
      // libuv deletes the file of a socket.
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
      if (pipe) await withdrawPipe(path, pipe);
    },
  };
}

async function converse(socket: Socket, options: CommandServerOptions, pipe: Pipe | null): Promise<void> {
  const silenceMs = options.silenceMs ?? 10_000;
  if (pipe && !(await receiveCaller(socket, pipe.key, silenceMs))) return void socket.destroy();
  const gone = new AbortController();
  let streaming = false;
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(silenceMs, () => socket.destroy());
  reading: for await (const chunk of chunksOf(socket)) {
    text += chunk;
    // To one who follows there is nothing more to say.
    if (streaming || text.length > longestRequest) break;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      if (streaming) break reading;
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      // A rotation takes as long as GitHub does; the client waits for it, and is not silent of its own will.
      socket.setTimeout(0);
      const asked = readRequest(line);
      if (asked.kind === 'stream') {
        streaming = true;
        // Beside the reading, which tells when the client is gone.
        void stream(socket, asked.name, asked.given, options, gone.signal);
        continue;
      }
      const answer = asked.kind === 'refused' ? asked.answer : await answerTo(asked.name, asked.given, options);
      if (socket.destroyed) return;
      socket.write(`${JSON.stringify(answer)}\n`);
      socket.setTimeout(silenceMs);
    }
  }
  gone.abort();
  socket.destroy();
}

async function* chunksOf(socket: Socket): AsyncGenerator<string, void, undefined> {
  try {
    for await (const chunk of socket) yield String(chunk);
  } catch {
    // The client is gone; there is nobody to tell.
  }
}

type Asked =
  | { readonly kind: 'command'; readonly name: CommandName; readonly given: unknown }
  | { readonly kind: 'stream'; readonly name: StreamName; readonly given: unknown }
  | { readonly kind: 'refused'; readonly answer: FailureLine };

function readRequest(line: string): Asked {
  const request = requestLine.safeParse(parse(line));
  if (!request.success) return refused('invalid', 'That is no request that the companion knows.');
  const { v, command, arguments: given } = request.data;
  if (v !== protocolVersion) {
    return refused(
      'version',
      `This jean-ravi speaks version ${v} and the companion version ${protocolVersion}. Restart the companion, then install jean-ravi again in Settings.`,
    );
  }
  if (isCommandName(command)) return { kind: 'command', name: command, given };
  if (isStreamName(command)) return { kind: 'stream', name: command, given };
  return refused('invalid', 'The companion does not know this command.');
}

const refused = (code: Problem['code'], message: string): Asked => ({ kind: 'refused', answer: problem(code, message) });

async function answerTo(name: CommandName, given: unknown, { handlers, onError }: CommandServerOptions): Promise<AnswerLine> {
  try {
    return { v: protocolVersion, ok: true, value: await handle(handlers, name, given) };
  } catch (error) {
    return failureOf(name, error, onError);
  }
}

/** One line for each item, and the next only when the client has taken the one before: what is not taken is not made. */
async function stream(
  socket: Socket,
  name: StreamName,
  given: unknown,
  { streams: sources, onError }: CommandServerOptions,
  gone: AbortSignal,
): Promise<void> {
  const write = async (line: ItemLine): Promise<void> => {
    if (!gone.aborted && !socket.write(`${JSON.stringify(line)}\n`)) await taken(socket, gone);
  };
  try {
    const parsed = streams[name].request.safeParse(given);
    if (!parsed.success) throw new Problem('invalid', wrongArguments(parsed.error));
    for await (const item of sources[name](parsed.data, gone)) {
      await write({ v: protocolVersion, ok: true, item });
      if (gone.aborted) return;
    }
  } catch (error) {
    await write(failureOf(name, error, onError));
  }
  socket.end();
}

/** Resolves when the client has taken what was written, or is gone. */
function taken(socket: Socket, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      gone.removeEventListener('abort', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
    gone.addEventListener('abort', done);
    if (gone.aborted || socket.destroyed) done();
  });
}

function failureOf(name: string, error: unknown, onError: CommandServerOptions['onError']): FailureLine {
  if (error instanceof Problem) return problem(error.code, error.message);
  onError(name, error);
  return problem('failed', error instanceof Error ? error.message : 'It did not work.');
}

async function handle<N extends CommandName>(handlers: CommandHandlers, name: N, given: unknown): Promise<unknown> {
  const parsed = commands[name].request.safeParse(given);
  if (!parsed.success) throw new Problem('invalid', wrongArguments(parsed.error));
  // The schema of `name` made it; the compiler can't follow the index.
  return await handlers[name](parsed.data as ArgumentsOf<N>);
}

const wrongArguments = (error: ZodError): string => error.issues[0]?.message ?? 'Its arguments can’t be read.';

const problem = (code: Problem['code'], message: string): FailureLine => ({ v: protocolVersion, ok: false, code, message });

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

/** Frees the path of a socket that a crash left behind. @throws Error when somebody listens there, or it is no socket. */
async function clearStale(path: string): Promise<void> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return;
  if (!found.isSocket()) throw new Error(`There is something else at ${path}, where the command line’s socket should be.`);
  const alive = await new Promise<boolean>((resolve) => {
    const client = createConnection(path);
    client.once('connect', () => {
      client.destroy();
      resolve(true);
    });
    client.once('error', () => resolve(false));
  });
  if (alive) throw new Error('Another companion answers the command line already.');
  await rm(path, { force: true });
}
