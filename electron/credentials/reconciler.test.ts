import { rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import type { LeftoverView } from '../../shared/model.ts';
import { afterTest, startMachine } from '../git/fixture.ts';
import { memoryDatabase } from '../storage/database.ts';
import { Bypasses } from './bypasses.ts';
import { Reconciler, type ReconcilerOptions } from './reconciler.ts';
import { CredentialRecords, credentialMigrations } from './records.ts';
import { binding } from './test-record.ts';
import { VaultMark } from './vault-mark.ts';

const mark = new VaultMark('0a1b2c3d');
const ours = { key: 'JEAN_GH_TOKEN_OLD', note: mark.note('acme/shop', 'old') };

const never = (): never => {
  throw new Error('Nobody asks for this here.');
};
const noGit = { open: never, bar: never, close: never, install: never, isInstalled: never, uninstall: never };

/** A reconciler beside a vault that answers when it is told to. */
function beside(entries: { key: string; note: string }[], over: Partial<ReconcilerOptions> = {}) {
  const shown: (readonly LeftoverView[])[] = [];
  const asked: (() => void)[] = [];
  const common = { webUrl: () => 'https://github.com', audit: () => undefined };
  const looks = new Reconciler({
    records: new CredentialRecords(memoryDatabase(credentialMigrations)),
    vault: () => ({
      identity: 'i',
      entries: async () => {
        const now = [...entries];
        await new Promise<void>((resolve) => asked.push(resolve));
        return now;
      },
      remove: async (key) =>
        void entries.splice(
          entries.findIndex((entry) => entry.key === key),
          1,
        ),
    }),
    mark,
    projects: () => [],
    config: { inspect: never, remove: never },
    git: noGit,
    broker: { broken: async () => [], reopen: never },
    bypasses: new Bypasses({ ...common, onChange: never }),
    environment: async () => [],
    kick: never,
    onLeftovers: (leftovers) => void shown.push(leftovers),
    audit: () => undefined,
    log: never,
    ...over,
  });
  const answer = async (): Promise<void> => {
    while (asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    asked.shift()?.();
  };
  return { looks, shown, asked, answer };
}

it('a look that is asked for while one is under way begins after it, once for all who ask', async () => {
  const { looks, shown, asked, answer } = beside([ours]);
  const first = looks.run();
  const [second, third] = [looks.run(), looks.run()];
  await answer();
  await first;
  expect(shown).toHaveLength(1);
  await answer();
  await Promise.all([second, third]);
  expect([shown.length, asked.length]).toEqual([2, 0]);
});

it('an entry that was left over goes by the person’s word alone', async () => {
  const entries = [ours, { key: 'MINE', note: '' }];
  const { looks, shown, answer } = beside(entries);
  await Promise.all([looks.run(), answer()]);
  expect(shown.at(-1)).toMatchObject([{ title: ours.key }]);
  expect(entries).toHaveLength(2);
  await Promise.all([looks.clean(`entry:${ours.key}`), answer().then(answer)]);
  expect([entries, shown.at(-1)]).toEqual([[{ key: 'MINE', note: '' }], []]);
});

it('nothing is cleaned that is not left over, or has changed hands since the person saw it', async () => {
  const entries = [ours];
  const { looks, shown, answer } = beside(entries);
  await Promise.all([looks.run(), answer()]);
  await expect(looks.clean('entry:SOMETHING_ELSE')).rejects.toThrow('not there any more');
  entries.splice(0, 1, { key: ours.key, note: 'mine' });
  await Promise.all([looks.clean(`entry:${ours.key}`), answer().then(answer)]);
  expect([entries, shown.at(-1)]).toEqual([[{ key: ours.key, note: 'mine' }], []]);
});

it('a worktree whose path leads over a link is itself, and not something left over', async () => {
  const { dir, repository, worktree } = await startMachine();
  const link = join(dirname(dir), `${dir.split('/').at(-1)}-link`);
  await symlink(dir, link);
  afterTest(() => rm(link));
  const path = join(link, 'wt');
  const records = new CredentialRecords(memoryDatabase(credentialMigrations));
  records.create(binding({ worktreeId: 'w', path, installed: true, touched: true }));
  const altered = new Set<string>();
  const inspected: string[] = [];
  const { looks, shown } = beside([], {
    records,
    vault: () => null,
    projects: () => [join(link, 'repo'), repository],
    config: {
      inspect: async (at) => {
        inspected.push(at);
        if (at !== path) return { state: 'absent' };
        return { state: altered.has(at) ? 'altered' : 'installed', worktreeId: 'w', bypasses: [] };
      },
      remove: () => Promise.reject(new Error('It is in use.')),
    },
    git: {
      ...noGit,
      install: async () => {
        altered.clear();
        return { whole: true };
      },
    },
  });
  await looks.run();
  expect(shown.at(-1)).toEqual([]);
  expect(inspected).not.toContain(worktree);
  altered.add(path);
  await looks.run();
  expect(altered.size).toBe(0);
});
