import { expect, it } from 'vitest';
import { newPassword } from './password.ts';

it('a password has 24 characters, one of each kind, and none that looks like another', () => {
  const all = Array.from({ length: 200 }, () => newPassword().reveal());
  for (const password of all) {
    expect(password).toMatch(/^[a-zA-Z2-9\-_.+=!]{24}$/);
    expect(password).not.toMatch(/[01OolI|]/);
    for (const kind of [/[a-z]/, /[A-Z]/, /[2-9]/, /[-_.+=!]/]) expect(password).toMatch(kind);
  }
  expect(new Set(all).size).toBe(all.length);
});

it('what lacks a kind of character is drawn again as a whole', () => {
  const drawn = [...Array<number>(24).fill(0), ...Array.from({ length: 24 }, (_, at) => Math.floor(at * 2.58))];
  const password = newPassword(() => {
    const next = drawn.shift();
    if (next === undefined) throw new Error('Drawn a third time.');
    return next;
  }).reveal();
  expect(password).not.toBe('a'.repeat(24));
  expect(drawn).toHaveLength(0);
});

it('a password prints as a secret', () => {
  expect(String(newPassword())).toBe('[secret]');
});
