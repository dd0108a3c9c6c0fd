import { createConnection, type Socket } from 'node:net';
import { callPipe, publishedPipe } from '../../base/pipe-door.ts';
import {
  type AnswerOf,
  type ArgumentsOf,
  answerLine,
  type CommandName,
  commands,
  type ItemOf,
  itemLine,
  longestAnswer,
  Problem,
  protocolVersion,
  type StreamArgumentsOf,
  type StreamName,
  streams,
} from '../protocol.ts';

/** The app is not there to be asked. */
export class NotRunning extends Error {
  override readonly name = 'NotRunning';

  constructor(message = 'Jean Ravi Companion is not running. Start it, and try again.') {
    super(message);
  }
}

/** Nothing that the app does for a command takes longer; GitHub may be slow. ms. */
const patienceMs = 120_000;

/** Asks the running app. @throws NotRunning; Problem with the app's own sentence. */
export async function ask<N extends CommandName>(path: string, command: N, given: ArgumentsOf<N>): Promise<AnswerOf<N>> {
  const line = await converse(path, `${JSON.stringify({ v: protocolVersion, command, arguments: given })}\n`);
  const answer = answerLine.safeParse(parse(line));
  if (!answer.success) throw unknownForm();
  if (!answer.data.ok) throw new Problem(answer.data.code, answer.data.message);
  const value = commands[command].answer.safeParse(answer.data.value);
  if (!value.success) throw unknownForm();
  // The schema of `command` made it; the compiler can't follow the index.
  return value.data as AnswerOf<N>;
}

/**
 * Follows something of the running app; what is not taken is not sent. Returns when `stop` aborts.
 * @throws NotRunning, also when the app ends meanwhile; Problem with the app's own sentence.
 */
export async function* follow<N extends StreamName>(
  path: string,
  name: N,
  given: StreamArgumentsOf<N>,
  stop: AbortSignal,
): AsyncGenerator<ItemOf<N>, void, undefined> {
  for await (const line of linesOf(path, `${JSON.stringify({ v: protocolVersion, command: name, arguments: given })}\n`, stop)) {
    const parsed = itemLine.safeParse(parse(line));
    if (!parsed.success) throw unknownForm();
    if (!parsed.data.ok) throw new Problem(parsed.data.code, parsed.data.message);
    const item = streams[name].item.safeParse(parsed.data.item);
    if (!item.success) throw unknownForm();
    // As above.
    yield item.data as ItemOf<N>;
  }
  if (!stop.aborted)
    throw new NotRunning('Jean Ravi Companion has ended, so there is nothing more to follow. Start it, and try again.');
}

/** Says something to the app and gives each line that comes back, until the app hangs up or `stop` aborts. */
async function* linesOf(path: string, request: string, stop: AbortSignal): AsyncGenerator<string, void, undefined> {
  const socket = await connected(path);
  const end = (): void => void socket.destroy();
  stop.addEventListener('abort', end);
  socket.setEncoding('utf8');
  let text = '';
  try {
    socket.write(request);
    // Reads on only when its caller wants the next line.
    for await (const chunk of socket) {
      text += String(chunk);
      for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n')) {
        yield text.slice(0, at);
        text = text.slice(at + 1);
      }
      if (text.length > longestAnswer) throw new Problem('failed', 'The companion’s answer is too long.');
    }
  } catch (error) {
    if (stop.aborted) return;
    if (error instanceof Problem) throw error;
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT' || code === 'ECONNREFUSED') throw new NotRunning();
    // It was killed; its end is told by whoever reads.
    if (code !== 'ECONNRESET' && code !== 'EPIPE') throw new Problem('failed', `The companion can’t be asked (${code}).`);
  } finally {
    stop.removeEventListener('abort', end);
    socket.destroy();
  }
}

const unknownForm = (): Problem => new Problem('version', 'The companion answered in a form that this jean-ravi does not know.');

async function converse(path: string, request: string): Promise<string> {
  return await conversation(await connected(path), request);
}

/** A socket that is connected, or about to be. @throws NotRunning */
async function connected(path: string): Promise<Socket> {
  // On Windows the path is a file that names a pipe.
  const pipe = await publishedPipe(path);
  if (pipe === null) return createConnection(path);
  const socket = await callPipe(pipe, 10_000);
  if (socket === null) throw new NotRunning();
  return socket;
}

/** One question on a socket that is connected, or about to be. */
function conversation(socket: Socket, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    let connected = false;
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const begin = (): void => {
      connected = true;
      socket.write(request);
      socket.resume();
    };
    socket.setEncoding('utf8');
    socket.setTimeout(patienceMs, () => fail(new Problem('failed', 'The companion did not answer in time.')));
    if (socket.connecting) socket.once('connect', begin);
    else begin();
    socket.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end !== -1) {
        socket.destroy();
        resolve(text.slice(0, end));
      } else if (text.length > longestAnswer) fail(new Problem('failed', 'The companion’s answer is too long.'));
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const absent = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      fail(absent ? new NotRunning() : new Problem('failed', `The companion can’t be asked (${error.code ?? error.message}).`));
    });
    socket.once('close', () =>
      reject(connected ? new Problem('failed', 'The companion ended the conversation without an answer.') : new NotRunning()),
    );
  });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
