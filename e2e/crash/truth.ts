import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Worktree } from '../../sandbox/jean/model.ts';
import type { Sandbox } from '../../sandbox/world.ts';
import { brokenAt, readAudit } from './audit-file.ts';
import { type LostTokens, placesWronglyTold, tokensWronglyTold } from './story.ts';

/** Where to look. */
export interface Scene {
  readonly sandbox: Sandbox;
  readonly userData: string;
  /** Worktrees that are in Jean, whose credential ended because their pull request was merged: git there stays closed. */
  readonly merged: ReadonlySet<string>;
  readonly lost: LostTokens;
}

const hashOf = (token: string): string => createHash('sha256').update(token).digest('base64');
const doorOf = (worktreeId: string): string => createHash('sha256').update(worktreeId).digest('hex').slice(0, 16);

/**
 * Everything outside and on the disk that is not as it should be once the app rests, in words; empty when all is well. Nothing here asks the
 * app: GitHub, Ravi, git and the files say it.
 */
export async function wrongs(scene: Scene): Promise<readonly string[]> {
  const { sandbox, userData, merged } = scene;
  const all = sandbox.jean.worktrees();
  const inUse = all.filter(({ archived_at, session_type }) => !archived_at && session_type === 'worktree');
  const active = inUse.filter(({ id }) => !merged.has(id));
  const ended = inUse.filter(({ id }) => merged.has(id));
  const quick = [...tokensAndVault(scene, active, false), ...(await secretsOnDisk(userData, active))];
  if (quick.length > 0) return quick;
  const slow = await Promise.all([
    ...all.map((worktree) => configOf(sandbox, worktree, active, merged)),
    ...active.map((worktree) => gitGetsIt(sandbox, worktree)),
    ...ended.map((worktree) => gitIsRefused(sandbox, worktree)),
    doors(sandbox, userData, inUse),
  ]);
  const entries = readAudit(userData);
  const chain = brokenAt(entries);
  const places = new Map(inUse.map(({ id }) => [id, merged.has(id) ? { vault: false, git: null } : { vault: true, git: true }]));
  const found = [...slow.flat(), ...(chain === null ? [] : [chain]), ...placesWronglyTold(entries, places)];
  // Git asks us in the meantime, and nothing may come of that either.
  return found.length > 0 ? found : tokensAndVault(scene, active, true);
}

function tokensAndVault({ sandbox, userData, lost }: Scene, active: readonly Worktree[], rested: boolean): string[] {
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
    if (owned.has(hash)) found.push(`${name} has the token of another worktree`);
    owned.add(hash);
  }
  const strange = kept.filter(({ notes }) => !active.some(({ id }) => notes.includes(id)));
  found.push(...strange.map(({ key }) => `the vault holds ${key} of no active worktree`));
  const entries = readAudit(userData);
  const knows = (hash: string): boolean => entries.some(({ fingerprint }) => fingerprint === hash);
  const others = live.filter(({ hash }) => !owned.has(hash));
  const known = others.filter(({ hash }) => knows(hash));
  if (known.length > 0) found.push(`${known.length} tokens live at GitHub that the app knew and no worktree has`);
  found.push(...tokensWronglyTold(entries, new Set(live.map(({ hash }) => hash))));
  const unknown = others.flatMap(({ hash, expiresAt }) => (knows(hash) ? [] : [{ hash, expiresAt: expiresAt ?? 0 }]));
  found.push(...lost.wrongs(unknown, entries, rested && found.length === 0));
  return found;
}

/** The encrypted box on this machine holds the values of serving tokens and no others. */
async function secretsOnDisk(userData: string, active: readonly Worktree[]): Promise<string[]> {
  const names = Object.keys(JSON.parse(await readFile(join(userData, 'secrets.json'), 'utf8')) as object);
  const held = names.filter((name) => name.startsWith('token:')).map((name) => name.split(':')[1]);
  const missing = active.filter(({ id }) => held.filter((of) => of === id).length !== 1);
  const strange = held.filter((of) => !active.some(({ id }) => id === of));
  const copies = names.filter((name) => name.startsWith('vault:'));
  const halves = (await readdir(userData)).filter((file) => /^secrets\.json\..*tmp$/.test(file));
  return [
    // One is there while the box is written.
    ...(halves.length > 1 ? [`half-written secret boxes lie about: ${halves.join(', ')}`] : []),
    ...copies.map((name) => `${name} is kept on this machine beside Ravi’s vault`),
    ...missing.map(({ name, id }) => `the secret box holds ${held.filter((of) => of === id).length} tokens of ${name}`),
    ...strange.map((of) => `the secret box holds a token of ${of}, which is no active worktree`),
  ];
}

/** The worktree that the companion's settings there name; empty where there are none. */
export const configured = async (sandbox: Sandbox, id: string): Promise<string> =>
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

/** What git in the worktree is given as its password, or null and what it says instead. */
async function askGit(sandbox: Sandbox, id: string): Promise<{ readonly token: string | null; readonly said: string }> {
  const ask = `git remote get-url origin | sed 's,^\\(http[s]*\\)://\\([^/]*\\)/\\(.*\\)$,protocol=\\1\\nhost=\\2\\npath=\\3,' | git credential fill`;
  const { stdout, stderr } = await sandbox.jean.run(id, `GIT_TERMINAL_PROMPT=0; export GIT_TERMINAL_PROMPT; ${ask}`);
  return { token: /^password=(.*)$/m.exec(stdout)?.[1] ?? null, said: stderr.trim() };
}

async function gitGetsIt(sandbox: Sandbox, { id, name }: Worktree): Promise<string[]> {
  const { token, said } = await askGit(sandbox, id);
  if (token === null) return [`git in ${name} gets no credential: ${said}`];
  const held = sandbox.ravi.secrets(sandbox.raviAccount.identityUuid).find(({ notes }) => notes.includes(id));
  return held?.value === token ? [] : [`git in ${name} gets another token than the vault holds`];
}

async function gitIsRefused(sandbox: Sandbox, { id, name }: Worktree): Promise<string[]> {
  const { token } = await askGit(sandbox, id);
  return token === null ? [] : [`git in ${name} gets a credential, though its pull request was merged`];
}

/** A socket, with what git reads where it is closed, for each worktree whose git asks us, and no other. */
async function doors(sandbox: Sandbox, userData: string, inUse: readonly Worktree[]): Promise<string[]> {
  const files = await readdir(join(userData, 'git')).catch((): string[] => []);
  const asking = await Promise.all(inUse.map(async (worktree) => ((await configured(sandbox, worktree.id)) ? [worktree] : [])));
  const wanted = asking.flat();
  const names = new Set(wanted.map(({ id }) => doorOf(id)));
  const strange = files
    .filter((file) => !names.has(file.replace(/\.(sock|txt)$/, '')))
    .map((file) => `${file} in the folder of sockets belongs to no worktree`);
  const missing = wanted.filter(({ id }) => !files.includes(`${doorOf(id)}.sock`)).map(({ name }) => `${name} has no socket`);
  return [...strange, ...missing];
}
