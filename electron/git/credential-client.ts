import type { Socket } from 'node:net';
import { callPipe, publishedPipe } from '../base/pipe-door.ts';

/** Asks the running app on behalf of git for Windows, which has no credential-cache; `credentialProgram` reads git's question for us. */
export interface CredentialClientOptions {
  /** The worktree's door: the file that names the pipe. */
  readonly door: string;
  /** What git wants, and of which repository: action, protocol, host, path, and the SHA-256 (hex) of a password that git tells of. */
  readonly argv: readonly string[];
  readonly out: (text: string) => void;
  /** How long the app may take, ms; 12 s when left out: it answers within 10. */
  readonly patienceMs?: number;
}

const mostBytes = 64 * 1024;

/** Resolves with the exit status; anything but 0 has said nothing, and git asks its next helper, which knows the reason. */
export async function askForGit({ door, argv, out, patienceMs = 12_000 }: CredentialClientOptions): Promise<0 | 1> {
  const request = requestOf(argv);
  const pipe = await publishedPipe(door);
  const socket = request === null || pipe === null ? null : await callPipe(pipe, patienceMs);
  if (socket === null || request === null) return 1;
  // No half-open end: a pipe that is shut on one side is shut.
  socket.write(request);
  const answer = await wholeAnswer(socket, patienceMs);
  socket.destroy();
  if (answer === null) return 1;
  out(answer);
  return 0;
}

/** The question as the app takes it; null for one that git would not ask. */
function requestOf([action = '', protocol = '', host = '', path = '', sum = '']: readonly string[]): string | null {
  if (!['get', 'store', 'erase'].includes(action)) return null;
  if ([protocol, host, path].some((text) => /\p{Cc}/u.test(text))) return null;
  if (action !== 'get' && !/^[0-9a-f]{64}$/.test(sum)) return null;
  const told = action === 'get' ? '' : `fingerprint=${Buffer.from(sum, 'hex').toString('base64')}\n`;
  return `action=${action}\nprotocol=${protocol}\nhost=${host}\npath=${path}\n${told}\n`;
}

/** What is said up to the empty line; null when that never comes. */
function wholeAnswer(socket: Socket, patienceMs: number): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    const done = (answer: string | null): void => {
      clearTimeout(timer);
      resolve(answer);
    };
    const timer = setTimeout(() => done(null), patienceMs);
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      said += chunk;
      if (said.startsWith('\n')) done('');
      else if (said.includes('\n\n')) done(said.slice(0, said.indexOf('\n\n') + 1));
      else if (said.length > mostBytes) done(null);
    });
    socket.once('close', () => done(null));
    socket.resume();
  });
}
