import { expect, it } from 'vitest';
import { defaultProjectPolicy, permissionsOf } from '../../../shared/policy.ts';
import { consequences, notGranted } from './consequences.ts';

const grants = permissionsOf(defaultProjectPolicy);
const affected = { credentials: 3, worktrees: 4, grants };
const off = { ...defaultProjectPolicy, enabled: false };

it('says nothing while nothing was changed', () =>
  expect(consequences(defaultProjectPolicy, { ...defaultProjectPolicy }, affected)).toEqual([]));

it.each([
  ['off', defaultProjectPolicy, off, '3 credentials are revoked at once; git in the worktrees is your own again.'],
  ['on', off, defaultProjectPolicy, '4 worktrees are given a credential.'],
  [
    'another scope',
    defaultProjectPolicy,
    { ...defaultProjectPolicy, extraRepositories: ['api'] },
    '3 credentials are replaced at once, and the old revoked. git goes on working.',
  ],
  [
    'a token that all share',
    defaultProjectPolicy,
    { ...defaultProjectPolicy, source: 'shared' },
    '3 credentials are replaced by the one token as soon as it is there; until then they serve to their end.',
  ],
] as const)('tells what %s does', (_what, before, after, said) => expect(consequences(before, after, affected)).toEqual([said]));

it('tells before anything is minted what the App was not granted', () => {
  const wider = { ...defaultProjectPolicy, profile: 'contribute-workflows' } as const;
  expect(consequences(defaultProjectPolicy, wider, affected)).toEqual([
    'The GitHub App was not granted workflows: write. Until it is, none can be made with this profile, and those in use serve to their end.',
  ]);
  expect(notGranted(wider, null)).toEqual([]);
});

it('tells that a session can’t push any more', () =>
  expect(
    consequences(defaultProjectPolicy, { ...defaultProjectPolicy, profile: 'read' }, { ...affected, credentials: 1 }),
  ).toEqual([
    '1 credential is replaced at once, and the old revoked. git goes on working.',
    'Sessions can fetch, but not push.',
  ]));
