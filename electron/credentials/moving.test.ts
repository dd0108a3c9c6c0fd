import { describe, expect, it } from 'vitest';
import type { CredentialRecord } from './credential.ts';
import type { Lifecycle } from './lifecycle.ts';
import { CredentialRecords } from './records.ts';
import { key, Outside, worktree } from './test-outside.ts';

const id = worktree.worktreeId;
const inRavi = ({ vault }: { readonly vault: string }): boolean => vault === 'ravi';

/** A worktree whose credential is kept in Ravi's vault. */
async function provisioned() {
  const outside = new Outside();
  const records = new CredentialRecords(outside.db);
  const app = outside.app({ records });
  app.want(worktree);
  await app.settle(id);
  expect([...outside.vault.keys()]).toEqual([key]);
  return { outside, records, app };
}

const bindingIn = (outside: Outside): CredentialRecord['binding'] | undefined =>
  new CredentialRecords(outside.db).get(id)?.binding;

/** What must hold once the app rests: one entry, in the vault that is wanted, with the value that git gets. */
async function expectOneEntry(outside: Outside, app: Lifecycle, place: 'ravi' | 'local'): Promise<void> {
  const [wanted, other] = place === 'ravi' ? [outside.vault, outside.localVault] : [outside.localVault, outside.vault];
  const serving = (await app.valueForGit(id))?.value.reveal();
  expect(serving).toBeDefined();
  expect([...wanted]).toEqual([[key, serving]]);
  expect([...other]).toEqual([]);
  expect(outside.alive()).toEqual([serving]);
}

