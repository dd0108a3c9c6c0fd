import { many } from '../../../shared/format.ts';
import type { AppState } from '../../../shared/model.ts';
import { held } from '../leaving/held.ts';

/** What becomes of everything that the GitHub App made when it is disconnected. */
export function disconnectWords({ credentials }: Pick<AppState, 'credentials'>): readonly string[] {
  const all = held(credentials);
  const made = all.filter(({ source }) => source === 'app').length;
  const others = all.length - made;
  return [
    made === 0
      ? 'No worktree has a credential of it now. None can be made until an App is connected again.'
      : `${many(made, 'credential is', 'credentials are')} revoked at GitHub first, verified, and ${
          made === 1 ? 'leaves' : 'leave'
        } the vault; git in ${made === 1 ? 'that worktree' : 'those worktrees'} is your own again. None can be made until an App is connected again.`,
    ...(others === 0
      ? []
      : [
          `${many(others, 'worktree has', 'worktrees have')} a token of a person’s, and ${others === 1 ? 'goes' : 'go'} on with it.`,
        ]),
    'The App’s private key is deleted from this computer. At GitHub the App stays, with its installations: to connect it again you need a key of it.',
  ];
}
