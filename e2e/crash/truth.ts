import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worktree } from '../../sandbox/jean/model.ts';
import type { Sandbox } from '../../sandbox/world.ts';
import { brokenAt, type FiledEntry, readAudit } from './audit-file.ts';

/** Where to look. */
export interface Scene {
  readonly sandbox: Sandbox;
  readonly userData: string;
  /** Worktrees that are in Jean, whose credential ended because their pull request was merged: git there stays closed. */
  readonly merged: ReadonlySet<string>;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64');
const socketOf = (worktreeId: string): string => `${createHash('sha256').update(worktreeId).digest('hex').slice(0, 16)}.sock`;

/** Until when, at the latest, each token may live of which the log says that nobody holds it; epoch ms. */
const toldEnds = (entries: readonly FiledEntry[]): number[] =>
  entries
    .filter(({ message }) => message.includes('may have been issued'))
    .map(({ facts }) => Date.parse(JSON.parse(facts)['ends by']));

/**
 * Everything outside and on the disk that is not as it should be once the app rests, in words; empty when all is well. Nothing here asks the
 * app: GitHub, Ravi, git and the files say it.
 */
export async function wrongs(scene: Scene): Promise<readonly string[]> {
  const { sandbox, userData, merged } = scene;
  const inUse = sandbox.jean.worktrees().filter(({ archived_at, session_type }) => !archived_at && session_type === 'worktree');
  const active = inUse.filter(({ id }) => !merged.has(id));
  const quick = [...tokensAndVault(scene, active), ...(await secretsOnDisk(userData, active))];
  if (quick.length > 0) return quick;
  const slow = await Promise.all([
    ...sandbox.jean.worktrees().map((worktree) => configOf(sandbox, worktree, active, merged)),
    ...active.map((worktree) => gitGetsIt(sandbox, worktree)),
    sockets(sandbox, userData, inUse),
  ]);
  const chain = brokenAt(readAudit(userData));
  return [...slow.flat(), ...(chain === null ? [] : [chain])];
}

function tokensAndVault({ sandbox, userData }: Scene, active: readonly Worktree[]): string[] {
  const live = sandbox.github.control.liveTokens().filter(({ kind }) => kind === 'installation');
  const kept = sandbox.ravi.secrets(sandbox.raviAccount.identityUuid);
  const found: string[] = [];
  const owned = new Set<string>();
  for (const { id, name } of active) {
    const mine = kept.filter(({ notes }) => notes.includes(id));
    if (mine.length !== 1) found.push(`the vault has ${mine.length} entries for ${name}`);
    const hash = hashOf(mine[0]?.value ?? '');
    if (mine.length === 1 && !live.some((token) => token.hash === hash))
      found.push(`the vault’s token of ${name} is dead at GitHub`);
    owned.add(hash);
  }
  const strange = kept.filter(({ notes }) => !active.some(({ id }) => notes.includes(id)));
  found.push(...strange.map(({ key }) => `the vault holds ${key} of no active worktree`));
  const entries = readAudit(userData);
  const known = live.filter(({ hash }) => !owned.has(hash) && entries.some(({ fingerprint }) => fingerprint === hash));
  if (known.length > 0) found.push(`${known.length} tokens live at GitHub that the app knew and no worktree has`);
  const unknown = live.filter(({ hash }) => !owned.has(hash) && !entries.some(({ fingerprint }) => fingerprint === hash));
  const ends = toldEnds(entries).sort((a, b) => a - b);
  for (const { expiresAt } of unknown) {
    const told = ends.findIndex((end) => end >= (expiresAt ?? 0));
    if (told === -1) found.push('a token lives at GitHub that nobody knows, and the audit log does not tell of it');
    else ends.splice(told, 1);
  }
  found.push(...untold(entries, new Set(live.map(({ hash }) => hash))));
  return found;
}

/** The log tells of each token that it was made and kept, and how it ended; it never tells of an end that did not come. */
function untold(entries: readonly FiledEntry[], live: ReadonlySet<string>): string[] {
  const told = (kind: string): Set<string | null> =>
    new Set(entries.filter((entry) => entry.kind === kind).map(({ fingerprint }) => fingerprint));
  const [minted, stored] = [told('credential.minted'), told('credential.stored')];
  const dead = new Set([...told('credential.verified-dead'), ...told('credential.expired')]);
  const found: string[] = [];
  for (const hash of minted) {
    if (hash === null) continue;
    if (live.has(hash) && !stored.has(hash)) found.push('the audit log does not tell where a token is kept');
    if (live.has(hash) === dead.has(hash))
      found.push(`the audit log tells wrongly of a token’s end, which ${live.has(hash) ? 'lives' : 'is dead'}`);
  }
  return found;
}

/** The encrypted box on this machine holds the values of serving tokens and no others. */
async function secretsOnDisk(userData: string, active: readonly Worktree[]): Promise<string[]> {
  const names = Object.keys(JSON.parse(await readFile(join(userData, 'secrets.json'), 'utf8')) as object);
  const tokens = names.filter((name) => name.startsWith('token:'));
  if (tokens.length === active.length) return [];
  return [`the secret box holds ${tokens.length} tokens for ${active.length} active worktrees`];
}

/** The worktree that the companion's settings there name; empty where there are none. */
const configured = async (sandbox: Sandbox, id: string): Promise<string> =>
  (await sandbox.jean.run(id, 'git config --get jeanravi.worktree')).stdout.trim();

/** Git stays ours in a merged worktree, unless it was merged before the app came to it. */
async function configOf(
  sandbox: Sandbox,
  { id, name, archived_at }: Worktree,
  active: readonly Worktree[],
  merged: ReadonlySet<string>,
): Promise<string[]> {
  if (merged.has(id) && archived_at === undefined) return [];
  const wanted = active.some((worktree) => worktree.id === id) ? id : '';
  const there = await configured(sandbox, id);
  return there === wanted ? [] : [`git in ${name} ${wanted === '' ? 'still has' : 'lacks'} the companion’s settings`];
}

async function gitGetsIt(sandbox: Sandbox, { id, name }: Worktree): Promise<string[]> {
  const ask = `git remote get-url origin | sed 's,^\\(http[s]*\\)://\\([^/]*\\)/\\(.*\\)$,protocol=\\1\\nhost=\\2\\npath=\\3,' | git credential fill`;
  const { stdout, stderr } = await sandbox.jean.run(id, `GIT_TERMINAL_PROMPT=0; export GIT_TERMINAL_PROMPT; ${ask}`);
  const token = /^password=(.*)$/m.exec(stdout)?.[1];
  if (token === undefined) return [`git in ${name} gets no credential: ${stderr.trim()}`];
  const held = sandbox.ravi.secrets(sandbox.raviAccount.identityUuid).find(({ notes }) => notes.includes(id));
  return held?.value === token ? [] : [`git in ${name} gets another token than the vault holds`];
}

/** A socket for each worktree whose git asks us, and no other. */
async function sockets(sandbox: Sandbox, userData: string, inUse: readonly Worktree[]): Promise<string[]> {
  const files = (await readdir(join(userData, 'git')).catch(() => [])).filter((file) => file.endsWith('.sock'));
  const asking = await Promise.all(inUse.map(async (worktree) => ((await configured(sandbox, worktree.id)) ? [worktree] : [])));
  const wanted = asking.flat();
  const names = new Set(wanted.map(({ id }) => socketOf(id)));
  const strange = files.filter((file) => !names.has(file)).map((file) => `the socket ${file} belongs to no worktree`);
  const missing = wanted.filter(({ id }) => !files.includes(socketOf(id))).map(({ name }) => `${name} has no socket`);
  return [...strange, ...missing];
}