describe('moving a credential’s entry from one vault to the other', () => {
  it('copies it, reads it back, and deletes it where it was, each on the record', async () => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    outside.audited.length = 0;
    expect(app.moving.order()).toEqual([id]);
    await app.settle(id);
    await expectOneEntry(outside, app, 'local');
    expect(outside.audited.map(({ kind, message }) => [kind, message])).toEqual([
      ['credential.moved', `Copied as ${key} to the encrypted vault on this machine, and read back there.`],
      ['credential.removed', `${key} was deleted from Ravi’s vault.`],
    ]);
    expect(app.moving.order()).toEqual([]);
    expect(outside.minted).toBe(1);
  });

  it('is finished by the next start, whatever call to the outside the app died at, before or after it took effect', async () => {
    for (const to of ['local', 'ravi'] as const)
      for (const after of [false, true])
        for (let calls = 1; calls <= 6; calls += 1) {
          const { outside, app } = await provisioned();
          if (to === 'ravi') {
            outside.inUse = 'local';
            app.moving.order();
            await app.settle(id);
          }
          outside.inUse = to;
          outside.crashIn = { calls, after };
          app.moving.order();
          await new Promise((resolve) => setTimeout(resolve, 5));
          outside.crashIn = null;
          const again = outside.app();
          await again.start();
          await again.settle(id);
          await expectOneEntry(outside, again, to);
        }
  });

  it('keeps the entry where it is while the other vault can’t be reached, and goes on once it can', async () => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    outside.failing.add('vault');
    app.moving.order();
    await app.settle(id);
    expect([...outside.vault.keys()]).toEqual([key]);
    expect(app.moving.entries(inRavi)).toEqual([
      { worktreeId: id, subject: 'shop · checkout-flake', key, why: 'vault can’t be reached.' },
    ]);
    expect(await app.moving.emptied(inRavi)).toHaveLength(1);
    outside.failing.clear();
    expect(await app.moving.emptied(inRavi)).toEqual([]);
    await expectOneEntry(outside, app, 'local');
  });

  it('does not believe a vault that gives back something else', async () => {
    const { outside, app, records } = await provisioned();
    outside.inUse = 'local';
    outside.onCall = () => {
      if (outside.localVault.has(key)) outside.localVault.set(key, 'another value');
    };
    app.moving.order();
    await app.settle(id);
    expect(records.get(id)?.binding.moveTrouble?.reason).toContain('does not read back');
    expect(outside.vault.size).toBe(1);
    outside.onCall = undefined;
    await app.moving.emptied(inRavi);
    await expectOneEntry(outside, app, 'local');
  });

  it('gives git its credential all the while', async () => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    const given: (string | undefined)[] = [];
    outside.onCall = (what) => {
      if (what === 'vault') void app.valueForGit(id).then((got) => given.push(got?.value.reveal()));
    };
    app.moving.order();
    await app.settle(id);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(given).toEqual(['ghs_1', 'ghs_1', 'ghs_1']);
  });

  it.each([1, 2, 3])('leaves a credential that is rotated at its call %i in one vault, with the new value', async (at) => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    let calls = 0;
    let rotated: Promise<void> | undefined;
    outside.onCall = (what) => {
      if (what === 'vault' && ++calls === at) rotated = app.rotate(id);
    };
    app.moving.order();
    await app.settle(id);
    await rotated;
    await app.settle(id);
    await expectOneEntry(outside, app, 'local');
    expect(outside.minted).toBe(2);
  });

  it.each([1, 2, 3])('leaves nothing in either vault of a credential that is revoked at its call %i', async (at) => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    let calls = 0;
    let ended: Promise<void> | undefined;
    outside.onCall = (what) => {
      if (what === 'vault' && ++calls === at) ended = app.end(id, 'archived');
    };
    app.moving.order();
    await app.settle(id);
    await ended;
    await app.settle(id);
    expect([outside.vault.size, outside.localVault.size, outside.alive()]).toEqual([0, 0, []]);
    expect(bindingIn(outside)).toMatchObject({ vaulted: false, moveTo: null, left: [] });
  });

  it('turns round where the person wants it back before it has arrived', async () => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    outside.failing.add('vault');
    app.moving.order();
    await app.settle(id);
    outside.inUse = 'ravi';
    expect(app.moving.order()).toEqual([id]);
    outside.failing.clear();
    await app.settle(id);
    await expectOneEntry(outside, app, 'ravi');
  });

  it('takes another name where somebody else’s entry has it', async () => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    app.moving.order();
    await app.settle(id);
    outside.foreign.add(key);
    outside.inUse = 'ravi';
    app.moving.order();
    await app.settle(id);
    expect([[...outside.vault.keys()], outside.localVault.size]).toEqual([[`${key}_ABC123`], 0]);
    await app.end(id, 'archived');
    expect(outside.vault.size).toBe(0);
  });

  it('gives up what lies in a vault that lets nobody in any more only once it is dead at GitHub', async () => {
    const { outside, app } = await provisioned();
    outside.inUse = 'local';
    outside.refusing = 'ravi';
    app.moving.order();
    await app.settle(id);
    outside.failing.add('mint');
    const rotate = (): Promise<void> => app.rotate(id);
    await expect(app.moving.abandon(inRavi, rotate)).rejects.toThrow('mint can’t be reached');
    expect(app.moving.entries(inRavi)).toHaveLength(1);
    outside.failing.clear();
    await app.moving.abandon(inRavi, rotate);
    expect(app.moving.entries(inRavi)).toEqual([]);
    const left = outside.vault.get(key) ?? '';
    expect(left).toBe('ghs_1');
    expect(outside.alive()).not.toContain(left);
    expect([...outside.localVault.values()]).toEqual(outside.alive());
    expect(outside.audited.at(-1)?.message).toContain('was given up in a vault that does not let us in any more');
  });

  it('knows what lies in a vault whose identity got another name', async () => {
    const { app, records } = await provisioned();
    app.moving.renamed({ vault: 'ravi', identity: 'i' }, { vault: 'ravi', identity: 'uuid' });
    expect(records.get(id)?.binding).toMatchObject({ vault: 'ravi', vaultIdentity: 'uuid', vaultKey: key });
  });
});
