import type { RequestName } from '../shared/ipc.ts';
import type { Handlers } from './shell/ipc.ts';

type IdentityRequest = Extract<RequestName, `identities.${string}`>;

/** What main does for each request about identities. */
export function identityAnswers(): Pick<Handlers, IdentityRequest> {
  return {
    'identities.list': notYet,
    'identities.pick': notYet,
    'identities.create': notYet,
    'identities.phone': notYet,
    'identities.keepPassword': notYet,
    'identities.password': notYet,
    'identities.copyPassword': notYet,
    'identities.login': notYet,
    'identities.check': notYet,
    'identities.token': notYet,
    'identities.use': notYet,
    'identities.watch': notYet,
    'identities.open': notYet,
    'identities.holdings': notYet,
    'identities.retire': notYet,
    'identities.dismiss': notYet,
  };
}

const notYet = (): never => {
  throw new Error('Identities of projects are not looked after yet.');
};
