import { describe, expect, it } from 'vitest';
import { instance, now, project, service, session, stateOf, worktree } from '../../shared/fixture.ts';
import { candidates } from '../features/palette/candidates.ts';
import { anyJean, awayFrom, awayWords, type Leaning } from './away.ts';

const pages: readonly Leaning[] = ['sessions', 'credentials', 'projects', 'notifications'];
const names = (state: ReturnType<typeof stateOf>, page: Leaning): readonly string[] => awayFrom(state, page).map(({ id }) => id);

describe('what a page leans on and is away', () => {
  it('is told on no page while all is well', () => {
    const services = [service('github', 'ok'), service('ravi', 'warning'), service('vault', 'ok')];
    for (const page of pages) expect(names(stateOf({ services }), page)).toEqual([]);
  });

  it('is told of each Jean and of GitHub on each page, with what is kept', () => {
    const state = stateOf({ services: [service('github', 'down')], instance: instance('offline') });
    for (const page of pages) {
      expect(names(state, page)).toEqual(['jean-local', 'github']);
      for (const { kept } of awayFrom(state, page)) expect(kept).toMatch(/^[A-Z].*\.$/);
    }
  });

  it('is told of Ravi where its vault or its channels are meant', () => {
    const state = stateOf({ services: [service('ravi', 'down')] });
    expect(pages.filter((page) => names(state, page).length > 0)).toEqual(['credentials', 'notifications']);
  });

  it('is nothing that was never set up', () => {
    const state = stateOf({
      services: [service('ravi', 'absent'), service('github', 'absent')],
      instance: instance('searching'),
    });
    expect(names(state, 'credentials')).toEqual([]);
  });

  it.each([
    ['searching', 'Looking for Jean'],
    ['absent', 'Jean was not found'],
    ['connecting', 'Connecting to Jean'],
    ['offline', 'Jean is not reachable'],
    ['refused', 'Jean refuses the connection'],
  ] as const)('is a Jean that is %s: %s', (health, words) => {
    const state = stateOf({ instance: instance(health) });
    expect(anyJean(state)).toBe(false);
    expect(awayWords(Object.values(state.instances))).toBe(words);
  });
});

describe('the palette', () => {
  const all = (health: 'online' | 'offline') =>
    candidates(
      stateOf({
        instance: instance(health, { since: now + 5 }),
        projects: [project('shop')],
        worktrees: [worktree('w1')],
        sessions: [session('Mend', { status: 'yoloing' }), session('Done', { status: 'completed' })],
      }),
      now + 60_000,
    );
  const hint = (health: 'online' | 'offline', title: string) => all(health).find((one) => one.title === title)?.hint;

  it('says of a session of a Jean that is away what was last seen of it', () => {
    expect(hint('online', 'Mend')).toMatch(/^w1 · running/);
    expect(hint('offline', 'Mend')).toMatch(/^w1 · last seen: running/);
    expect(hint('offline', 'Done')).not.toContain('last seen');
  });
});
