import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainLine } from './plain-line.ts';

describe('a plain line', () => {
  it.each([
    ['two\nlines\tand more', 'two lines and more'],
    ['\u001b[31mred\u001b[0m', '[31mred[0m'],
    ['to\u200bken', 'token'],
    ['\ufeff\0', ''],
    ['turned \u202Earound', 'turned around'],
    ['  much   room  ', 'much room'],
    ['half \ud83d', 'half \ufffd'],
    ['whole 😀', 'whole 😀'],
  ])('of %j is %j', (text, line) => expect(plainLine(text, 40)).toBe(line));

  it('is shortened between characters, with an ellipsis', () => {
    expect(plainLine('😀😀😀😀', 3)).toBe('😀😀…');
    expect(plainLine('one two', 5)).toBe('one…');
    expect(plainLine('12345', 5)).toBe('12345');
  });

  it('is never longer than asked, holds no control character, and stays what it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 50 }), (text, max) => {
        const line = plainLine(text, max);
        expect([...line].length).toBeLessThanOrEqual(max);
        expect(line).not.toMatch(/\p{Cc}/u);
        expect(plainLine(line, max)).toBe(line);
      }),
    );
  });
});
