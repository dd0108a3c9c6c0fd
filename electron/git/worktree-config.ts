import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type Bypass, bypassesOf } from './bypass.ts';
import { type ConfigEntry, ConfigFile, normalKey } from './config-file.ts';
import { netrcKnows } from './netrc.ts';
import { runGit } from './run.ts';
import { hasWorktreeConfig, switchOff, switchOn } from './worktree-extension.ts';
import { adminDirOf, commonDirOf, placeOf } from './worktree-place.ts';
import { settingsOf, type WorktreePlan } from './worktree-settings.ts';

/** Why a worktree can't be managed. */
interface Refused {
  readonly ok: false;
  readonly why: 'main-worktree' | 'missing' | 'not-a-worktree';
  /** For the person. */
  readonly message: string;
}

/** What came of an installation. */
export type Installed = { readonly ok: true; readonly changed: boolean; readonly bypasses: readonly Bypass[] } | Refused;

/** What of ours is in a worktree. */
export type Inspected =
  | { readonly state: 'absent' }
  /** All that was written is in force. */
  | { readonly state: 'installed'; readonly worktreeId: string; readonly bypasses: readonly Bypass[] }
  /** Some of it is gone or no longer the last word: install again. */
  | { readonly state: 'altered'; readonly worktreeId: string | null; readonly bypasses: readonly Bypass[] };

const idKey = 'jeanravi.worktree';
const settingsKey = 'jeanravi.settings';
const recordSchema = z.array(z.tuple([z.string(), z.string()]));

/**
 * What the companion puts into one worktree's git config (`config.worktree`, contract jean §7 A), and takes out again: who commits,
 * and whom git asks for the credential. What was there before stays, underneath: our values are added after it, and a record of them is
 * kept beside, so that exactly they are taken out, also by a later version.
 */
export class WorktreeConfig {
  readonly #home: string;
  readonly #turns = new Map<string, Promise<unknown>>();

  /** `home`: where the person's `.netrc` is. */
  constructor(options: { readonly home?: string } = {}) {
    this.#home = options.home ?? homedir();
  }

  /**
   * Puts a plan into force; does nothing when it is already. The repository's own work tree is refused but with `evenMain`: it has a
   * `config.worktree` too, which no linked worktree reads (git-worktree(1)).
   * @throws PlanError; GitError when the config can't be written.
   */
  async install(worktreePath: string, plan: WorktreePlan, o: { readonly evenMain?: boolean } = {}): Promise<Installed> {
    const place = await placeOf(worktreePath);
    if (place.kind !== 'linked' && !(place.kind === 'main' && o.evenMain)) return refusal(place.kind, worktreePath);
    return await this.#inTurn(place.commonDir, async () => {
      const remoteUrls = await configuredUrls(worktreePath);
      const netrc = await netrcKnows(this.#home, new URL(plan.webUrl).hostname);
      const settings = settingsOf(plan, { remoteUrls, netrc });
      const file = configOf(place.gitDir);
      await switchOn(place.commonDir);
      const entries = await file.entries();
      const changed = !isInForce(entries, plan.worktreeId, settings);
      if (changed) {
        await takeOut(file, entries);
        // The record comes first, so that a crash in between leaves nothing that is not known.
        await file.set(idKey, plan.worktreeId);
        await file.set(settingsKey, JSON.stringify(settings));
        for (const [key, value] of settings) await file.add(key, value);
      }
      return { ok: true, changed, bypasses: await bypassesOf(worktreePath) };
    });
  }

  /**
   * Takes out what is ours; what others wrote stays. Fine when nothing is left to take out, and when the worktree's folder is gone:
   * with the repository's path the shared config is put back then too. With `worktreeId`, what belongs to another worktree stays: Jean
   * may have made it at the same path since.
   */
  async remove(worktreePath: string, repositoryPath?: string, worktreeId?: string): Promise<'removed' | 'absent'> {
    const place = await placeOf(worktreePath);
    // A repository's own work tree that is none of ours may lie where a worktree was.
    const ourMain = place.kind === 'main' && recordOf(await configOf(place.gitDir).entries()) !== null;
    const here = place.kind === 'linked' || (place.kind === 'main' && ourMain) ? place : null;
    const commonDir = here?.commonDir ?? (repositoryPath ? await commonDirOf(repositoryPath) : null);
    if (commonDir === null) return 'absent';
    return await this.#inTurn(commonDir, async () => {
      const gitDir = here?.gitDir ?? (await adminDirOf(commonDir, worktreePath));
      const removed = gitDir !== null && (await clear(configOf(gitDir), worktreeId));
      await switchOff(commonDir);
      return removed ? 'removed' : 'absent';
    });
  }

  /** What of ours is there, and whether it is in force. */
  async inspect(worktreePath: string): Promise<Inspected> {
    const place = await placeOf(worktreePath);
    if (place.kind !== 'linked' && place.kind !== 'main') return { state: 'absent' };
    const entries = await configOf(place.gitDir).entries();
    const record = recordOf(entries);
    if (record === null) return { state: 'absent' };
    const bypasses = await bypassesOf(worktreePath);
    const { worktreeId, settings } = record;
    const inForce = worktreeId !== null && isInForce(entries, worktreeId, settings) && (await hasWorktreeConfig(place.commonDir));
    return inForce ? { state: 'installed', worktreeId, bypasses } : { state: 'altered', worktreeId, bypasses };
  }

  /** The settings that were put into a worktree, in order; none where nothing of ours is. No secret is in them. */
  async settings(worktreePath: string): Promise<readonly ConfigEntry[]> {
    const place = await placeOf(worktreePath);
    return place.kind === 'linked' || place.kind === 'main'
      ? (recordOf(await configOf(place.gitDir).entries())?.settings ?? [])
      : [];
  }

  /** Worktrees of one repository share its config: one at a time. */
  async #inTurn<T>(commonDir: string, act: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(commonDir) ?? Promise.resolve()).then(act, act);
    this.#turns.set(commonDir, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(commonDir) === turn) this.#turns.delete(commonDir);
    }
  }
}

