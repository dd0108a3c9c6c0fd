import { describe, expect, it } from 'vitest';
import { found, pointers, type Section } from './sections.ts';

const sections: readonly Section[] = [
  { id: 'general', title: 'General', items: [{ id: 'theme', words: 'colours dark light', content: () => null }] },
  { id: 'notifications', title: 'Notifications', items: [pointers.rules, pointers.hours, pointers.channels] },
];
const ids = (typed: string) => found(sections, typed).flatMap(({ items }) => items.map(({ id }) => id));

describe('searching the settings', () => {
  it('shows all of them while nothing is typed', () => expect(found(sections, '  ')).toBe(sections));
  it('finds by what a person would call it', () => {
    expect(ids('dark')).toEqual(['theme']);
    expect(ids('phone')).toEqual(['channels']);
    expect(ids('Quiet HOURS')).toEqual(['hours']);
  });
  it('wants every word, in any order and place', () => {
    expect(ids('light colours')).toEqual(['theme']);
    expect(ids('light phone')).toEqual([]);
  });
  it('finds a whole section by its name', () => expect(ids('notifications')).toEqual(['rules', 'hours', 'channels']));
});
