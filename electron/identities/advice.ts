import { GitHubError } from '../github/errors.ts';
import { RaviError } from '../ravi/errors.ts';

const away = 'Try again in a moment.';
const strange = `${away} If it stays so, something between this machine and there answers in its name.`;

const atRavi: Partial<Record<RaviError['kind'], string>> = {
  unavailable: away,
  unreachable: 'Look whether this machine is online, then try again.',
  malformed: strange,
  subscription: 'Change the plan in Ravi’s dashboard, then try again.',
  conflict: 'Look in Ravi’s dashboard what is there, then try again.',
  invalid: 'Look in Ravi’s dashboard what is there, then try again.',
  forbidden: 'Sign in to Ravi again under Settings, then try again.',
  'not-found': 'Look in Ravi’s dashboard whether it is there still, then try again.',
};

const atGitHub: Partial<Record<GitHubError['kind'], string>> = {
  unauthorized: 'Copy the token once more, or make another at GitHub.',
  forbidden: 'Look at GitHub whether the account may do that, then try again.',
  invalid: 'Look at GitHub whether the name is right, then try again.',
  unavailable: away,
  unreachable: 'Look whether this machine is online, then try again.',
  malformed: strange,
};

/** How long somebody asks us to wait, in words. */
export function waitWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  return seconds < 90 ? `${seconds} ${seconds === 1 ? 'second' : 'seconds'}` : `${Math.ceil(seconds / 60)} minutes`;
}

/** A failure with what to do about it. `unsure`: what Ravi was asked to make may be there all the same. */
export function advised(error: unknown, unsure: boolean): unknown {
  if (error instanceof RaviError) {
    if (unsure) return told(error, 'Look at Ravi again in a moment, before it is asked again.');
    return told(error, error.kind === 'throttled' ? throttled(error) : atRavi[error.kind]);
  }
  if (error instanceof GitHubError) return told(error, error.kind === 'throttled' ? throttled(error) : atGitHub[error.kind]);
  return error;
}

const throttled = ({ retryAfterMs }: RaviError | GitHubError): string =>
  retryAfterMs === null ? 'Try again later.' : `Try again in ${waitWords(retryAfterMs)}.`;

function told(error: Error, more: string | undefined): Error {
  return more === undefined || error.message.endsWith(more) ? error : new Error(`${error.message} ${more}`, { cause: error });
}