const configOf = (gitDir: string): ConfigFile => new ConfigFile(join(gitDir, 'config.worktree'));

function refusal(kind: 'main' | 'missing' | 'other', path: string): Refused {
  switch (kind) {
    case 'main':
      return {
        ok: false,
        why: 'main-worktree',
        message: `${path} is the project’s own work tree: its git config is shared with all worktrees, so it gets no credential of its own.`,
      };
    case 'missing':
      return { ok: false, why: 'missing', message: `There is no folder ${path}.` };
    case 'other':
      return { ok: false, why: 'not-a-worktree', message: `${path} is not the top of a git worktree.` };
    default:
      return kind satisfies never;
  }
}

/** What was written before, by the record of it; null when nothing was. */
function recordOf(
  entries: readonly ConfigEntry[],
): { readonly worktreeId: string | null; readonly settings: readonly ConfigEntry[] } | null {
  const last = (key: string): string | undefined => entries.findLast(([name]) => name === normalKey(key))?.[1];
  const worktreeId = last(idKey) ?? null;
  const text = last(settingsKey);
  if (worktreeId === null && text === undefined) return null;
  try {
    return { worktreeId, settings: recordSchema.parse(JSON.parse(text ?? '[]')) };
  } catch {
    // Somebody edited the record. What it named can't be told from the person's own any more, and stays.
    return { worktreeId, settings: [] };
  }
}

function isInForce(entries: readonly ConfigEntry[], worktreeId: string, settings: readonly ConfigEntry[]): boolean {
  const record = recordOf(entries);
  if (record?.worktreeId !== worktreeId || settings.length === 0) return false;
  if (JSON.stringify(record.settings) !== JSON.stringify(settings)) return false;
  for (const [key, ours] of byKey(settings)) {
    const there = entries.filter(([name]) => name === normalKey(key)).map(([, value]) => value);
    // The last values have the last word; values after ours would overrule them.
    if (JSON.stringify(there.slice(-ours.length)) !== JSON.stringify(ours)) return false;
  }
  return true;
}

function byKey(settings: readonly ConfigEntry[]): Map<string, string[]> {
  const grouped = new Map<string, string[]>();
  for (const [key, value] of settings) grouped.set(key, [...(grouped.get(key) ?? []), value]);
  return grouped;
}

async function takeOut(file: ConfigFile, entries: readonly ConfigEntry[]): Promise<boolean> {
  const record = recordOf(entries);
  if (record === null) return false;
  for (const [key, values] of byKey(record.settings)) await file.take(key, values);
  return true;
}

async function clear(file: ConfigFile, worktreeId: string | undefined): Promise<boolean> {
  const entries = await file.entries();
  const owner = recordOf(entries)?.worktreeId ?? null;
  if (worktreeId !== undefined && owner !== null && owner !== worktreeId) return false;
  if (!(await takeOut(file, entries))) return false;
  await file.unset(settingsKey);
  await file.unset(idKey);
  await file.removeIfEmpty();
  return true;
}

async function configuredUrls(worktreePath: string): Promise<readonly string[]> {
  const { stdout } = await runGit(['config', '-z', '--get-regexp', '^remote\\..*\\.(url|pushurl)$'], { cwd: worktreePath });
  return stdout
    .split('\0')
    .filter((entry) => entry !== '')
    .map((entry) => entry.slice(entry.indexOf('\n') + 1));
}
