import { describe, expect, it } from 'vitest';
import type { CredentialState } from '../../shared/model.ts';
import { currentToken, type Ending, nextGeneration, refusalSentence, stateOf, type Token, viewOf } from './credential.ts';
import { minute, record, start, token } from './test-record.ts';

const trouble = (reason = 'GitHub is away.', retryAt = start + minute) => ({ reason, retryAt, attempts: 1 });
const dead = token({ phase: 'dead', death: 'verified' });
const second = (change: Partial<Token>) => token({ generation: 2, ...change });

describe('a credential’s state', () => {
  it.each<[string, CredentialState, Parameters<typeof record>]>([
    ['nothing was asked for yet', 'minting', [{}, []]],
    ['GitHub was asked', 'minting', [{}, [token({ phase: 'minting' })]]],
    ['the token before it is gone, and GitHub was asked', 'minting', [{}, [dead, second({ phase: 'minting' })]]],
    ['what was issued was lost', 'minting', [{}, [token({ phase: 'lost' })]]],
    ['GitHub issued it', 'storing', [{}, [token({ phase: 'minted', stored: false })]]],
    ['the vault has it', 'installing', [{ installed: false }, [token({ phase: 'minted' })]]],
    [
      'the vault is away',
      'installing',
      [{ installed: false }, [token({ phase: 'minted', stored: false, storeTrouble: trouble() })]],
    ],
    ['git gets it', 'active', [{}, [token()]]],
    ['git gets it though the vault is away', 'active', [{}, [token({ stored: false, storeTrouble: trouble() })]]],
    ['git gets it, and the one before is being revoked', 'active', [{}, [token({ phase: 'retired' }), second({})]]],
    ['the person clicked Rotate', 'rotating', [{ rotateGeneration: 1 }, [token()]]],
    ['the next one is being made', 'rotating', [{}, [token(), second({ phase: 'minting' })]]],
    ['the next one is not served yet', 'rotating', [{}, [token(), second({ phase: 'minted' })]]],
    ['a mint failed', 'failed', [{ trouble: trouble() }, []]],
    ['git’s config can’t be written', 'failed', [{ trouble: trouble(), installed: false }, [token({ phase: 'minted' })]]],
    ['a renewal failed that is not due yet', 'active', [{ trouble: trouble() }, [token()]]],
    ['a renewal failed that is due', 'failed', [{ trouble: trouble() }, [token({ renewAt: start })]]],
    ['it has ended and lives', 'revoking', [{ ending: 'merged' }, [token()]]],
    ['it has ended and is dead, but in the vault', 'revoking', [{ ending: 'merged' }, [dead]]],
    ['it has ended and nothing is left', 'revoked', [{ ending: 'merged', vaulted: false }, [dead]]],
    ['it ended before it was made', 'revoked', [{ ending: 'deleted', vaulted: false }, []]],
    [
      'GitHub can’t be asked whether it is dead',
      'unverified',
      [{ ending: 'merged' }, [token({ phase: 'retired', revokeTrouble: trouble() })]],
    ],
    [
      'that is tried again now',
      'revoking',
      [{ ending: 'merged' }, [token({ phase: 'retired', revokeTrouble: trouble('', start) })]],
    ],
    ['it has ended and may live on unseen', 'unverified', [{ ending: 'merged' }, [dead, second({ phase: 'lost' })]]],
    ['one of two is being revoked', 'revoking', [{ ending: 'merged' }, [token({ phase: 'lost' }), second({ phase: 'retired' })]]],
  ])('when %s: %s', (_what, state, made) => expect(stateOf(record(...made), start)).toBe(state));
});

