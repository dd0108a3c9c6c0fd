import type { RemoteRole } from '../../shared/remote-access.ts';
import type { Verdict } from './policy.ts';

/** The characters an address is made of (RFC 3986), without `;`, which some servers cut at. */
const addressCharacters = /^[A-Za-z0-9\-._~!$&'()*+,=:@/?%[\]]+$/;

const projectFiles = '/api/project-files/';
const appFiles = '/api/files/';

/**
 * Judges a request's target as it came. One that two programs could read differently is refused for every role; the rest is looked up by
 * its exact, case-sensitive path (contract jean §1).
 */
export function routeVerdict(role: RemoteRole, method: string, rawTarget: string): Verdict {
  if (rawTarget.length > 8192) return no('The address is too long.');
  if (!rawTarget.startsWith('/')) return no('The request’s target is not a path.');
  if (!addressCharacters.test(rawTarget)) return no('The address has characters that do not belong into one.');
  const mark = rawTarget.indexOf('?');
  const rawPath = mark < 0 ? rawTarget : rawTarget.slice(0, mark);
  const path = plainPath(rawPath);
  if (path === null) return no('The address can be read in more than one way.');
  const query = queryOf(mark < 0 ? '' : rawTarget.slice(mark + 1));
  if (query === null) return no('The address names a value twice, or hides a name.');
  return judgePath(role, method, path, query);
}

const yes: Verdict = { allow: true };

function no(why: string): Verdict {
  return { allow: false, why };
}

/** The path with what is %-encoded decoded; null when it holds a trick. */
function plainPath(rawPath: string): string | null {
  // An absolute path is the last part of a project file's address, its slashes encoded or not.
  const prefix = rawPath.startsWith(projectFiles) ? projectFiles : '';
  const rest = rawPath.slice(prefix.length);
  // Nobody encodes what stands for itself but to be read in two ways: `/%61pi/init` is Jean's page to one reader and its data to another.
  if (/%(?:25|3b|5c|[01][0-9a-f]|7f|3[0-9]|[46][1-9a-f]|[57][0-9a]|2[de]|5f|7e)/i.test(rest)) return null;
  if (prefix === '' && /%2f/i.test(rest)) return null;
  let decoded: string;
  try {
    decoded = decodeURIComponent(rest);
  } catch {
    return null;
  }
  const within = prefix === '' ? decoded : decoded.replace(/^\/?/, '/');
  if (/\/{2}|\/\.{1,2}(?:\/|$)|[\\;]/.test(within)) return null;
  return `${prefix}${decoded}`;
}

/** Name, value and raw pair of each query parameter; null when a name comes twice, in whatever spelling, or is encoded. */
function queryOf(query: string): readonly (readonly [name: string, value: string, pair: string])[] | null {
  const found: (readonly [string, string, string])[] = [];
  const names = new Set<string>();
  for (const pair of query.split('&')) {
    if (pair === '') continue;
    const equals = pair.indexOf('=');
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name) || names.has(name.toLowerCase())) return null;
    // Jean reads `token` alone; a name that only looks so is nobody's need.
    if (name !== 'token' && name.toLowerCase() === 'token') return null;
    names.add(name.toLowerCase());
    const value = equals < 0 ? '' : pair.slice(equals + 1);
    if (/%(?![0-9a-f]{2})|%[01][0-9a-f]|%7f/i.test(value)) return null;
    found.push([name, value, pair]);
  }
  return found;
}

function judgePath(role: RemoteRole, method: string, path: string, query: NonNullable<ReturnType<typeof queryOf>>): Verdict {
  if (path === '/api/commit-jobs') {
    if (method !== 'POST') return no(`${path} takes POST alone.`);
    return role === 'owner' ? yes : no('Commits and pushes over this address are for an owner alone.');
  }
  if (method !== 'GET' && !(method === 'HEAD' && path !== '/ws'))
    return no(`${method.slice(0, 20)} is not passed on for this address.`);
  switch (path) {
    case '/healthz':
    case '/readyz':
    case '/ws':
      return yes;
    case '/api/auth':
    case '/api/version':
      return yes;
    case '/api/init':
      return selectedProjectIsPlain(query) ? yes : no('selected_project is the id of a project.');
  }
  if (path.startsWith(appFiles)) return judgeAppFile(role, path.slice(appFiles.length));
  // Any file of a project, `.env` and keys included, whether a session ever touched it or not: more than sessions show.
  if (path.startsWith(projectFiles)) {
    return role === 'owner' ? yes : no('The files of projects are for an owner alone: they hold more than sessions show.');
  }
  const first = path.split('/')[1]?.toLowerCase() ?? '';
  if (['api', 'ws', 'healthz', 'readyz'].includes(first)) return no('Jean has no such address.');
  // Jean's page: it and its parts are the same for everybody.
  return yes;
}

function selectedProjectIsPlain(query: NonNullable<ReturnType<typeof queryOf>>): boolean {
  const selected = query.find(([name]) => name === 'selected_project');
  return selected === undefined || /^[A-Za-z0-9_-]{0,128}$/.test(selected[1]);
}

/** Pictures that Jean's page shows. No SVG: opened by itself it would run its script as Jean's page. */
const picture = /^(?:avatars|pasted-images)\/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}\.(?:png|jpe?g|gif|webp)$/;

/**
 * Below Jean's data folder lie (contract jean §6): `projects.json` with keys; session metadata with command lines of terminals, profiles
 * and process ids; run logs with all that a CLI wrote; `.input.jsonl` prompts; `ui-state.json` with drafts; logs, sockets and programs of
 * CLIs; recovery files. Jean's page needs none of it by this way but avatars, pasted pictures and, in old ones, the preferences.
 */
function judgeAppFile(role: RemoteRole, file: string): Verdict {
  if (role === 'owner' || file === 'preferences.json' || picture.test(file)) return yes;
  return no('This file of Jean’s is for an owner alone.');
}
