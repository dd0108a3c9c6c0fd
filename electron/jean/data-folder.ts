import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { delay } from '../base/backoff.ts';
import { JeanError } from './error.ts';
import { type Metadata, metadata } from './stored-session.ts';

const projectsFile = z.object({ projects: z.array(z.unknown()), worktrees: z.array(z.unknown()) });
const indexFile = z.object({
  sessions: z.array(z.looseObject({ id: z.string(), archived_at: z.number().nullish() })),
});

/** Jean's ids are its own; one that could lead out of its folder is none. */
export const safeId = /^[A-Za-z0-9][A-Za-z0-9_-]{0,199}$/;

/** Waits before a file that was torn is read again, ms. Jean replaces its files at once, but not every file system does. */
const againMs = [30, 120];

/** Reads Jean's own files (contract jean §6), never writes there, and reads again only what has changed. */
export class DataFolder {
  readonly #root: string;
  readonly #kept = new Map<string, { readonly mark: string; readonly stored: Metadata }>();

  constructor(root: string) {
    this.#root = root;
  }

  sessionFolder(sessionId: string): string {
    return join(this.#root, 'sessions', 'data', sessionId);
  }

  /** All projects and worktrees, archived ones too, unparsed. @throws JeanError when the file is missing or can't be read */
  async projects(): Promise<z.output<typeof projectsFile>> {
    const path = join(this.#root, 'projects.json');
    const read = await readWhole(path, projectsFile);
    if (read === null) throw new JeanError('unreachable', `Jean's ${path} is missing.`);
    return read;
  }

  /** Ids of a worktree's sessions without archived ones; none when it has no index. @throws JeanError when it can't be read */
  async sessionIds(worktreeId: string): Promise<readonly string[]> {
    if (!safeId.test(worktreeId)) return [];
    const index = await readWhole(join(this.#root, 'sessions', 'index', `${worktreeId}.json`), indexFile);
    return (index?.sessions ?? []).filter(({ archived_at }) => archived_at == null).map(({ id }) => id);
  }

  /** A session's metadata; null when there is none. @throws JeanError when it can't be read */
  async session(sessionId: string): Promise<Metadata | null> {
    if (!safeId.test(sessionId)) return null;
    const path = join(this.sessionFolder(sessionId), 'metadata.json');
    const mark = await markOf(path);
    const kept = this.#kept.get(sessionId);
    if (mark !== null && kept?.mark === mark) return kept.stored;
    const stored = await readWhole(path, metadata);
    if (stored === null || mark === null) this.#kept.delete(sessionId);
    else this.#kept.set(sessionId, { mark, stored });
    return stored;
  }

  /** Forgets what it kept of all others. */
  keepOnly(sessionIds: ReadonlySet<string>): void {
    for (const id of this.#kept.keys()) if (!sessionIds.has(id)) this.#kept.delete(id);
  }
}

async function readWhole<T>(path: string, schema: z.ZodType<T>): Promise<T | null> {
  for (const wait of [...againMs, null]) {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return null;
      throw new JeanError('unreachable', `Jean's ${path} can't be read (${code}). Check who may read it.`);
    }
    const read = parsed(text, schema);
    if (read !== null) return read;
    if (wait !== null) await delay(wait);
  }
  throw new JeanError('malformed', `Jean's ${path} holds something unexpected.`);
}

function parsed<T>(text: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    // The parser's own words may quote the file. Whoever calls names it instead.
    return null;
  }
}

async function markOf(path: string): Promise<string | null> {
  try {
    const { ino, mtimeMs, size } = await stat(path);
    return `${ino}:${mtimeMs}:${size}`;
  } catch {
    return null;
  }
}
