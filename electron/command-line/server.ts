import { chmod, lstat, rm } from 'node:fs/promises';
import { createConnection, createServer, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { newPipe, type Pipe, type PipeNames, pipeNames, publishPipe, receiveCaller, withdrawPipe } from '../base/pipe-door.ts';
import { claimFolder, claimSocketPlace } from '../base/socket-place.ts';
import {
  type AnswerLine,
  type AnswerOf,
  type ArgumentsOf,
  type CommandName,
  commands,
  isCommandName,
  longestRequest,
  Problem,
  protocolVersion,
  requestLine,
} from './protocol.ts';

/** What is done for each command. @throws Problem with the reason and a sentence; any other error is told as `failed`. */
export type CommandHandlers = { readonly [N in CommandName]: (given: ArgumentsOf<N>) => Promise<AnswerOf<N>> | AnswerOf<N> };

export interface CommandServerOptions {
  /** In a folder that is ours alone: its mode is set to 0700. */
  readonly path: string;
  readonly handlers: CommandHandlers;
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
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(silenceMs, () => socket.destroy());
  for await (const chunk of chunksOf(socket)) {
    text += chunk;
    if (text.length > longestRequest) break;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      // A rotation takes as long as GitHub does; the client waits for it, and is not silent of its own will.
      socket.setTimeout(0);
      const answer = await answerTo(line, options);
      if (socket.destroyed) return;
      socket.write(`${JSON.stringify(answer)}\n`);
      socket.setTimeout(silenceMs);
    }
  }
  socket.destroy();
}

async function* chunksOf(socket: Socket): AsyncGenerator<string, void, undefined> {
  try {
    for await (const chunk of socket) yield String(chunk);
  } catch {
    // The client is gone; there is nobody to tell.
  }
}

async function answerTo(line: string, { handlers, onError }: CommandServerOptions): Promise<AnswerLine> {
  const request = requestLine.safeParse(parse(line));
  if (!request.success) return problem('invalid', 'That is no request that the companion knows.');
  const { v, command } = request.data;
  if (v !== protocolVersion) {
    return problem(
      'version',
      `This jean-ravi speaks version ${v} and the companion version ${protocolVersion}. Restart the companion, then install jean-ravi again in Set-up.`,
    );
  }
  if (!isCommandName(command)) return problem('invalid', 'The companion does not know this command.');
  try {
    return { v: protocolVersion, ok: true, value: await handle(handlers, command, request.data.arguments) };
  } catch (error) {
    if (error instanceof Problem) return problem(error.code, error.message);
    onError(command, error);
    return problem('failed', error instanceof Error ? error.message : 'It did not work.');
  }
}

async function handle<N extends CommandName>(handlers: CommandHandlers, name: N, given: unknown): Promise<unknown> {
  const parsed = commands[name].request.safeParse(given);
  if (!parsed.success) throw new Problem('invalid', parsed.error.issues[0]?.message ?? 'Its arguments can’t be read.');
  // The schema of `name` made it; the compiler can't follow the index.
  return await handlers[name](parsed.data as ArgumentsOf<N>);
}

const problem = (code: Problem['code'], message: string): AnswerLine => ({ v: protocolVersion, ok: false, code, message });

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
