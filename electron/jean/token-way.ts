import type { Secret } from '../base/secret.ts';

/** Tokens of Jeans that take it in the query alone (0.1.31, contract jean §1). Found out by trying, as versions tell too little. */
const inQuery = new WeakSet<Secret>();

/** Adds the token to a request: as a header, so that it stands in no address, wherever Jean takes it there. */
export function withToken(url: URL, token: Secret | null): { readonly url: URL; readonly headers: Record<string, string> } {
  if (token === null) return { url, headers: {} };
  if (!inQuery.has(token)) return { url, headers: { authorization: `Bearer ${token.reveal()}` } };
  const carried = new URL(url);
  carried.searchParams.set('token', token.reveal());
  return { url: carried, headers: {} };
}

/** Tries with the header, and when that is refused with the query; what worked is kept for this token. */
export async function eitherWay<T>(
  token: Secret | null,
  attempt: () => Promise<T>,
  refused: (outcome: T) => boolean,
): Promise<T> {
  const first = await attempt();
  if (token === null || !refused(first)) return first;
  const before = inQuery.has(token);
  if (before) inQuery.delete(token);
  else inQuery.add(token);
  let accepted = false;
  try {
    const second = await attempt();
    accepted = !refused(second);
    return accepted ? second : first;
  } finally {
    if (!accepted && !before) inQuery.delete(token);
  }
}
