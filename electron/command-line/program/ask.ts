import { createConnection, type Socket } from 'node:net';
import { callPipe, publishedPipe } from '../../base/pipe-door.ts';
import {
  type AnswerOf,
  type ArgumentsOf,
  answerLine,
  type CommandName,
  commands,
  longestAnswer,
  Problem,
  protocolVersion,
} from '../protocol.ts';

/** The app is not there to be asked. */
export class NotRunning extends Error {
  override readonly name = 'NotRunning';

  constructor() {
    super('Jean Ravi Companion is not running. Start it, and try again.');
  }
}

/** Nothing that the app does for a command takes longer; GitHub may be slow. ms. */
const patienceMs = 120_000;

/** Asks the running app. @throws NotRunning; Problem with the app's own sentence. */
export async function ask<N extends CommandName>(path: string, command: N, given: ArgumentsOf<N>): Promise<AnswerOf<N>> {
  const line = await converse(path, `${JSON.stringify({ v: protocolVersion, command, arguments: given })}\n`);
  const answer = answerLine.safeParse(parse(line));
  if (!answer.success) throw new Problem('version', 'The companion answered in a form that this jean-ravi does not know.');
  if (!answer.data.ok) throw new Problem(answer.data.code, answer.data.message);
  const value = commands[command].answer.safeParse(answer.data.value);
  if (!value.success) throw new Problem('version', 'The companion answered in a form that this jean-ravi does not know.');
  // The schema of `command` made it; the compiler can't follow the index.
  return value.data as AnswerOf<N>;
}

async function converse(path: string, request: string): Promise<string> {
  // On Windows the path is a file that names a pipe.
  const pipe = await publishedPipe(path);
  if (pipe === null) return await conversation(createConnection(path), request);
  const socket = await callPipe(pipe, 10_000);
  if (socket === null) throw new NotRunning();
  return await conversation(socket, request);
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
