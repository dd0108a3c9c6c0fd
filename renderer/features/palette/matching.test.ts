import { describe, expect, it } from 'vitest';
import { type Candidate, matching } from './matching.ts';

const candidate = (title: string, hint = ''): Candidate => ({
  id: title,
  group: 'Sessions',
  title,
  hint,
  choose: () => undefined,
});
const all = [
  candidate('Fix flaky checkout test', 'checkout-flake · running 2 min'),
  candidate('checkout-flake', 'shop'),
  candidate('Rotate checkout-flake', 'shop'),
  candidate('Mise à jour', 'café'),
];
const titles = (query: string, most = 10): readonly string[] => matching(all, query, most).map((one) => one.title);

describe('search', () => {
  it('offers everything in its own order before anything is typed', () => {
    expect(titles('  ')).toEqual(all.map((one) => one.title));
  });

  it('wants every word, in title or hint, in any order', () => {
    expect(titles('flake rot')).toEqual(['Rotate checkout-flake']);
    expect(titles('flake shop xyz')).toEqual([]);
  });

  it('puts a title that begins with the word first', () => {
    expect(titles('checkout')[0]).toBe('checkout-flake');
  });

  it('finds words without their accents, and in any case', () => {
    expect(titles('A CAFE')).toEqual(['Mise à jour']);
  });

  it('takes signs as they are', () => {
    expect(titles('.*')).toEqual([]);
    expect(titles('checkout-f(')).toEqual([]);
  });

  it('stops at the number asked for', () => {
    expect(titles('', 2)).toHaveLength(2);
  });
});
