import { describe, expect, it } from 'vitest';
import { grantLife } from '../../../shared/remote-access.ts';
import { blank, wishOf } from './grant-wish.ts';
import { readHosts } from './hosts.ts';

describe('a new grant', () => {
  it('needs no more than a name: it is a viewer’s for seven days, in every Jean that is shared', () => {
    expect(wishOf({ ...blank, person: 'Ana' }, ['local', 'far'])).toEqual({
      wish: {
        person: 'Ana',
        role: 'viewer',
        lifeMs: grantLife.usualMs,
        mail: null,
        phone: null,
        addresses: [],
        oneTime: false,
        instanceIds: ['local', 'far'],
      },
      wrong: {},
    });
  });

  it('takes addresses as they are typed', () => {
    const { wish } = wishOf({ ...blank, person: 'Ana', addresses: '203.0.113.7, 192.168.1.0/24;fd00::/8' }, ['local']);
    expect(wish?.addresses).toEqual(['203.0.113.7', '192.168.1.0/24', 'fd00::/8']);
  });

  it.each([
    ['person', { person: ' ' }, 'Say who it is for.'],
    ['addresses', { addresses: 'home' }, 'Type an address or a range'],
    ['mail', { mail: 'ana' }, 'Type one e-mail address'],
    ['phone', { phone: '0151' }, 'country code'],
    ['instanceIds', { instanceIds: [] }, 'Choose at least one Jean.'],
  ])('says what is wrong with its %s, and is no wish until that is mended', (field, over, words) => {
    const { wish, wrong } = wishOf({ ...blank, person: 'Ana', ...over }, ['local']);
    expect(wish).toBeNull();
    expect(wrong[field]).toContain(words);
  });
});

describe('host names', () => {
  it('are typed with commas, each kept once and in small letters', () => {
    expect(readHosts('Desk.example.org, desk.example.org  other')).toEqual({ hosts: ['desk.example.org', 'other'], wrong: null });
    expect(readHosts(' ')).toEqual({ hosts: [], wrong: null });
  });

  it.each(['https://desk', 'desk:4711', 'desk/x', '-desk'])('are no addresses, ports or paths: %s', (typed) => {
    expect(readHosts(typed).wrong).toContain('host name');
  });
});
