import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigFile, normalKey } from './config-file.ts';
import { adminDirs } from './worktree-place.ts';

const extension = 'extensions.worktreeConfig';
const switchedOn = 'jeanravi.enabledWorktreeConfig';
/** What has to leave the common config, because every worktree would obey it from then on (git-worktree(1), CONFIGURATION FILE). */
const moved = [
  { key: 'core.bare', mark: 'jeanravi.movedBare' },
  { key: 'core.worktree', mark: 'jeanravi.movedWorktree' },
] as const;

const commonConfig = (commonDir: string): ConfigFile => new ConfigFile(join(commonDir, 'config'));
const mainConfig = (commonDir: string): ConfigFile => new ConfigFile(join(commonDir, 'config.worktree'));

/** Whether worktrees of this repository have a config of their own. */
export async function hasWorktreeConfig(commonDir: string): Promise<boolean> {
  return await commonConfig(commonDir).isTrue(extension);
}

/** Switches per-worktree config on, and writes down that it was us. Finishes what a crash left half done. */
export async function switchOn(commonDir: string): Promise<void> {
  const common = commonConfig(commonDir);
  const entries = new Map(await common.entries());
  const on = await common.isTrue(extension);
  if (on && !entries.has(normalKey(switchedOn))) return;
  const main = mainConfig(commonDir);
  const leaving: string[] = [];
  await common.set(switchedOn, 'true');
  for (const { key, mark } of moved) {
    const value = key === 'core.bare' ? ((await common.isTrue(key)) ? 'true' : undefined) : entries.get(key);
    if (value === undefined) continue;
    await common.set(mark, 'true');
    await main.set(key, value);
    leaving.push(key);
  }
  if (!on) await common.set(extension, 'true');
  for (const key of leaving) await common.unset(key);
}

/** Switches it off again when it was us, and nobody else has put something into a worktree's config since. */
export async function switchOff(commonDir: string): Promise<void> {
  const common = commonConfig(commonDir);
  const entries = new Map(await common.entries());
  if (!entries.has(normalKey(switchedOn))) return;
  for (const dir of await adminDirs(commonDir)) {
    const found = await stat(join(dir, 'config.worktree')).catch(() => null);
    if (found !== null && found.size > 0) return;
  }
  const main = mainConfig(commonDir);
  const mainEntries = new Map(await main.entries());
  const returning = moved.filter(({ mark }) => entries.has(normalKey(mark)));
  if ([...mainEntries.keys()].some((name) => !returning.some(({ key }) => key === name))) return;
  for (const { key } of returning) {
    const value = mainEntries.get(key);
    if (value !== undefined) await common.set(key, value);
  }
  await common.unset(extension);
  for (const { key, mark } of returning) {
    await main.unset(key);
    await common.unset(mark);
  }
  await main.removeIfEmpty();
  await common.unset(switchedOn);
}
