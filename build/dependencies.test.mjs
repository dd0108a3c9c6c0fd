import { mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notLinked, sameTree } from './dependencies.mjs';
import { root } from './run.mjs';

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

it('what another working tree has is not installed over', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jrc-linked-'));
  try {
    symlinkSync(folder, join(folder, 'link'), 'dir');
    expect(() => notLinked(join(folder, 'link'))).toThrow('is a link');
    expect(() => notLinked(folder)).not.toThrow();
    expect(() => notLinked(join(folder, 'missing'))).not.toThrow();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

describe('the lock file', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));

  // A registry that lacks the packages of other platforms makes npm leave them out, and npm ci then refuses on every platform.
  it('has every optional package that a package in it asks for', () => {
    const known = new Set(
      Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    );
    const asked = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
  });

  it('names no download host', () => {
    expect(Object.entries(packages).filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
  });
});
