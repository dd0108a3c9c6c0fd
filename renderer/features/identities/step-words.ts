import type { IdentityStep, IdentityStepId, IdentityView } from '../../../shared/identities.ts';
import type { AppState } from '../../../shared/model.ts';
import type { Shape } from '../../ui/status-shape.tsx';

/** What each step is called. */
export const stepNames: Readonly<Record<IdentityStepId, string>> = {
  identity: 'An identity at Ravi',
  address: 'Its mail address',
  password: 'A user name and a password',
  'sign-up': 'Sign up at GitHub',
  mail: 'GitHub’s mail with the code',
  account: 'The account is there',
  token: 'Its token',
  invitation: 'Access to the repository',
  done: 'In use',
};

export const stepShapes: Readonly<Record<IdentityStep['state'], Shape>> = {
  todo: 'idle',
  doing: 'running',
  done: 'finished',
  failed: 'failed',
};

export const stepStateWords: Readonly<Record<IdentityStep['state'], string>> = {
  todo: 'to do',
  doing: 'under way',
  done: 'done',
  failed: 'did not work',
};

/** Whose letter and colour stand for an identity: its account's, or that of the user name that it is to get. */
export const faceOf = ({ login, suggestedLogin }: IdentityView): string => login ?? suggestedLogin;

/** Who a project is to the outside, in a few words. */
export function whoWords(view: IdentityView | undefined, policy: AppState['policies'][string] | undefined): string {
  if (policy && !policy.enabled) return 'nobody: the Companion leaves its worktrees alone';
  if (view?.inUse) return view.login ?? view.identity?.name ?? 'its identity';
  if (policy?.source === 'shared') return 'a machine user, by its token';
  if (policy?.source === 'user') return 'you';
  return 'the App’s bot';
}

const midSentence = (name: string): string => (name.startsWith('GitHub') ? name : name.charAt(0).toLowerCase() + name.slice(1));

/** "3 of 9 steps are done", or what is the matter. */
export function progressWords({ steps, next, unsure, trouble, busy }: IdentityView): string {
  if (busy !== null) return busy;
  if (unsure !== null) return unsure;
  if (trouble !== null) return trouble;
  const done = steps.filter(({ state }) => state === 'done').length;
  if (next === null) return 'Every step is done.';
  return `${done} of ${steps.length} steps are done. Next: ${midSentence(stepNames[next])}.`;
}

/**
 * Whether a step shows its button: it is the next, is under way or did not work. The account can be named as soon as the
 * person has begun to sign up, because only they know when they are through.
 */
export function hasAct({ id, state }: IdentityStep, { next, steps }: Pick<IdentityView, 'next' | 'steps'>): boolean {
  if (id === next || state === 'failed' || (state === 'doing' && id !== 'mail')) return true;
  const begun = steps.some((one) => one.id === 'sign-up' && one.state !== 'todo' && one.state !== 'failed');
  return id === 'account' && state !== 'done' && begun;
}

/** Whether there is a token of the identity's account here, taken by the project or waiting to be; another machine user's is none of its. */
export const hasToken = (view: IdentityView | undefined, source: AppState['sources'][string] | undefined): boolean =>
  view !== undefined &&
  ((view.login !== null && source?.shared?.login.toLowerCase() === view.login.toLowerCase()) ||
    view.steps.some(({ id, state }) => id === 'token' && state === 'done'));

/** The line beside the page's heading. */
export function identitiesLine(state: Pick<AppState, 'identities' | 'projects'>): string {
  const projects = Object.keys(state.projects).length;
  if (projects === 0) return '';
  const using = Object.values(state.identities).filter(({ inUse }) => inUse).length;
  const begun = Object.values(state.identities).filter(({ inUse }) => !inUse).length;
  const first = `${using} of ${projects} ${projects === 1 ? 'project has' : 'projects have'} an identity of their own`;
  return begun === 0 ? first : `${first}, ${begun} ${begun === 1 ? 'is' : 'are'} being made`;
}

/** What is said when mails came: only of those with a code, newest first. */
export function arrivalWords(messages: NonNullable<IdentityView['inbox']>['messages']): string {
  const [first, ...more] = messages.filter(({ codes }) => codes.length > 0);
  if (!first) return '';
  const one = `${first.over === 'sms' ? 'An SMS' : 'A mail'} from ${first.from} arrived, with the code ${first.codes[0]?.split('').join(' ')}.`;
  return more.length === 0 ? one : `${one} ${more.length} more with codes.`;
}
