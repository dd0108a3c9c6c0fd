import { describe, expect, it } from 'vitest';
import {
  credentialSettings,
  defaultCredentialSettings,
  defaultProjectPolicy,
  missingPermissions,
  permissionsOf,
  projectPolicy,
  reachOf,
} from './policy.ts';

describe('what a project’s worktrees may do', () => {
  it('is by default to push to one repository and to open a pull request there, and no more', () => {
    expect(permissionsOf(defaultProjectPolicy)).toEqual({
      contents: 'write',
      pull_requests: 'write',
      issues: 'write',
      checks: 'read',
      statuses: 'read',
      actions: 'read',
      metadata: 'read',
    });
    expect(reachOf('acme/shop', defaultProjectPolicy)).toEqual(['acme/shop']);
  });

  it('is to change nothing with the profile "read"', () => {
    const levels = Object.values(permissionsOf({ profile: 'read', custom: { contents: 'write' } }));
    expect(new Set(levels)).toEqual(new Set(['read']));
  });

  it('is what the person ticked with the profile "custom", and the basic facts that GitHub always gives', () => {
    expect(permissionsOf({ profile: 'custom', custom: { issues: 'write' } })).toEqual({ issues: 'write', metadata: 'read' });
  });

  it('names what an installation does not grant', () => {
    const granted = { contents: 'write', pull_requests: 'read', issues: 'admin', checks: 'read', statuses: 'read' };
    expect(missingPermissions(permissionsOf({ profile: 'contribute-workflows', custom: {} }), granted)).toEqual([
      'pull_requests: write',
      'actions: read',
      'workflows: write',
    ]);
    expect(missingPermissions(permissionsOf(defaultProjectPolicy), permissionsOf(defaultProjectPolicy))).toEqual([]);
  });

  it('reaches further repositories of the same owner, each once', () => {
    expect(reachOf('acme/shop', { extraRepositories: ['api', 'Shop', 'API'] })).toEqual(['acme/shop', 'acme/api']);
  });

  it.each([['acme/api'], ['..'], ['a b'], ['']])('never takes "%s" as a repository’s name', (name) => {
    expect(projectPolicy.safeParse({ ...defaultProjectPolicy, extraRepositories: [name] }).success).toBe(false);
  });
});

describe('the name in the vault', () => {
  it.each(['JEAN_GH_TOKEN_<SLUG>', 'A<SLUG>', 'X1_<SLUG>_TOKEN'])('may be %s', (vaultKeyTemplate) =>
    expect(credentialSettings.safeParse({ ...defaultCredentialSettings, vaultKeyTemplate }).success).toBe(true),
  );

  it.each([
    'JEAN_GH_TOKEN',
    '<SLUG>',
    'A_<SLUG>_<SLUG>',
    'jean_<SLUG>',
    '1_<SLUG>',
    '_<SLUG>',
    'A-<SLUG>',
    `${'A'.repeat(61)}<SLUG>`,
    '',
  ])('may not be "%s"', (vaultKeyTemplate) =>
    expect(credentialSettings.safeParse({ ...defaultCredentialSettings, vaultKeyTemplate }).success).toBe(false),
  );
});
