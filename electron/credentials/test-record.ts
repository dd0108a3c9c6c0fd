import type { Binding, CredentialRecord, Token } from './credential.ts';

/** When the credentials of tests are made, epoch ms. */
export const start = 1_800_000_000_000;
export const minute = 60_000;

/** The tie of an installed worktree. */
export function binding(change: Partial<Binding> = {}): Binding {
  return {
    worktreeId: 'w1',
    projectId: 'p1',
    subject: 'shop · checkout-flake',
    worktreeName: 'checkout-flake',
    path: '/jean/shop/checkout-flake',
    projectPath: '/code/shop',
    repository: 'acme/shop',
    vaultKey: 'JEAN_GH_TOKEN_SHOP_CHECKOUT_FLAKE',
    vault: 'ravi',
    vaultIdentity: 'i',
    vaulted: true,
    installed: true,
    touched: true,
    authored: true,
    ending: null,
    endedBy: null,
    overruled: null,
    overruledPull: null,
    rest: 'awake',
    wantedAt: start,
    rotateGeneration: null,
    trouble: null,
    moveTo: null,
    left: [],
    moveTrouble: null,
    ...change,
  };
}

/** A token that serves, made at {@link start}. */
export function token(change: Partial<Token> = {}): Token {
  return {
    worktreeId: 'w1',
    generation: 1,
    phase: 'serving',
    fingerprint: `${'f'.repeat(43)}=`,
    holder: 'acme-agents[bot]',
    source: 'app',
    permissions: { contents: 'write' },
    requestedAt: start,
    issuedAt: start,
    expiresAt: start + 60 * minute,
    renewAt: start + 51 * minute,
    stored: true,
    revokeAfter: 0,
    death: null,
    lastUsedAt: null,
    storeTrouble: null,
    revokeTrouble: null,
    ...change,
  };
}

export function record(change: Partial<Binding> = {}, tokens: readonly Token[] = [token()]): CredentialRecord {
  return { binding: binding(change), tokens };
}
