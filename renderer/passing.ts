import type { AppState } from '../shared/model.ts';

/** Collections whose rows hold a code for a while. */
const passing = ['identities', 'services', 'sources'] as const;

/**
 * Empties the codes in rows that are gone from the state. React keeps what it drew with until it draws again, and closures keep whole
 * states: without this a code would stay in the page's memory long after the field that showed it (measured by heap snapshots).
 * The rows are the page's own copies, made when main's patch was read.
 */
export function forget(before: AppState, after: AppState): void {
  if (before === after) return;
  for (const collection of passing) {
    const rows: Readonly<Record<string, unknown>> = after[collection];
    for (const [id, row] of Object.entries(before[collection])) if (rows[id] !== row) empty(row);
  }
}

function empty(row: AppState[(typeof passing)[number]][string]): void {
  if ('inbox' in row)
    for (const message of row.inbox?.messages ?? [])
      Object.assign(message, { from: '', subject: '', text: '', codes: [], links: [] });
  if ('login' in row && row.login !== null && typeof row.login === 'object') Object.assign(row.login, { userCode: '' });
}
