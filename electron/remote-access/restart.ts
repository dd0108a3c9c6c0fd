import { spawn } from 'node:child_process';
import type { RestartWay } from '../../shared/remote-settings.ts';
import { plainLine } from '../base/plain-line.ts';
import { redact } from '../base/redact.ts';

/** A program and what it is given. */
export interface Words {
  readonly program: string;
  readonly words: readonly string[];
}

/** What a restart came to; `why` is a sentence for the person. */
export type Restarted = { readonly ok: true } | { readonly ok: false; readonly why: string };

const withinMs = 90_000;
const mostBytes = 64 * 1024;

/**
 * A command as the person typed it, in words: quotes and backslashes as in a shell, and nothing else of one, because no shell runs it.
 * @throws with a sentence where it means something that only a shell does
 */
export function commandWords(command: string): Words {
  const words: string[] = [];
  let word: string | null = null;
  let quote: '"' | "'" | null = null;
  for (let at = 0; at < command.length; at += 1) {
    const sign = command.charAt(at);
    if (quote === "'") {
      if (sign === "'") quote = null;
      else word += sign;
    } else if (sign === '\\') {
      const next = command.charAt(at + 1);
      if (next === '') throw new Error('The command ends with a backslash.');
      word = (word ?? '') + (quote === '"' && !'"\\$`'.includes(next) ? `\\${next}` : next);
      at += 1;
    } else if (sign === '"') {
      quote = quote === null ? '"' : null;
      word ??= '';
    } else if (sign === "'" && quote === null) {
      quote = "'";
      word ??= '';
    } else if (quote === null && /\s/.test(sign)) {
      if (word !== null) words.push(word);
      word = null;
    } else if ((quote === null && '|&;<>()$`*?[]{}~#!'.includes(sign)) || (quote === '"' && '$`'.includes(sign))) {
      throw new Error(`The command is run without a shell, which “${sign}” would need. Put it into a script and name that.`);
    } else word = (word ?? '') + sign;
  }
  if (quote !== null) throw new Error(`The command has a ${quote} that is not closed.`);
  if (word !== null) words.push(word);
  const [program, ...others] = words;
  if (program === undefined || program === '') throw new Error('Type the command that restarts Jean.');
  return { program, words: others };
}

/** The program that restarts a Jean in this way. @throws as {@link commandWords} */
export const restartWords = (way: RestartWay): Words =>
  way.kind === 'systemd' ? { program: 'systemctl', words: ['--user', 'restart', '--', way.unit] } : commandWords(way.command);

/** Runs what restarts Jean, without a shell, for 90 s at most. Never throws: what went wrong is told. */
export function runRestart(
  way: RestartWay,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
  timeoutMs = withinMs,
): Promise<Restarted> {
  let run: Words;
  try {
    run = restartWords(way);
  } catch (error) {
    return Promise.resolve({ ok: false, why: error instanceof Error ? error.message : String(error) });
  }
  const { program, words } = run;
  return new Promise((resolve) => {
    let said = '';
    let ended: string | null = null;
    const child = spawn(program, words, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env,
      windowsHide: true,
      shell: false,
      detached: true,
    });
    const end = (why: string): void => {
      ended ??= why;
      child.stderr.destroy();
      try {
        // Its children too.
        if (child.pid !== undefined) process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
      } catch {
        // It has ended in the meantime.
      }
    };
    const late = setTimeout(() => end(`${program} did not end within ${Math.round(timeoutMs / 1_000)} seconds.`), timeoutMs);
    const stop = (): void => end('The restart was stopped because the companion quits.');
    signal.addEventListener('abort', stop, { once: true });
    const done = (result: Restarted): void => {
      clearTimeout(late);
      signal.removeEventListener('abort', stop);
      resolve(ended === null ? result : { ok: false, why: ended });
    };
    child.stderr.on('data', (chunk: Buffer) => {
      if (said.length < mostBytes) said += chunk.toString('utf8');
    });
    child.once('error', (error) => {
      const code = 'code' in error ? error.code : error.message;
      done({
        ok: false,
        why: code === 'ENOENT' ? `There is no program “${program}”.` : `${program} could not be started (${String(code)}).`,
      });
    });
    // A service that it starts may keep its stderr open: its own end counts.
    child.once('exit', (code, killed) => {
      const last = plainLine(redact(said.trim().split('\n').at(-1) ?? ''), 300);
      const how = code === null ? `was ended by ${killed}` : `ended with ${code}`;
      setImmediate(() =>
        done(code === 0 ? { ok: true } : { ok: false, why: `${program} ${how}${last === '' ? '.' : `: ${last}`}` }),
      );
      child.stderr.destroy();
    });
    if (signal.aborted) stop();
  });
}
