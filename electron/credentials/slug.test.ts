import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialSettings, defaultCredentialSettings } from '../../shared/policy.ts';
import { slugOf, uniqueVaultKey, vaultKeyOf } from './slug.ts';

const template = defaultCredentialSettings.vaultKeyTemplate;

describe('a worktree’s slug', () => {
  it.each([
    ['shop', 'checkout-flake', 'shop-checkout-flake'],
    ['Shop', 'feature/Apple Pay', 'shop-feature-apple-pay'],
    ['api', 'déjà/vu', 'api-de-ja-vu'],
    ['', '', 'worktree'],
  ])('of %s and %s is %s', (project, branch, slug) => expect(slugOf(project, branch)).toBe(slug));

  it('is always a key that Ravi takes, and at most 100 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme', maxLength: 300 }), (project, branch) => {
        const slug = slugOf(project, branch);
        expect(slug.length).toBeLessThanOrEqual(100);
        expect(vaultKeyOf(template, slug)).toMatch(/^[A-Z][A-Z0-9_]*$/);
      }),
    );
  });

  it('gets a short hash where another worktree has its key', () => {
    expect(slugOf('shop', 'feature/a-b')).toBe(slugOf('shop', 'feature-a/b'));
    expect(uniqueVaultKey(template, 'shop-a', '1f2e3d', (key) => key === 'JEAN_GH_TOKEN_SHOP_A')).toBe(
      'JEAN_GH_TOKEN_SHOP_A_1F2E3D',
    );
  });

  it('is a key that Ravi takes with each template that the settings take', () => {
    const piece = fc.string({ unit: fc.constantFrom('A', 'z', '0', '_', '-', ' '), maxLength: 3 });
    fc.assert(
      fc.property(piece, piece, fc.string({ maxLength: 20 }), (before, after, branch) => {
        const settings = { ...defaultCredentialSettings, vaultKeyTemplate: `${before}<SLUG>${after}` };
        fc.pre(credentialSettings.safeParse(settings).success);
        expect(vaultKeyOf(settings.vaultKeyTemplate, slugOf('', branch))).toMatch(/^[A-Z][A-Z0-9_]*$/);
      }),
    );
  });
});
