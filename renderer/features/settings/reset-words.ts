import { many } from '../../../shared/format.ts';
import type { AppState } from '../../../shared/model.ts';
import type { SettingsPart } from '../../../shared/preferences.ts';
import { offWords } from '../remote-access/asked-words.ts';

/** What of the settings is put back together. */
export interface ResetOf {
  readonly title: string;
  readonly parts: readonly SettingsPart[];
  /** What is gone then. */
  readonly says: (state: AppState) => readonly string[];
  readonly done: string;
}

const recipientsOf = ({ channels }: Pick<AppState, 'channels'>): number =>
  Object.values(channels).reduce((sum, { recipients }) => sum + recipients.length, 0);

const bound = 'What your organization has set stays as it is.';
const managedWords = ({ preferences }: AppState): readonly string[] =>
  (preferences.preferences?.managed.length ?? 0) === 0 ? [] : [bound];

/** The groups that the page puts back to their defaults, each with what is lost. */
export const resets = {
  general: {
    title: 'Put General back to the defaults',
    parts: ['preferences'],
    says: (state) => ['Colours, start and shortcut become what they were at first.', ...managedWords(state)],
    done: 'General is as it was at first.',
  },
  told: {
    title: 'Put notifications back to the defaults',
    parts: ['notifications', 'channels'],
    says: (state) => {
      const recipients = recipientsOf(state);
      return [
        'All rules, hours and sounds become what they were at first.',
        recipients === 0
          ? 'Sender, budget and what may leave this computer become what they were at first, too.'
          : `${many(recipients, 'recipient', 'recipients')} of SMS and e-mail ${recipients === 1 ? 'is' : 'are'} forgotten: nothing is sent there any more, and to take ${recipients === 1 ? 'it' : 'them'} up again you verify ${recipients === 1 ? 'it' : 'each'} anew, by a code.`,
        ...managedWords(state),
      ];
    },
    done: 'Notifications are as they were at first.',
  },
  remote: {
    title: 'Put remote access back to the defaults',
    parts: ['remoteAccess'],
    says: (state) => [
      ...(state.remote.remote?.enabled ? ['Remote access is turned off.', ...offWords(state)] : []),
      'Where it listens, its host names, its encryption and when Jeans’ own tokens are made anew become what they were at first. Grants stay.',
      ...managedWords(state),
    ],
    done: 'Remote access is as it was at first, and off.',
  },
  ravi: {
    title: 'Put the place of credentials back to the default',
    parts: ['keepIn'],
    says: (state) => {
      const local = Object.values(state.credentials).filter(
        ({ vault, state: now }) => vault === 'local' && now !== 'revoked',
      ).length;
      return [
        state.ravi.ravi?.account && local > 0
          ? `${many(local, 'credential moves', 'credentials move')} from this computer to Ravi’s vault, which is the default while you are signed in. You stay signed in.`
          : 'Credentials are kept in Ravi’s vault while you are signed in. You stay signed in.',
        ...managedWords(state),
      ];
    },
    done: 'Credentials are kept where they were at first.',
  },
  credentials: {
    title: 'Put credentials and projects back to the defaults',
    parts: ['credentials', 'projects', 'trailers'],
    says: (state) => {
      const projects = Object.keys(state.policies).length;
      const others = Object.values(state.policies).filter(({ enabled, source }) => enabled && source !== 'app').length;
      const live = Object.values(state.credentials).filter((one) => one.state !== 'revoked' && one.state !== 'absent').length;
      return [
        `${projects === 1 ? 'The project gets' : `${projects} projects get`} the safe default again: what you have chosen for ${projects === 1 ? 'it' : 'them'} is gone.`,
        ...(live === 0
          ? []
          : [
              `${many(live, 'live credential is', 'live credentials are')} replaced where the default is another, and the old revoked.`,
            ]),
        ...(others === 0
          ? []
          : [
              `${many(others, 'project acts', 'projects act')} as the GitHub App again, and no more as ${others === 1 ? 'its' : 'their'} own account; the ${others === 1 ? 'token of that stays' : 'tokens of those stay'} here.`,
            ]),
        'Commits are not marked any more.',
        ...managedWords(state),
      ];
    },
    done: 'Credentials are as they were at first.',
  },
} satisfies Readonly<Record<string, ResetOf>>;
