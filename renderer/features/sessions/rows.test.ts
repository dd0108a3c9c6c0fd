import { describe, expect, it } from 'vitest';
import { credential, instance, now, project, service, session, stateOf, worktree } from '../../../shared/fixture.ts';
import { noCredential } from './no-credential.ts';
import { agentWords, byInstance, needingYou, placeWords, sessionGroups } from './rows.ts';

const rowsOf = (state: Parameters<typeof sessionGroups>[0]) => sessionGroups(state).flatMap((group) => group.rows);

describe('the rows of the Sessions page', () => {
  it('put the worktree that needs the person first, and one without a session last', () => {
    const state = stateOf({
      worktrees: [worktree('quiet'), worktree('w1'), worktree('w2'), worktree('w3')],
      sessions: [
        session('done', { worktreeId: 'w1', status: 'completed' }),
        session('asks', { worktreeId: 'w3', status: 'permission' }),
        session('runs', { worktreeId: 'w2', status: 'vibing' }),
      ],
    });
    expect(rowsOf(state).map((row) => row.key)).toEqual(['asks', 'runs', 'done', 'quiet']);
  });

  it('keep the sessions of a worktree together, and give the buttons to the first alone', () => {
    const state = stateOf({
      worktrees: [worktree('w1'), worktree('w2')],
      sessions: [
        session('old', { worktreeId: 'w1', status: 'idle' }),
        session('runs', { worktreeId: 'w2', status: 'vibing' }),
        session('asks', { worktreeId: 'w1', status: 'waiting' }),
      ],
    });
    expect(rowsOf(state).map((row) => [row.key, row.leads])).toEqual([
      ['asks', true],
      ['old', false],
      ['runs', true],
    ]);
  });

  it('stand under their Jean where there are several: those on this machine first', () => {
    const state = stateOf({
      projects: [project('shop'), project('blog', { instanceId: 'far' })],
      worktrees: [worktree('w1'), worktree('w2', { projectId: 'blog', instanceId: 'far' })],
      instances: [
        instance('online', { id: 'far', name: 'A server', place: 'elsewhere' }),
        instance('online', { id: 'idle', name: 'B', place: 'elsewhere' }),
        instance('online'),
      ],
    });
    const shown = byInstance(sessionGroups(state), state.instances);
    expect(shown.map(({ instance: one, groups }) => [one.id, groups.map((group) => group.project.id)])).toEqual([
      ['local', ['shop']],
      ['far', ['blog']],
    ]);
    const row = shown[1]?.groups[0]?.rows[0];
    expect(row && noCredential(row, service('github', 'ok')).words).toBe('on another machine: no credential from here');
  });

  it('show a worktree without a session under its own name', () => {
    const [row] = rowsOf(stateOf({ worktrees: [worktree('queue-v2')], credentials: [credential('queue-v2')] }));
    expect(row).toMatchObject({ name: 'queue-v2', session: null, leads: true, credential: { worktreeId: 'queue-v2' } });
  });

  it('count worktrees without base sessions, and leave out a project that has none', () => {
    const state = stateOf({ worktrees: [worktree('w1'), worktree('base', { base: true })] });
    expect(sessionGroups(state).map((group) => group.worktrees)).toEqual([1]);
    expect(sessionGroups(stateOf({}))).toEqual([]);
  });

  it('say since when a Jean is away', () => {
    const state = stateOf({ worktrees: [worktree('w1')], instance: instance('offline', { since: now - 5 }) });
    expect(rowsOf(state)[0]?.offlineSince).toBe(now - 5);
    expect(rowsOf(stateOf({ worktrees: [worktree('w1')] }))[0]?.offlineSince).toBeNull();
  });
});

describe('what needs the person', () => {
  const sessions = [
    session('a', { status: 'waiting', since: now - 10 }),
    session('b', { status: 'permission', since: now }),
    session('c', { status: 'vibing' }),
  ];

  it('is every session that waits, the latest first', () => {
    expect(needingYou(stateOf({ sessions })).map((one) => one.id)).toEqual(['b', 'a']);
  });

  it('is nothing while Jean is away, for nobody knows whether it still waits', () => {
    expect(needingYou(stateOf({ sessions, instance: instance('offline') }))).toEqual([]);
  });
});

describe('a row without a credential', () => {
  const row = (over: Parameters<typeof worktree>[1], repository: string | null = 'acme/shop') => {
    const state = stateOf({ worktrees: [worktree('w1', over)] });
    const [first] = rowsOf({
      ...state,
      projects: { shop: { id: 'shop', instanceId: 'local', name: 'shop', path: '/shop', repository, order: 0 } },
    });
    if (!first) throw new Error('the worktree has no row');
    return first;
  };

  it.each([
    ['its project is not at GitHub', row({}, null), service('github', 'ok'), 'none', 'not a GitHub repository'],
    ['it is a base session', row({ base: true }), service('github', 'ok'), 'base', 'acts as you'],
    ['no GitHub App is connected', row({}), service('github', 'absent'), 'set-up', 'acts as you'],
    ['none was made', row({}), service('github', 'ok'), 'make', 'no credential yet'],
  ])('says that %s', (_why, one, github, remedy, words) => expect(noCredential(one, github)).toMatchObject({ remedy, words }));
});

describe('words', () => {
  it('name the branch, and the worktree too where the branch does not', () => {
    expect(placeWords(worktree('apple-pay', { branch: 'feature/apple-pay' }))).toBe('feature/apple-pay');
    expect(placeWords(worktree('brave-otter', { branch: 'feature/apple-pay' }))).toBe('brave-otter · feature/apple-pay');
  });

  it('name the agent', () => {
    expect(agentWords(session('s'))).toBe('Claude, build mode');
    expect(agentWords(session('s', { backend: 'kimi', mode: null }))).toBe('Kimi');
  });
});
