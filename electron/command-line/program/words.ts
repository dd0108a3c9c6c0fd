import { plainLine } from '../../base/plain-line.ts';
import type { AnswerOf } from '../protocol.ts';

const longestCell = 60;

/** Rows as columns, two spaces apart. Foreign text loses what could steer a terminal. */
function table(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => plainLine(cell, longestCell)));
  const widths: number[] = [];
  for (const row of clean) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, cell.length);
  return clean
    .map(
      (row) =>
        `${row
          .map((cell, at) => cell.padEnd(widths[at] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ') || 'none';

export function statusText(status: AnswerOf<'status'>): string {
  const sandbox = status.mode === 'sandbox' ? ', in the sandbox' : '';
  return (
    `Jean Ravi Companion ${plainLine(status.version, 40)}${sandbox}\n\n` +
    table(status.services.map(({ name, health }) => [name, health])) +
    `\nWorktrees    ${status.worktrees}\nCredentials  ${counted(status.credentials)}\nSessions     ${counted(status.sessions)}\n`
  );
}

/** `now`: epoch ms. */
export function listText({ worktrees }: AnswerOf<'list'>, now: number): string {
  if (worktrees.length === 0) return 'Jean has no worktrees.\n';
  const rows = worktrees.map(({ project, name, branch, base, credential, sessions }) => [
    `${project}/${name}`,
    branch,
    credential === null ? (base ? 'the project’s own' : 'no credential') : credentialWords(credential, now),
    sessions.map((one) => `${one.name}: ${one.status}`).join(', '),
  ]);
  return table([['WORKTREE', 'BRANCH', 'CREDENTIAL', 'SESSIONS'], ...rows]);
}

/** A name that means nothing but itself to every shell. bash's `compgen -W` would carry out a `$(…)` in one, on Tab. */
const harmless = /^[\p{L}\p{N}_][\p{L}\p{N}_./@+:-]*$/u;

/** The names for completion, one a line; a worktree with another name is to be typed, or named by its path. */
export const namesText = ({ worktrees }: Pick<AnswerOf<'list'>, 'worktrees'>): string =>
  worktrees.flatMap(({ name }) => (harmless.test(name) && name.length <= 200 ? [`${name}\n`] : [])).join('');

/** "active, 42 min left". */
export function credentialWords({ state, expiresAt }: AnswerOf<'rotate'>['credential'], now: number): string {
  const minutes = expiresAt === null ? 0 : Math.floor((expiresAt - now) / 60_000);
  return state === 'active' && minutes > 0 ? `active, ${minutes} min left` : state;
}

export function releasedText({ released, left }: AnswerOf<'release.all'>): string {
  const done =
    released === 0
      ? 'No worktree was in the companion’s hands.'
      : `${counting(released, 'worktree is', 'worktrees are')} released: git there is your own again, and they have no credential any more.`;
  if (left.length === 0) return `${done}\n`;
  const lines = left.map(({ name, why }) => `  ${plainLine(`${name}: ${why}`, 1_000)}\n`).join('');
  return `${released === 0 ? '' : `${done}\n`}Not through yet; the companion goes on trying:\n${lines}`;
}

const counting = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

export function entriesText({ entries }: AnswerOf<'audit.tail'>): string {
  return entries
    .map(({ at, kind, subject, outcome, message }) => {
      const about = [subject, outcome === 'ok' ? null : outcome].filter((one) => one !== null).join(', ');
      return `${timeText(at)}  ${kind.padEnd(24)}  ${plainLine(`${about === '' ? '' : `${about}: `}${message}`, 1_000)}\n`;
    })
    .join('');
}

/** Local time, `2026-11-22 14:53:54`. */
export function timeText(at: number): string {
  const time = new Date(at);
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
