import fc from 'fast-check';
import { expect, it } from 'vitest';
import { githubLogin } from '../../shared/identities.ts';
import { suggestedLogin } from './login-name.ts';

it.each([
  ['sarah.johnson472@raviapp.com', 'sarah-johnson472'],
  ['Zoë..Brontë@raviapp.com', 'zoe-bronte'],
  ['-a-@raviapp.com', 'a-agent'],
  ['', 'agent'],
])('%s becomes %s', (address, login) => expect(suggestedLogin(address)).toBe(login));

it('whatever the address is, GitHub could take the name', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (address) => githubLogin.safeParse(suggestedLogin(address)).success));
});
