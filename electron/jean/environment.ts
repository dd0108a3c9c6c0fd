import { readdir, readFile, readlink } from 'node:fs/promises';

/** Variables by which a session gets past the companion: what git and gh obey before any setting or credential of ours. */
const telling: ReadonlySet<string> = new Set([
  'GH_TOKEN',
  'GITHUB_TOKEN',
  'GH_ENTERPRISE_TOKEN',
  'GIT_ASKPASS',
  'GIT_SSH',
  'GIT_SSH_COMMAND',
  'GIT_CONFIG_COUNT',
  'GIT_CONFIG_PARAMETERS',
]);

/**
 * Which of them Jean's own process was started with: it hands its environment to every session (contract jean §7). Names only. Seen
 * on Linux alone, for a Jean on this machine and of this user; none where it can't be seen.
 */
export async function tellingEnvironment(jeanUrl: string | null): Promise<readonly string[]> {
  const pid = process.platform === 'linux' && jeanUrl !== null ? await listenerAt(new URL(jeanUrl)) : null;
  if (pid === null) return [];
  const environment = await readFile(`/proc/${pid}/environ`).catch(() => Buffer.alloc(0));
  const names = new Set<string>();
  for (let at = 0; at < environment.length; ) {
    const end = environment.indexOf(0, at);
    const equals = environment.indexOf('=', at);
    // Only the name is ever made into text.
    if (equals > at) names.add(environment.toString('latin1', at, equals));
    at = end < 0 ? environment.length : end + 1;
  }
  environment.fill(0);
  return [...telling].filter((name) => names.has(name));
}

/** The process of this user that listens at an address of this machine (proc(5): net/tcp, fd). */
async function listenerAt({ hostname, port }: URL): Promise<string | null> {
  if (!/^(127\.|\[::1\]$|localhost$)/.test(hostname)) return null;
  const socket = await listeningSocket(Number(port || 80));
  if (socket === null) return null;
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    // Another user's descriptors can't be read, and are not Jean's.
    for (const descriptor of await readdir(`/proc/${pid}/fd`).catch(() => []))
      if ((await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')) === socket) return pid;
  }
  return null;
}

/** The socket that listens on a port, as `/proc/<pid>/fd` names it. */
async function listeningSocket(port: number): Promise<string | null> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`/proc/net/${table}`, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      const [, address, , state, , , , , , inode] = line.trim().split(/\s+/);
      if (state === '0A' && address?.endsWith(local) && inode) return `socket:[${inode}]`;
    }
  }
  return null;
}
