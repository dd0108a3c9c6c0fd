import { expect, it } from 'vitest';
import type { LeftoverView } from '../../shared/model.ts';
import { memoryDatabase } from '../storage/database.ts';
import { Bypasses } from './bypasses.ts';
import { notePrefix } from './reconcile.ts';
import { Reconciler } from './reconciler.ts';
import { CredentialRecords, credentialMigrations } from './records.ts';

const ours = { key: 'JEAN_GH_TOKEN_OLD', note: `${notePrefix}acme/shop · worktree old` };

/** A reconciler beside a vault that answers when it is told to. */
function beside(entries: { key: string; note: string }[]) {
  const shown: (readonly LeftoverView[])[] = [];
  const asked: (() => void)[] = [];
  const never = (): never => {
    throw new Error('Nobody asks for this here.');
  };
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
    projects: () => [],
    config: { inspect: never, remove: never },
    git: { open: never, bar: never, close: never, install: never, isInstalled: never, uninstall: never },
    broker: { broken: async () => [], reopen: never },
    bypasses: new Bypasses({ ...common, onChange: never }),
    environment: async () => [],
    kick: never,
    onLeftovers: (leftovers) => void shown.push(leftovers),
    audit: () => undefined,
    log: never,
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
