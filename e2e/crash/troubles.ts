import type { Fault, FaultAnswer, Faults } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/world.ts';

/** What goes wrong with a request. */
export const troubles: Readonly<Record<string, FaultAnswer>> = {
  'is cut': 'drop',
  'loses its answer': 'lose',
  'is answered by somebody in between': {
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<html>Please sign in</html>',
  },
  'is carried out and answered with garbage': 'garble',
  'is throttled': { status: 429, headers: { 'retry-after': '1' }, body: { message: 'Too many', detail: 'Too many' } },
  'wants payment': { status: 402, body: { message: 'Payment required', detail: 'This needs a paid plan.' } },
  'meets an error inside': { status: 500, body: { message: 'Oops', detail: 'Oops' } },
  'meets a gateway’s page': { status: 503, headers: { 'content-type': 'text/html' }, body: '<html>Unavailable</html>' },
  'is slow': { delayMs: 1_500 },
};

/** A kind of request, and who is asked. */
export interface Asked {
  readonly of: 'github' | 'ravi' | 'jean';
  readonly match: NonNullable<Fault['match']>;
  /** Asked once at each start, and after a trouble not before minutes have passed; nothing hangs on it. */
  readonly unhurried?: true;
  /** Not asked again once it was carried out, whatever the answer. */
  readonly final?: true;
}

/** Every request on which the life of a credential hangs. */
export const requests: Readonly<Record<string, Asked>> = {
  'the check of the App': { of: 'github', match: { method: 'GET', path: '/app' }, unhurried: true },
  'listing installations': { of: 'github', match: { method: 'GET', path: '/app/installations' }, unhurried: true },
  'finding the installation': { of: 'github', match: { method: 'GET', path: '/repos/*/installation' } },
  'the mint': { of: 'github', match: { method: 'POST', path: '/app/installations/*/access_tokens' } },
  'the revocation': { of: 'github', match: { method: 'DELETE', path: '/installation/token' } },
  'the proof of death': { of: 'github', match: { method: 'GET', path: '/installation/repositories' } },
  'the check of the identity': { of: 'ravi', match: { method: 'GET', path: '/api/identities/' }, unhurried: true },
  'looking into the vault': { of: 'ravi', match: { method: 'GET', path: '/api/secrets/' }, unhurried: true },
  'storing in the vault': { of: 'ravi', match: { method: 'POST', path: '/api/secrets/' } },
  'changing in the vault': { of: 'ravi', match: { method: 'PATCH', path: '/api/secrets/*' } },
  'deleting from the vault': { of: 'ravi', match: { method: 'DELETE', path: '/api/secrets/*' }, final: true },
  'connecting to Jean': { of: 'jean', match: { method: 'GET', path: '/ws' } },
  'what Jean shows at first': { of: 'jean', match: { method: 'GET', path: '/api/init' } },
  'Jean’s list of sessions': { of: 'jean', match: { method: 'INVOKE', path: 'list_all_sessions' } },
  'Jean’s list of worktrees': { of: 'jean', match: { method: 'INVOKE', path: 'list_worktrees' } },
};

/** How often at least a request is made again after such a trouble and a crash. */
export function timesAgain(asked: Asked, answer: FaultAnswer): number {
  const isSlow = typeof answer === 'object' && 'delayMs' in answer;
  if (asked.final && (isSlow || answer === 'lose' || answer === 'garble')) return 0;
  return asked.unhurried || isSlow ? 1 : 2;
}

const faultsOf = ({ github, ravi, jean }: Sandbox): Readonly<Record<Asked['of'], Faults>> => ({
  github: github.control.faults,
  ravi: ravi.faults,
  jean: jean.faults,
});

/** From now on the request meets the trouble that many times. */
export function trouble(sandbox: Sandbox, { of, match }: Asked, answer: FaultAnswer, times = 1): void {
  faultsOf(sandbox)[of].next({ match, answer, times });
}

/** How many troubles are still to be met. */
export const troublesLeft = (sandbox: Sandbox): number =>
  Object.values(faultsOf(sandbox)).reduce((sum, faults) => sum + faults.left(), 0);

/** How many requests are held back, to be carried out yet. */
export const requestsHeld = (sandbox: Sandbox): number =>
  Object.values(faultsOf(sandbox)).reduce((sum, faults) => sum + faults.held(), 0);

/** Everybody outside is well again. */
export function endTroubles(sandbox: Sandbox): void {
  for (const faults of Object.values(faultsOf(sandbox))) {
    faults.clear();
    faults.up();
  }
}
