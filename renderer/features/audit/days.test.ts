import { describe, expect, it } from 'vitest';
import { auditKind } from '../../../shared/audit.ts';
import { boundsOf, dayOf, dayWords } from './days.ts';
import { familyOf, kindWords } from './kind-words.ts';

describe('a day', () => {
  it('begins at local midnight and ends where the next one begins', () => {
    const bounds = boundsOf('2026-03-29');
    expect(bounds).toEqual({ from: new Date(2026, 2, 29).getTime(), to: new Date(2026, 2, 30).getTime() });
    expect(boundsOf('2026-02-28')?.to).toBe(boundsOf('2026-03-01')?.from);
  });

  it.each(['', '2026-02-30', 'today', '26-1-1'])('is not "%s"', (text) => expect(boundsOf(text)).toBeNull());

  it('comes back from its bounds', () => {
    expect(dayOf(boundsOf('2026-12-31')?.from ?? 0)).toBe('2026-12-31');
  });

  it('is called by its name when it is near', () => {
    const noon = new Date(2026, 4, 1, 12).getTime();
    expect(dayWords(noon - 60_000, noon)).toBe('Today');
    expect(dayWords(new Date(2026, 3, 30, 23).getTime(), noon)).toBe('Yesterday');
    expect(dayWords(new Date(2026, 3, 29).getTime(), noon)).toMatch(/29/);
  });
});

it('has words and a family for every kind of entry', () => {
  for (const kind of auditKind.options) {
    expect(kindWords[kind]).not.toBe('');
    expect(familyOf(kind)).toMatch(/^(credential|worktree|session|connection|remote|app|notification|audit)$/);
  }
});
