import { expect, it } from 'vitest';
import { identity, service, stateOf } from '../shared/fixture.ts';
import { forget } from './passing.ts';
import { withPatch } from './store.ts';

const message = {
  id: 'mail:1',
  over: 'mail' as const,
  from: 'GitHub <noreply@github.com>',
  subject: 'Your launch code 83920147',
  text: 'Enter 83920147 at https://github.com/confirm/83920147',
  cut: false,
  codes: ['83920147'],
  links: [{ id: 'mail:1#0', host: 'github.com', known: true }],
  at: 1,
};

it('a code is nowhere in the rows that are gone, and stays in those that are shown', () => {
  const watched = () => identity('shop', 'mail', { inbox: { readAt: 1, trouble: null, messages: [{ ...message }] } });
  const before = stateOf({ identities: [watched(), { ...watched(), id: 'api' }] });
  const after = withPatch(before, {
    seq: 1,
    changes: [{ collection: 'identities', id: 'shop', value: identity('shop', 'account') }],
  });
  forget(before, after);
  expect(JSON.stringify(before.identities.shop)).not.toContain('83920147');
  expect(JSON.stringify(after.identities.api)).toContain('83920147');
  forget(after, withPatch(after, { seq: 2, changes: [{ collection: 'identities', id: 'api', value: null }] }));
  expect(JSON.stringify([before, after])).not.toContain('83920147');
});

it('nor is the code of a sign-in that is over', () => {
  const login = { userCode: 'BCDF-4711', url: 'https://ravi.id/device', expiresAt: 1 };
  const before = stateOf({ services: [{ ...service('ravi', 'checking'), login }] });
  const after = withPatch(before, { seq: 1, changes: [{ collection: 'services', id: 'ravi', value: service('ravi', 'ok') }] });
  forget(before, after);
  expect(JSON.stringify([before, after])).not.toContain('4711');
});
