import { many } from '../../../shared/format.ts';
import type { AppState } from '../../../shared/model.ts';

type Known = Pick<AppState, 'credentials' | 'channels' | 'identities'>;

/** Credentials whose values lie in Ravi's vault. */
export const keptAtRavi = ({ credentials }: Pick<AppState, 'credentials'>): number =>
  Object.values(credentials).filter(({ vault, state }) => vault === 'ravi' && state !== 'revoked' && state !== 'absent').length;

/** What ends here when the person signs out of Ravi. */
export function signOutWords(state: Known): readonly string[] {
  const kept = keptAtRavi(state);
  const recipients = Object.values(state.channels).reduce(
    (sum, channel) => sum + channel.recipients.filter(({ verifiedAt }) => verifiedAt !== null).length,
    0,
  );
  const identities = Object.values(state.identities).filter(({ identity }) => identity !== null).length;
  return [
    `${
      kept === 0
        ? 'No credential is kept in Ravi’s vault now.'
        : `${many(kept, 'credential is', 'credentials are')} moved from Ravi’s vault to this computer first, so that nothing of the Companion’s is left behind there.`
    } Then the keys are deleted here.`,
    recipients === 0
      ? 'Neither SMS nor e-mail can be sent until you sign in again.'
      : `SMS and e-mail to ${many(recipients, 'recipient', 'recipients')} stop until you sign in again.`,
    ...(identities === 0
      ? []
      : [
          `${many(identities, 'project has', 'projects have')} an identity at Ravi: ${
            identities === 1
              ? 'its key is deleted here too, and its inbox and checklist rest'
              : 'their keys are deleted here too, and their inboxes and checklists rest'
          } until you sign in again. The worktrees go on with the GitHub account that they have.`,
        ]),
  ];
}

/** What comes of another account in the place of the one that is used. */
export function otherAccountWords(account: string, state: Known): readonly string[] {
  const kept = keptAtRavi(state);
  const identities = Object.values(state.identities).filter(({ identity }) => identity !== null).length;
  return [
    kept === 0
      ? `Nothing changes before the other account is there. Then new credentials are kept in its vault, and no more in that of ${account}.`
      : `Nothing changes before the other account is there. Then ${many(kept, 'credential moves', 'credentials move')} from the vault of ${account} to its vault; while one can’t be taken out, ${account} stays.`,
    'SMS and e-mail come from the other account’s identity from then on.',
    ...(identities === 0
      ? []
      : [
          `${many(identities, 'project has', 'projects have')} an identity of ${account}: no number or key can be made for ${identities === 1 ? 'it' : 'them'} from the other account.`,
        ]),
    `The keys of ${account} go on working until you delete them in Ravi’s dashboard: no app can revoke them.`,
  ];
}
