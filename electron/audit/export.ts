import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { type AuditFilter, auditFilter } from '../../shared/audit.ts';
import { writeFileAtomically } from '../storage/atomic-file.ts';
import { type ChainCheck, type ChainEntry, type ChainHead, ChainVerifier, genesis, hashEntry } from './chain.ts';
import { type AuditLog, sha256 } from './log.ts';

export interface AuditExport {
  readonly path: string;
  readonly count: number;
}

const entryLine = z.object({
  seq: z.number(),
  at: z.number(),
  kind: z.string(),
  actor: z.string(),
  outcome: z.string(),
  worktreeId: z.string().nullable(),
  subject: z.string().nullable(),
  fingerprint: z.string().nullable(),
  message: z.string(),
  facts: z.record(z.string(), z.string()),
  previous: z.string(),
  hash: z.string(),
});

const summaryLine = z.object({
  summary: z.object({
    exportedAt: z.number(),
    filter: auditFilter,
    /** True: every entry of the log, so that the chain can be followed from end to end. */
    complete: z.boolean(),
    count: z.number(),
    /** The log's newest entry at that time, and with it all that is before. */
    head: z.object({ seq: z.number(), hash: z.string() }),
    /** A hash over the hashes of the exported entries, in order. */
    digest: z.string(),
  }),
});
type Summary = z.infer<typeof summaryLine>['summary'];

/**
 * Writes the entries of a filter to `path`, one JSON object a line, oldest first, and a summary as the last line. The file is whole or
 * not there. Records the export in the log itself (after the file, so not in it).
 * @throws what the file system says, or the signal's reason.
 */
export async function exportAudit(options: {
  readonly log: AuditLog;
  readonly filter: AuditFilter;
  readonly path: string;
  readonly now: () => number;
  readonly signal?: AbortSignal;
}): Promise<AuditExport> {
  const { log, filter, path, now, signal } = options;
  const head = log.chainHead();
  const digest = new HashesDigest();
  const lines = async function* (): AsyncGenerator<string> {
    for await (const entry of log.oldestFirst(filter, head.seq, signal)) {
      digest.add(entry.hash);
      yield `${JSON.stringify(entry)}\n`;
    }
    const complete = isEverything(filter);
    const summary: Summary = { exportedAt: now(), filter, complete, count: digest.count, head, digest: digest.value };
    yield `${JSON.stringify({ summary })}\n`;
  };
  await writeFileAtomically(path, lines(), { mode: 0o600, ...(signal ? { signal } : {}) });
  const message = digest.count === 1 ? 'One entry was exported.' : `${digest.count} entries were exported.`;
  log.append({ kind: 'audit.exported', actor: 'person', outcome: 'ok', message, facts: { file: path, digest: digest.value } });
  return { path, count: digest.count };
}

/**
 * Checks an exported file by itself. Of a complete export the whole chain is followed; of a filtered one each entry's own hash, its
 * order, and by the summary that none is missing.
 */
export async function verifyExport(path: string): Promise<ChainCheck> {
  const check = new ExportCheck();
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line !== '') check.add(line);
  }
  return check.finish();
}

class ExportCheck {
  readonly #chain = new ChainVerifier(sha256);
  readonly #digest = new HashesDigest();
  #last: ChainHead = genesis;
  #summary: Summary | null = null;
  #why: string | null = null;

  add(line: string): void {
    if (this.#why !== null) return;
    const value = parse(line);
    const summary = summaryLine.safeParse(value);
    if (this.#summary !== null) this.#why = 'There are lines after the summary.';
    else if (summary.success) this.#summary = summary.data.summary;
    else {
      const entry = entryLine.safeParse(value);
      this.#why = entry.success ? this.#wrong(entry.data) : `Line ${this.#digest.count + 1} is no entry of an audit log.`;
    }
  }

  finish(): ChainCheck {
    const why = this.#why ?? this.#wrongAtTheEnd();
    const count = this.#digest.count;
    return why === null ? { ok: true, count } : { ok: false, count, brokenAt: this.#last.seq + 1, why };
  }

  #wrong(entry: ChainEntry): string | null {
    if (entry.seq <= this.#last.seq) return `Entry ${entry.seq} is out of order.`;
    if (hashEntry(entry.previous, entry, sha256) !== entry.hash) return `Entry ${entry.seq} was changed after it was written.`;
    if (entry.seq === this.#last.seq + 1 && entry.previous !== this.#last.hash) {
      return `Entry ${entry.seq} does not follow the entry before it.`;
    }
    this.#last = { seq: entry.seq, hash: entry.hash };
    this.#digest.add(entry.hash);
    this.#chain.add(entry);
    return null;
  }

  #wrongAtTheEnd(): string | null {
    const summary = this.#summary;
    if (summary === null) return 'The summary at the end is missing: the file was cut off.';
    if (summary.count !== this.#digest.count || summary.digest !== this.#digest.value) {
      return `The summary speaks of ${summary.count} entries, and they are not the ${this.#digest.count} in the file.`;
    }
    if (!summary.complete) return null;
    const chain = this.#chain.finish(summary.head);
    return chain.ok ? null : chain.why;
  }
}

/** A running digest over hashes, each on its own line. */
class HashesDigest {
  #value = genesis.hash;
  #count = 0;

  add(hash: string): void {
    this.#value = sha256(`${this.#value}\n${hash}`);
    this.#count += 1;
  }

  get value(): string {
    return this.#value;
  }

  get count(): number {
    return this.#count;
  }
}

const isEverything = (filter: AuditFilter): boolean =>
  filter.text.trim() === '' && filter.worktreeId === null && filter.kind === null && filter.from === null && filter.to === null;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