describe('what the page shows of a credential', () => {
  it('is facts and words', () => {
    expect(viewOf(record({}, [token({ lastUsedAt: start + 5 })]), start)).toEqual({
      worktreeId: 'w1',
      projectId: 'p1',
      worktreeName: 'checkout-flake',
      state: 'active',
      holder: 'acme-agents[bot]',
      repository: 'acme/shop',
      permissions: { contents: 'write' },
      vault: 'ravi',
      vaultKey: 'JEAN_GH_TOKEN_SHOP_CHECKOUT_FLAKE',
      fingerprint: `${'f'.repeat(43)}=`,
      issuedAt: start,
      expiresAt: start + 60 * minute,
      renewAt: start + 51 * minute,
      source: 'app',
      shared: false,
      lastUsedAt: start + 5,
      reason: null,
      retryAt: null,
      managed: true,
      bypasses: [],
    });
  });

  it('has no times and no holder before GitHub issued it', () => {
    const asked = token({ phase: 'minting', issuedAt: null, holder: null, fingerprint: null, permissions: {} });
    expect(viewOf(record({}, [asked]), start)).toMatchObject({
      holder: null,
      fingerprint: null,
      issuedAt: null,
      expiresAt: null,
      renewAt: null,
      lastUsedAt: null,
    });
  });

  it('is of the token that git gets, and of its last use whichever token that was', () => {
    const old = token({ phase: 'retired', lastUsedAt: start + 9, fingerprint: 'old' });
    const view = viewOf(record({}, [old, second({ fingerprint: 'new', lastUsedAt: start + 3 })]), start);
    expect(view).toMatchObject({ fingerprint: 'new', lastUsedAt: start + 9 });
  });

  it('says what is wrong before why it ended, and when it is tried again', () => {
    const failing = token({ phase: 'retired', revokeTrouble: trouble('GitHub is away.', start + 7) });
    expect(viewOf(record({ ending: 'merged' }, [failing]), start)).toMatchObject({
      reason: 'GitHub is away.',
      retryAt: start + 7,
    });
    const over = viewOf(record({ ending: 'merged', vaulted: false }, [{ ...failing, phase: 'dead' }]), start);
    expect(over).toMatchObject({ state: 'revoked', reason: 'Its pull request was merged.', retryAt: null });
  });

  it('says of a token whose answer got lost that it may be alive, and until when', () => {
    const view = viewOf(record({ ending: 'merged' }, [dead, second({ phase: 'lost' })]), start);
    expect(view.reason).toMatch(
      /^Its pull request was merged\. .* got lost: .* may be alive, and ends by itself within the hour\.$/,
    );
  });
});

describe('what git’s person reads', () => {
  it.each<[Ending, string]>([
    ['archived', 'The worktree was archived.'],
    ['deleted', 'The worktree was deleted.'],
    ['merged', 'Its pull request was merged.'],
    ['closed', 'Its pull request was closed.'],
    ['revoked-by-person', 'You revoked it.'],
    ['disconnected', 'The GitHub App was disconnected.'],
  ])('names the end: %s', (ending, words) => {
    expect(refusalSentence(record({ ending }))).toContain(`${words} Its GitHub credential is revoked; open Jean Ravi Companion`);
  });

  it('names the trouble, or says to try again', () => {
    expect(refusalSentence(record({ trouble: trouble() }, []))).toBe(
      'Jean Ravi Companion has no GitHub credential for shop · checkout-flake now. GitHub is away. It goes on trying.',
    );
    expect(refusalSentence(record({}, []))).toContain('still being made');
  });
});

describe('the tokens of a worktree', () => {
  it('are served one at a time: the one that serves, else the newest that we hold', () => {
    expect(currentToken(record({}, [token(), second({ phase: 'minted' })]))?.generation).toBe(1);
    expect(currentToken(record({}, [token({ phase: 'retired' }), second({ phase: 'minted' })]))?.generation).toBe(2);
    for (const phase of ['minting', 'retired', 'lost', 'dead'] as const)
      expect(currentToken(record({}, [token({ phase })]))).toBeUndefined();
  });

  it('are numbered on, also after the dead ones', () => {
    expect([nextGeneration(record({}, [])), nextGeneration(record({}, [dead, second({ phase: 'dead' })]))]).toEqual([1, 3]);
  });
});
