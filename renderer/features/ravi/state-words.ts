import type { RaviState, RaviView } from '../../../shared/ravi.ts';

/** How the account is, in a few words beside its name. */
export const stateWords: Readonly<Record<RaviState, string>> = {
  'signed-out': 'not set up',
  checking: 'checking',
  well: 'connected',
  locked: 'its key can’t be read',
  'key-unknown': 'a key is not known any more',
  plan: 'the plan has a limit',
  forbidden: 'a key does not allow something',
  conflict: 'something is taken',
  throttled: 'slowed down by Ravi',
  unavailable: 'has a problem of its own',
  away: 'not reachable',
  strange: 'answers in words that are not its own',
};

/** Which keys are in use, in words. */
export function keyWords({ management, identity }: NonNullable<RaviView['account']>['keys']): string {
  if (management && identity) return 'the identity’s own key for its vault, and a management key for all else';
  if (management) return 'a management key for everything';
  return identity ? 'the identity’s own key alone: no other identity can be reached or made' : 'none that can be read';
}
