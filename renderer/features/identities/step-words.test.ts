import { describe, expect, it } from 'vitest';
import { identity, now, project, stateOf } from '../../../shared/fixture.ts';
import type { ReceivedView } from '../../../shared/identities.ts';
import { arrivalWords, faceOf, hasAct, identitiesLine, progressWords, whoWords } from './step-words.ts';

const acts = (view: ReturnType<typeof identity>) => view.steps.filter((step) => hasAct(step, view)).map(({ id }) => id);

const received = (id: string, over: Partial<ReceivedView> = {}): ReceivedView => ({
  id,
  over: 'mail',
  from: 'noreply@github.com',
  subject: '',
  text: '',
  cut: false,
  codes: [],
  links: [],
  at: now,
  ...over,
});

describe('who a project is to the outside', () => {
  it('is the App’s bot until its own account is in use, and then that account', () => {
    expect(whoWords(undefined, undefined)).toBe('the App’s bot');
    expect(whoWords(identity('shop', 'done'), undefined)).toBe('the App’s bot');
    expect(whoWords(identity('shop', null), undefined)).toBe('shop-agent');
  });

  it('has the letter of its account, and of the name that it is to get before', () => {
    expect(faceOf(identity('shop', 'token', { login: 'robot' }))).toBe('robot');
    expect(faceOf(identity('shop', 'sign-up'))).toBe('shop-agent');
  });

  it('is counted beside the heading', () => {
    const state = stateOf({
      projects: [project('shop'), project('blog'), project('docs')],
      identities: [identity('shop', null), identity('blog', 'mail')],
    });
    expect(identitiesLine(state)).toBe('1 of 3 projects have an identity of their own, 1 is being made');
    expect(identitiesLine(stateOf({ projects: [] }))).toBe('');
  });
});

describe('the checklist', () => {
  it('has one button, at the next step', () => {
    expect(acts(identity('shop', 'password'))).toEqual(['password']);
    expect(acts(identity('shop', 'token'))).toEqual(['token']);
    expect(acts(identity('shop', 'done'))).toEqual(['done']);
    expect(acts(identity('shop', null))).toEqual([]);
  });

  it('lets the account be named while the person signs up, because only they know when they are through', () => {
    const view = identity('shop', 'sign-up');
    expect(acts(view)).toEqual(['sign-up']);
    const steps = view.steps.map((step) => (step.id === 'sign-up' ? { ...step, state: 'doing' as const } : step));
    expect(acts({ ...view, steps })).toEqual(['sign-up', 'account']);
    expect(acts(identity('shop', 'mail'))).toEqual(['mail', 'account']);
  });

  it('offers a step that did not work again', () => {
    const view = identity('shop', 'invitation');
    const steps = view.steps.map((step) => (step.id === 'token' ? { ...step, state: 'failed' as const } : step));
    expect(acts({ ...view, steps })).toEqual(['token', 'invitation']);
  });

  it('says first what is under way, then what nobody knows, then how far it is', () => {
    const view = identity('shop', 'token', { unsure: 'It may have been made.' });
    expect(progressWords({ ...view, busy: 'Asking Ravi.' })).toBe('Asking Ravi.');
    expect(progressWords(view)).toBe('It may have been made.');
    expect(progressWords(identity('shop', 'token'))).toBe('6 of 9 steps are done. Next: its token.');
    expect(progressWords(identity('shop', 'sign-up'))).toContain('Next: sign up at GitHub.');
  });
});

describe('what is said when something arrives', () => {
  it('is the code, digit by digit, and who sent it', () => {
    expect(arrivalWords([received('mail:2', { codes: ['123456'] }), received('sms:1', { over: 'sms', codes: ['99'] })])).toBe(
      'A mail from noreply@github.com arrived, with the code 1 2 3 4 5 6. 1 more with codes.',
    );
  });

  it('is nothing where no code is in it', () => {
    expect(arrivalWords([received('mail:2')])).toBe('');
  });
});
