import { expect, it } from 'vitest';
import { stepPage } from './pages.ts';

const acme = {
  webUrl: 'https://github.com',
  repository: 'acme/shop',
  owner: { login: 'acme', type: 'Organization' },
  account: { login: 'shop-agent' },
};

it('a step leads to the page of GitHub’s where it is done', () => {
  expect(stepPage('signup', acme)).toBe('https://github.com/signup');
  expect(stepPage('people', acme)).toBe('https://github.com/orgs/acme/people');
  expect(stepPage('repository', acme)).toBe('https://github.com/acme/shop/settings/access');
  expect(stepPage('profile', acme)).toBe('https://github.com/shop-agent');
});

it('an invitation waits at the organization, or at the repository that a person owns', () => {
  expect(stepPage('invite', acme)).toBe('https://github.com/orgs/acme/invitation');
  for (const owner of [{ login: 'dana', type: 'User' }, null])
    expect(stepPage('invite', { ...acme, repository: 'dana/shop', owner })).toBe('https://github.com/dana/shop/invitations');
});

it('there is no page of what is not known', () => {
  const nothing = { ...acme, repository: null, owner: null, account: null };
  for (const what of ['people', 'repository', 'invite', 'profile'] as const) expect(stepPage(what, nothing)).toBeNull();
});
