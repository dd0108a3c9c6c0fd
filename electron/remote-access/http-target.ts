/** Longest request target, characters. Jean's own are far shorter; the longest is a path in `/api/project-files/`. */
const longestTarget = 4_096;

/** A request target, with our credential taken out of it. */
export interface Target {
  /** As it came, still encoded. */
  readonly path: string;
  /** Path and query as they go on, without `token`. */
  readonly clean: string;
  /** The value of `token`; null when there is none, or an empty one. */
  readonly token: string | null;
}

export type TargetReading =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly status: 400 | 414; readonly why: string };

const bad = (why: string): TargetReading => ({ ok: false, status: 400, why });
/** Printable ASCII from a slash on; no fragment and no backslash, which some servers read as a slash. */
const plain = /^\/(?!\/)[!"$-[\]-~]*$/;

/**
 * Reads a request target (RFC 9112 §3.2.1, origin-form alone: what names another server is no business of ours). Jean reads `token` out of
 * a decoded query (contract jean §1), so each name is decoded before it is compared: `%74oken` would pass its own check otherwise.
 */
export function readTarget(raw: string): TargetReading {
  if (raw.length > longestTarget) return { ok: false, status: 414, why: 'The address is too long.' };
  if (!plain.test(raw)) return bad('The address is not one that is served here.');
  const mark = raw.indexOf('?');
  const path = mark < 0 ? raw : raw.slice(0, mark);
  if (path.includes('%') && decode(path) === null) return bad('The address is not written as it should be.');
  if (mark < 0) return { ok: true, target: { path, clean: path, token: null } };
  const query = raw.slice(mark + 1);
  // Some readers take off a second question mark too.
  if (query.startsWith('?')) return bad('The address is not written as it should be.');
  // Almost no query has anything to look for; an encoded letter could spell it.
  if (!/token|%/i.test(query)) return { ok: true, target: { path, clean: raw, token: null } };

  const kept: string[] = [];
  let token: string | null = null;
  let found = false;
  for (const pair of query.split('&')) {
    const [name = '', ...value] = pair.split('=');
    const decoded = decode(name);
    if (decoded === null) return bad('The address is not written as it should be.');
    if (decoded.trim().toLowerCase() !== 'token') {
      kept.push(pair);
      continue;
    }
    if (name !== 'token') return bad('The address is not written as it should be.');
    if (found) return bad('The address holds more than one token.');
    found = true;
    token = decode(value.join('='));
    if (token === null) return bad('The address is not written as it should be.');
  }
  const rest = kept.join('&');
  return { ok: true, target: { path, clean: rest === '' ? path : `${path}?${rest}`, token: token === '' ? null : token } };
}

function decode(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
