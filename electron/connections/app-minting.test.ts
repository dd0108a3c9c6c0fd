import { describe, expect, it } from 'vitest';
import { defaultProjectPolicy, permissionsOf } from '../../shared/policy.ts';
import { Secret } from '../base/secret.ts';
import type { Installation } from '../github/app.ts';
import { GitHubError } from '../github/errors.ts';
import type { InstallationTokens, MintedToken } from '../github/tokens.ts';
import { mintByPolicy } from './app-minting.ts';
import { KnownInstallations } from './known-installations.ts';

const order = { repository: 'acme/shop', policy: defaultProjectPolicy };

/** A GitHub that counts what it is asked. */
function github() {
  const world = {
    now: 1_800_000_000_000,
    lookUps: 0,
    mints: 0,
    id: 1,
    granted: permissionsOf(defaultProjectPolicy) as Installation['permissions'],
  };
  const app = {
    async installationFor(owner: string): Promise<Installation> {
      world.lookUps += 1;
      return { id: world.id, account: owner, permissions: world.granted, suspended: false, repositorySelection: 'all' };
    },
  };
  const mint: InstallationTokens['mint'] = async ({ installationId }): Promise<MintedToken> => {
    world.mints += 1;
    if (installationId !== world.id) throw new GitHubError('not-installed', 'The GitHub App is not installed there.');
    const token = Secret.of('ghs_1');
    return { token, fingerprint: 'f', expiresAt: 0, permissions: {}, repositories: ['acme/shop'], requestId: null };
  };
  const tokens = { mint } as unknown as InstallationTokens;
  return { world, tokens, known: new KnownInstallations(app, () => world.now) };
}

describe('minting by policy', () => {
  it('asks once where the App is installed, for all worktrees of a repository', async () => {
    const { world, tokens, known } = github();
    await Promise.all(Array.from({ length: 20 }, () => mintByPolicy(known, tokens, order)));
    await mintByPolicy(known, tokens, { ...order, repository: 'Acme/Shop' });
    expect(world).toMatchObject({ lookUps: 1, mints: 21 });
    world.now += 6 * 60_000;
    await mintByPolicy(known, tokens, order);
    expect(world.lookUps).toBe(2);
  });

  it('asks anew when what it remembers does not hold any more', async () => {
    const { world, tokens, known } = github();
    await mintByPolicy(known, tokens, order);
    world.id = 2;
    await mintByPolicy(known, tokens, order);
    expect(world).toMatchObject({ lookUps: 2, mints: 3 });
  });

  it('sees permissions at once that were granted since, and tries no more than twice', async () => {
    const { world, tokens, known } = github();
    world.granted = { metadata: 'read' };
    await expect(mintByPolicy(known, tokens, order)).rejects.toThrow('was not granted');
    expect(world).toMatchObject({ lookUps: 1, mints: 0 });
    world.granted = permissionsOf(defaultProjectPolicy);
    await mintByPolicy(known, tokens, order);
    world.id = 3;
    world.granted = { metadata: 'read' };
    await expect(mintByPolicy(known, tokens, order)).rejects.toThrow('was not granted');
    expect(world.lookUps).toBe(3);
  });
});
