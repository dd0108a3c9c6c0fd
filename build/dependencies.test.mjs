import { describe, expect, it } from 'vitest';
import { sameTree } from './dependencies.mjs';

const lock = {
  packages: {
    '': { name: 'app' },
    'node_modules/a': { version: '1.0.0' },
    'node_modules/only-on-mac': { version: '2.0.0', optional: true },
  },
};
const installed = (packages) => ({ packages });

describe('node_modules is what the lock file says', () => {
  it('when every package has its version, and optional ones may be missing', () => {
    expect(sameTree(lock, installed({ 'node_modules/a': { version: '1.0.0' } }))).toBe(true);
  });

  it.each([
    ['a package has another version', { 'node_modules/a': { version: '1.0.1' } }],
    ['a package is missing', {}],
    [
      'a package is there that nobody asked for',
      { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } },
    ],
  ])('but not when %s', (_case, packages) => {
    expect(sameTree(lock, installed(packages))).toBe(false);
  });
});
