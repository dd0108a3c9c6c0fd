import type { AuditFilter } from '../../shared/audit.ts';
import type { SqlValue } from '../storage/database.ts';

export interface Where {
  /** A condition, without `WHERE`. */
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

/** Each word of the search text must be in one of these. */
const searched = ['message', 'subject', 'facts', 'fingerprint', 'kind'] as const;
const wordsAtMost = 6;

/** The entries that a filter means. Words of the text are all looked for, anywhere, without regard to case (ASCII). */
export function whereOf(filter: AuditFilter): Where {
  const parts: string[] = [];
  const params: SqlValue[] = [];
  const add = (sql: string, ...values: SqlValue[]): void => {
    parts.push(sql);
    params.push(...values);
  };
  if (filter.worktreeId !== null) add('worktree_id = ?', filter.worktreeId);
  if (filter.kind !== null) add('kind = ?', filter.kind);
  if (filter.from !== null) add('at >= ?', filter.from);
  if (filter.to !== null) add('at < ?', filter.to);
  for (const word of filter.text.split(/\s+/).filter(Boolean).slice(0, wordsAtMost)) {
    const pattern = likePattern(word);
    add(`(${searched.map((column) => `${column} LIKE ? ESCAPE '\\'`).join(' OR ')})`, ...searched.map(() => pattern));
  }
  return { sql: parts.length > 0 ? parts.join(' AND ') : '1', params };
}

const likePattern = (word: string): string => `%${word.replaceAll('\0', '').replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`;
