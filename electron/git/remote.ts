import { stat } from 'node:fs/promises';
import { runGit } from './run.ts';

/** A repository on a server, as a remote's URL names it. It never holds user or password. */
export interface Remote {
  /** Lower case, with the port where it is not the protocol's own. */
  readonly host: string;
  readonly owner: string;
  /** Without `.git`. */
  readonly name: string;
  readonly protocol: 'https' | 'http' | 'ssh';
}

/** What a clone calls `origin`. */
export interface Origin {
  /** Null where it is no repository on a server of the form owner/name. */
  readonly remote: Remote | null;
  /** A password stands in the URL: git uses that and asks no helper (contract github §4.3). */
  readonly hasPassword: boolean;
}

const ports: Readonly<Record<string, string>> = { 'ssh:': '22' };
const ownerPattern = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const namePattern = /^[A-Za-z0-9_.-]+$/;

/** Reads `https://`, `http://`, `ssh://` and `user@host:owner/name`; null for everything else. */
export function parseRemote(url: string): Remote | null {
  const text = url.trim();
  // A control character or blank inside is no URL that git would use, and must never reach a config file.
  if (text === '' || /[\s\p{Cc}]/u.test(text)) return null;
  if (text.includes('://')) return parseUrl(text);
  // git reads `a:b` as host and path only when no slash comes before the colon; `C:\x` and `C:/x` are files on Windows.
  const scp = /^(?:[^@/:[\]]+@)?([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)\/?(.+)$/.exec(text);
  if (scp?.[1] === undefined || scp[2] === undefined || scp[1].length === 1) return null;
  return repositoryAt('ssh', scp[1].toLowerCase(), scp[2]);
}

function parseUrl(text: string): Remote | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const protocol = url.protocol.slice(0, -1);
  if (protocol !== 'https' && protocol !== 'http' && protocol !== 'ssh') return null;
  if (url.hostname === '' || url.search !== '' || url.hash !== '') return null;
  const port = url.port === '' || url.port === ports[url.protocol] ? '' : `:${url.port}`;
  return repositoryAt(protocol, `${url.hostname.toLowerCase()}${port}`, url.pathname.slice(1));
}

function repositoryAt(protocol: Remote['protocol'], host: string, path: string): Remote | null {
  const [owner = '', last = '', ...rest] = path.replace(/\/$/, '').split('/');
  const name = last.replace(/\.git$/, '');
  if (rest.length > 0 || !ownerPattern.test(owner) || !namePattern.test(name) || name === '.' || name === '..') return null;
  return { host, owner, name, protocol };
}

/** Whether a URL carries a password (or, on its own, a token in the place of the user). */
export function hasPassword(url: string): boolean {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return password !== '' || /^(gh[a-z]_|github_pat_)/.test(username);
}

/** The user in an HTTP address; null where there is none. */
export function userOf(url: string): string | null {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return null;
  return new URL(url).username || null;
}

/** The `origin` of the clone at `path`, after the person's own `insteadOf` rules; null when there is none, or no clone. */
export async function originOf(path: string, signal?: AbortSignal): Promise<Origin | null> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory()) return null;
  const { code, stdout } = await runGit(['remote', 'get-url', 'origin'], { cwd: path, signal });
  if (code !== 0) return null;
  const url = stdout.trim();
  return { remote: parseRemote(url), hasPassword: hasPassword(url) };
}
