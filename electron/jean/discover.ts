import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { isAbsolute, join, posix, win32 } from 'node:path';
import { z } from 'zod';
import { delay } from '../base/backoff.ts';
import { Secret } from '../base/secret.ts';
import { watchFile } from './folder-watch.ts';
import type { JeanEndpoint } from './socket.ts';

/** A Jean of this machine, for the roads beside its web access. */
export interface LocalJean {
  readonly folder: string;
  /** The MCP socket takes the same token as web access (contract jean §9b). */
  readonly token: Secret | null;
  /** Whether it has an MCP socket. */
  readonly mcp: boolean;
}

/** What a data folder says about its Jean. Messages are sentences for the person. */
export type JeanFound =
  /** No Jean has ever run with this folder. */
  | { readonly kind: 'absent' }
  /** There is one, but its web access has never been on. */
  | { readonly kind: 'off'; readonly message: string; readonly local: LocalJean }
  | { readonly kind: 'unreadable'; readonly message: string }
  /** `local`: its data folder is on this machine. */
  | { readonly kind: 'found'; readonly endpoint: JeanEndpoint; readonly local?: LocalJean };

const file = 'preferences.json';
const defaultPort = 3456;

const preferences = z.object({
  http_server_port: z.number().int().nullish(),
  http_server_token: z.string().nullish(),
  http_server_token_required: z.boolean().nullish(),
  http_server_bind_host: z.string().nullish(),
  jean_mcp_enabled: z.boolean().nullish(),
});

/** Jean's data folders on this platform, the likeliest first (contract jean §6): a headless one's, the release's, a debug build's. */
export function dataFolders(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
): readonly string[] {
  const own = env.JEAN_DATA_DIR;
  const { join: joined, isAbsolute: absolute } = platform === 'win32' ? win32 : posix;
  const names = ['com.jean.desktop', 'com.jean.desktop.dev'].map((name) => joined(appData(env, platform, home, joined), name));
  return own && absolute(own) ? [own, ...names] : names;
}

function appData(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  home: string,
  joined: (...parts: string[]) => string,
): string {
  if (platform === 'darwin') return joined(home, 'Library', 'Application Support');
  if (platform === 'win32') return env.APPDATA || joined(home, 'AppData', 'Roaming');
  const xdg = env.XDG_DATA_HOME;
  // The XDG specification: a relative path is to be ignored.
  return xdg && isAbsolute(xdg) ? xdg : joined(home, '.local', 'share');
}

/** Reads where Jean answers from its `preferences.json`. Never throws; a file read in the middle of a write is read once more. */
export async function readJean(folder: string): Promise<JeanFound> {
  const path = join(folder, file);
  let found = await readOnce(path, folder);
  if (found.kind === 'unreadable') {
    await delay(100);
    found = await readOnce(path, folder);
  }
  return found;
}

async function readOnce(path: string, folder: string): Promise<JeanFound> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    return { kind: 'unreadable', message: `Jean's ${path} cannot be read (${String(code)}). Check who may read it.` };
  }
  try {
    return whatItSays(preferences.parse(JSON.parse(text)), folder);
  } catch {
    // The parser's own words may quote the file, and the file holds tokens.
    return {
      kind: 'unreadable',
      message: `Jean's ${path} holds something unexpected. Start Jean once, so that it writes it anew.`,
    };
  }
}

function whatItSays(it: z.output<typeof preferences>, folder: string): JeanFound {
  const token = it.http_server_token ? Secret.of(it.http_server_token) : null;
  const port = it.http_server_port ?? defaultPort;
  const local = { folder, token, mcp: it.jean_mcp_enabled !== false };
  if (token === null && it.http_server_token_required !== false) {
    return { kind: 'off', message: "Jean's web access has never been on. Turn on Settings → Web Access in Jean.", local };
  }
  if (port < 1 || port > 65_535) {
    return {
      kind: 'off',
      message: `Jean's web access has no usable port (${port}). Choose one in Settings → Web Access in Jean.`,
      local,
    };
  }
  return { kind: 'found', endpoint: { url: `http://${reachable(it.http_server_bind_host)}:${port}`, token, folder }, local };
}

/** The address by which this machine reaches what listens on `host`. */
function reachable(host: string | null | undefined): string {
  if (!host || host === '0.0.0.0' || host === '::' || host === 'localhost') return '127.0.0.1';
  return isIPv6(host) ? `[${host}]` : host;
}

/**
 * Tells what the first folder with a Jean says: now, and each time its preferences are written. When none has one, what the
 * first says. Only reads, and ends with `signal`.
 */
export async function* watchJean(
  folders: readonly string[],
  signal: AbortSignal,
  options: { readonly pollMs?: number } = {},
): AsyncGenerator<JeanFound, void, undefined> {
  const changes = watchFile(
    folders.map((folder) => join(folder, file)),
    signal,
    options,
  );
  for await (const _change of changes) yield await firstFound(folders);
}

/** What the first of the folders that has a Jean says; `absent` when none has. */
async function firstFound(folders: readonly string[]): Promise<JeanFound> {
  let best: JeanFound = { kind: 'absent' };
  for (const folder of folders) {
    const found = await readJean(folder);
    if (found.kind === 'found') return found;
    if (best.kind === 'absent') best = found;
  }
  return best;
}
