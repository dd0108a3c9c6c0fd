import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import type { Secret } from '../base/secret.ts';
import { JeanError } from './error.ts';

const answerLine = z.union([
  z.object({
    result: z.object({ content: z.array(z.looseObject({ text: z.string().optional() })), isError: z.boolean().nullish() }),
  }),
  z.object({ error: z.union([z.string(), z.looseObject({ message: z.string() })]) }),
]);

const withinMs = 10_000;
const longest = 64 * 1024 * 1024;

/** Where a Jean with this data folder listens for MCP calls (contract jean §9b). */
export function mcpAddress(folder: string, platform: NodeJS.Platform): string {
  if (platform !== 'win32') return join(folder, 'jean-mcp.sock');
  return `\\\\.\\pipe\\jean-mcp-${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
}

/**
 * Calls one tool over Jean's MCP socket, which answers also while web access is off: a connection, a line, a line back.
 * @throws JeanError
 */
export async function callMcp(
  { folder, token }: { readonly folder: string; readonly token: Secret },
  tool: string,
  args: Readonly<Record<string, unknown>>,
  signal: AbortSignal,
): Promise<unknown> {
  const question = { token: token.reveal(), name: tool, arguments: args, source: 'companion', depth: 0 };
  const line = await exchange(mcpAddress(folder, process.platform), `${JSON.stringify(question)}\n`, tool, signal);
  const answer = answerLine.safeParse(parsed(line));
  if (!answer.success) throw new JeanError('malformed', `Jean's answer to ${tool} could not be read.`);
  if ('error' in answer.data) throw refusal(tool, answer.data.error);
  const { content, isError } = answer.data.result;
  const text = content.map((part) => part.text ?? '').join('');
  if (isError) throw new JeanError('command-failed', `Jean refused ${tool}: ${text.slice(0, 300)}`);
  const value = parsed(text);
  if (value === undefined) throw new JeanError('malformed', `Jean's answer to ${tool} is no JSON.`);
  return value;
}

function refusal(tool: string, error: string | { readonly message: string }): JeanError {
  const text = typeof error === 'string' ? error : error.message;
  if (text === 'unauthorized') return new JeanError('unauthorized', 'Jean refused the token on its MCP socket.');
  const kind = /unknown tool/i.test(text) ? 'unknown-command' : 'command-failed';
  return new JeanError(kind, `Jean refused ${tool}: ${text.slice(0, 300)}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function exchange(address: string, line: string, tool: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const socket = connect(address);
    const end = (error: JeanError | null): void => {
      signal.removeEventListener('abort', stop);
      socket.removeAllListeners();
      socket.on('error', () => {});
      socket.destroy();
      if (error !== null) reject(error);
      else resolve(Buffer.concat(chunks).toString('utf8').split('\n', 1)[0] ?? '');
    };
    const stop = (): void => end(new JeanError('closed', `Waiting for ${tool} was stopped.`));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    socket.setTimeout(withinMs, () => end(new JeanError('timeout', `Jean did not answer ${tool} on its MCP socket.`)));
    socket.on('error', (error) => {
      const code = 'code' in error ? String(error.code) : error.message;
      end(new JeanError('unreachable', `Jean's MCP socket cannot be reached (${code}).`));
    });
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > longest) end(new JeanError('malformed', `Jean's answer to ${tool} is too long.`));
      else if (chunk.includes(10)) end(null);
    });
    socket.on('end', () => end(length > 0 ? null : new JeanError('closed', 'Jean closed its MCP socket without an answer.')));
    socket.on('connect', () => socket.write(line));
  });
}
