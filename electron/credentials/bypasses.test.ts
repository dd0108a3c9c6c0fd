import { describe, expect, it } from 'vitest';
import type { AuditInput } from '../audit/log.ts';
import { Bypasses } from './bypasses.ts';
import type { Binding } from './credential.ts';

const binding = {
  worktreeId: 'w',
  subject: 'shop · a',
  repository: 'acme/shop',
  path: '/a',
  installed: true,
  ending: null,
} as Binding;

function watched() {
  const audited: AuditInput[] = [];
  const changed: string[] = [];
  const bypasses = new Bypasses({
    webUrl: () => 'https://github.com',
    audit: (entry) => void audited.push(entry),
    onChange: (worktreeId) => void changed.push(worktreeId),
  });
  return { bypasses, audited, changed };
}

describe('the ways past the companion', () => {
  it('are on record once, when they come; not at every look', () => {
    const { bypasses, audited, changed } = watched();
    bypasses.found(binding, []);
    expect([audited, changed]).toEqual([[], []]);
    for (let look = 0; look < 3; look += 1) bypasses.found(binding, [{ kind: 'password-in-url', name: 'origin' }]);
    expect(audited).toMatchObject([{ worktreeId: 'w', outcome: 'failed', message: expect.stringContaining('“origin”') }]);
    bypasses.found(binding, []);
    expect(bypasses.of(binding)).toEqual([]);
    expect([audited.length, changed.length]).toEqual([1, 2]);
  });

  it('are also what Jean’s environment brings, in every managed worktree', () => {
    const { bypasses } = watched();
    bypasses.environment(['GH_TOKEN']);
    expect(bypasses.of(binding)).toMatchObject([{ kind: 'jean-environment', name: 'GH_TOKEN' }]);
  });

  it('are none in a worktree whose git is the person’s own again', () => {
    const { bypasses } = watched();
    bypasses.found(binding, [{ kind: 'password-in-url', name: 'origin' }]);
    expect(bypasses.of({ ...binding, ending: 'merged' })).toHaveLength(1);
    expect(bypasses.of({ ...binding, ending: 'released' })).toEqual([]);
    expect(bypasses.of({ ...binding, installed: false })).toEqual([]);
  });
});
