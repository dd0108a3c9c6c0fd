import { many, peopleIn } from '../../../shared/format.ts';
import type { AppState } from '../../../shared/model.ts';
import { held } from '../leaving/held.ts';

/** What stands still of the person's own while they explore the sandbox; nothing where there is nothing yet. */
export function enteringWords(state: Pick<AppState, 'credentials' | 'connections'>): readonly string[] {
  const worktrees = held(state.credentials).filter(({ managed }) => managed).length;
  const people = peopleIn(state.connections);
  if (worktrees === 0 && people === 0) return [];
  return [
    ...(worktrees === 0
      ? []
      : [
          `git in ${many(worktrees, 'worktree', 'worktrees')} fails with a message until you are back: the Companion does not watch them meanwhile.`,
        ]),
    ...(people === 0
      ? []
      : [
          `${many(people, 'person who is', 'people who are')} connected by remote access ${people === 1 ? 'is' : 'are'} out until then.`,
        ]),
    'No notice of your own sessions comes meanwhile. Nothing of yours is changed.',
  ];
}

/** What is lost of the sandbox when it is left. */
export function leavingWords(state: Pick<AppState, 'sessions' | 'credentials' | 'identities'>): readonly string[] {
  const sessions = Object.keys(state.sessions).length;
  const credentials = Object.values(state.credentials).filter((one) => one.state !== 'revoked').length;
  const identities = Object.keys(state.identities).length;
  const parts = [
    many(sessions, 'session', 'sessions'),
    many(credentials, 'credential', 'credentials'),
    ...(identities === 0 ? [] : [many(identities, 'identity', 'identities')]),
  ];
  return [
    `All of the sandbox is deleted, also what you have set and made in it: ${new Intl.ListFormat('en').format(parts)}. It begins from nothing when you enter it again.`,
    'What is your own is as you left it.',
  ];
}
