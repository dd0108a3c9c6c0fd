import { beforeEach, describe, expect, it } from 'vitest';
import { instance, service, session, stateOf } from '../shared/fixture.ts';
import { emptyState } from '../shared/model.ts';
import { lookingAt } from './shell/looking.ts';
import { everything, firstPage, show, useView } from './view.ts';

describe('the first page', () => {
  const fresh = { firstRunDone: false } as const;
  it.each([
    [
      'the first steps on a first run without a GitHub App',
      stateOf({ ...fresh, services: [service('github', 'absent')] }),
      'first-steps',
    ],
    [
      'the first steps on a first run without a Jean',
      stateOf({ ...fresh, services: [service('github', 'ok')], instance: instance('offline') }),
      'first-steps',
    ],
    [
      'the first steps on a first run where no Jean was found',
      stateOf({ ...fresh, services: [service('github', 'ok')], instance: instance('absent') }),
      'first-steps',
    ],
    ['Sessions when all was found', stateOf({ ...fresh, services: [service('github', 'ok')] }), 'sessions'],
    ['Sessions after the first run, whatever is missing', stateOf({ services: [service('github', 'absent')] }), 'sessions'],
    ['Sessions in the sandbox', stateOf({ ...fresh, mode: 'sandbox', services: [service('github', 'absent')] }), 'sessions'],
    ['not settled while GitHub is being checked', stateOf({ ...fresh, services: [service('github', 'checking')] }), null],
    ['not settled before the first snapshot', emptyState(), null],
  ])('is %s', (_what, state, page) => expect(firstPage(state)).toBe(page));
});

describe("main's wish to show something", () => {
  beforeEach(() => useView.setState(useView.getInitialState(), true));

  it('opens and unfolds a session', () => {
    show('sessions', 's1');
    expect(useView.getState()).toMatchObject({ page: 'sessions', row: 's1', wish: 's1', settled: true });
  });

  it('opens a credential', () => {
    show('credentials', 'w1');
    expect(useView.getState()).toMatchObject({ page: 'credentials', credential: 'w1' });
  });

  it('opens the log at one worktree, and forgets the filter that was there', () => {
    useView.setState({ audit: { ...everything, text: 'push' } });
    show('audit', 'w1');
    expect(useView.getState().audit).toEqual({ ...everything, worktreeId: 'w1' });
  });

  it('opens a page alone, and leaves what is unfolded as it is', () => {
    useView.setState({ row: 's1' });
    show('settings', null);
    expect(useView.getState()).toMatchObject({ page: 'settings', row: 's1', wish: null });
  });
});

describe('what the person looks at', () => {
  const state = stateOf({ sessions: [session('s1'), session('s2')] });
  it.each([
    ['the unfolded session', { page: 'sessions', row: 's1', focused: null }, false, 's1'],
    ['the session with the focus before the unfolded one', { page: 'sessions', row: 's1', focused: 's2' }, false, 's2'],
    ['no session on another page', { page: 'audit', row: 's1', focused: null }, false, null],
    ['no session while the page is hidden', { page: 'sessions', row: 's1', focused: 's1' }, true, null],
    ['no session at a worktree without one', { page: 'sessions', row: 'w1', focused: null }, false, null],
  ] as const)('is %s', (_what, view, hidden, sessionId) =>
    expect(lookingAt(view, state, hidden)).toEqual({ page: view.page, sessionId }),
  );
});
