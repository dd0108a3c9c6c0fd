import { describe, expect, it } from 'vitest';
import { madeFor, VaultMark, vaultMarkOf } from './vault-mark.ts';

describe('whose an entry of the vault is', () => {
  const here = new VaultMark('0a1b2c3d');
  const note = here.note('acme/shop', 'w1');

  it.each([
    ['our own', note, true],
    ['one by a version of ours that named no computer', 'Jean Ravi Companion · acme/shop · worktree w1', true],
    ['one of another computer’s companion', new VaultMark('ffffffff').note('acme/shop', 'w1'), false],
    ['the person’s own', 'For deploying', false],
    ['one that only speaks of us', `Copied from ${note}`, false],
    ['one without a note', '', false],
  ])('%s', (_, text, isOurs) => {
    expect(here.isOurs(text)).toBe(isOurs);
  });

  it('is no worktree’s, and so never left over, where it holds a Jean’s own token', () => {
    const jeans = here.noteOfJean('Jean · worktree w1');
    expect([here.isOurs(jeans), here.isOfWorktree(jeans)]).toEqual([true, false]);
    expect([here.isOfWorktree(note), here.isOfWorktree('Jean Ravi Companion · acme/shop · worktree w1')]).toEqual([true, true]);
    expect(here.isOfWorktree(new VaultMark('ffffffff').note('acme/shop', 'w1'))).toBe(false);
  });

  it('is told to the person without the computer’s mark', () => {
    expect(madeFor(note)).toBe('acme/shop · worktree w1');
  });

  it('is known again after a start', () => {
    let kept: { readonly computer: string | null } = { computer: null };
    const settings = {
      get: () => kept,
      update: (change: typeof kept) => {
        kept = change;
      },
    };
    const first = vaultMarkOf(settings).note('acme/shop', 'w1');
    expect(vaultMarkOf(settings).note('acme/shop', 'w1')).toBe(first);
    expect(kept.computer).toMatch(/^[0-9a-f]{8}$/);
  });
});
