import { describe, expect, it } from 'vitest';
import type { PushView } from '../../shared/attribution.ts';
import { type PlaceOfWork, type PullFacts, Who, type WhoSources } from './who.ts';

const sha = 'a1'.repeat(20);
const place = (id: string, over: Partial<PlaceOfWork> = {}): PlaceOfWork => ({
  worktreeId: id,
  subject: `shop · ${id}`,
  repository: 'acme/shop',
  branch: `branch-${id}`,
  path: `/${id}`,
  projectPath: '/shop',
  managed: true,
  pull: null,
  ...over,
});
const pushOf = (id: string, branch = `branch-${id}`): PushView => ({
  id: 1,
  worktreeId: id,
  subject: `shop · ${id}`,
  repository: 'acme/shop',
  branch,
  old: null,
  new: sha,
  at: 1_000,
  commits: 1,
  fingerprint: `print-${id}`,
  generation: 1,
  sessions: [{ id: 's1', name: 'Mend', model: null }],
});
const pull: PullFacts = { headRepository: 'Acme/Shop', headBranch: 'branch-one', headSha: sha, title: 'Mend', author: 'bot' };

function asking(over: Partial<WhoSources> & { readonly pushes?: readonly PushView[] } = {}) {
  const { pushes = [] } = over;
  const asked: string[] = [];
  const sources: WhoSources = {
    records: {
      commitsLike: (prefix) =>
        pushes.filter((push) => push.new.startsWith(prefix)).map((push) => ({ sha, author: 'bot', subject: 'Work', push })),
      ofBranch: (branch) => pushes.filter((push) => push.branch === branch),
    },
    worktrees: () => [place('one'), place('two'), place('base', { managed: false, branch: 'main' })],
    sessionsAt: () => [],
    credentialOf: (worktreeId) => `print-${worktreeId}`,
    fateOf: (fingerprint) => ({ fingerprint, issuedAt: 1, expiresAt: 2, lastUsedAt: null, ended: null }),
    host: () => 'github.com',
    pull: async (repository, number) => {
      asked.push(`${repository}#${number}`);
      return number === 12 ? pull : null;
    },
    findCommit: async () => null,
    wasMadeIn: async () => false,
    ...over,
  };
  return { who: new Who(sources), asked };
}

describe('who made a commit', () => {
  it('is the worktree that pushed it, with its credential’s fate', async () => {
    const { who } = asking({ pushes: [pushOf('one')] });
    expect(await who.ask(sha.slice(0, 7))).toMatchObject({
      verdict: 'managed',
      name: sha.slice(0, 10),
      title: 'Work',
      sentence: 'Pushed from shop · one to branch-one.',
      origins: [{ worktreeId: 'one', credential: { fingerprint: 'print-one' }, sessions: [{ name: 'Mend' }] }],
    });
  });

  it('is nobody yet when several begin alike', async () => {
    const { who } = asking({ pushes: [pushOf('one'), pushOf('two')] });
    expect(await who.ask(sha.slice(0, 7))).toMatchObject({ verdict: 'unknown', origins: [] });
  });

  it('is the worktree that made it, though it did not go out; else nobody of ours', async () => {
    const commit = { sha, author: 'Dana <d@x>', subject: 'Own' };
    const made = asking({ findCommit: async () => commit, wasMadeIn: async (path) => path === '/two' });
    expect(await made.who.ask(sha)).toMatchObject({ verdict: 'managed', origins: [{ worktreeId: 'two', push: null }] });
    const notMade = asking({ findCommit: async () => commit });
    expect(await notMade.who.ask(sha)).toMatchObject({ verdict: 'outside', author: 'Dana <d@x>', repository: 'acme/shop' });
    // The developer's own folder is no managed worktree.
    const inBase = asking({ findCommit: async () => commit, wasMadeIn: async (path) => path === '/base' });
    expect(await inBase.who.ask(sha)).toMatchObject({ verdict: 'outside' });
  });

  it('is unknown where no project has it, and no question where it may be a word', async () => {
    const { who } = asking();
    expect(await who.ask(sha)).toMatchObject({ verdict: 'unknown' });
    expect(await who.ask('defaced')).toBeNull();
  });
});

describe('whose a branch is', () => {
  it('is the worktree that pushed it or has it checked out', async () => {
    const { who } = asking({ pushes: [pushOf('one', 'branch-two')] });
    expect(await who.ask('branch-two')).toMatchObject({
      verdict: 'managed',
      sentence: 'Pushed from shop · one.',
      origins: [{ worktreeId: 'one' }, { worktreeId: 'two', push: null }],
    });
    expect(await who.ask('branch-one')).toMatchObject({ sentence: 'Belongs to shop · one.' });
    expect(await who.ask('main')).toMatchObject({ verdict: 'outside', origins: [] });
    expect(await who.ask('rotated')).toBeNull();
  });
});

describe('whose a pull request is', () => {
  it('is told by what its branch was pushed from', async () => {
    const { who } = asking({ pushes: [pushOf('one')] });
    const answer = { about: 'pull', name: 'acme/shop#12', title: 'Mend', verdict: 'managed', origins: [{ worktreeId: 'one' }] };
    expect(await who.ask('https://github.com/acme/shop/pull/12')).toMatchObject(answer);
    expect(await who.ask('#12')).toMatchObject(answer);
  });

  it('is nobody’s of ours where nothing of it went out of a managed worktree', async () => {
    const { who } = asking();
    expect(await who.ask('acme/shop#12')).toMatchObject({ verdict: 'outside', author: 'bot' });
    expect(await who.ask('acme/shop#13')).toMatchObject({ verdict: 'unknown', sentence: 'There is no such pull request.' });
  });

  it('is not a fork’s branch of the same name', async () => {
    const fork = { ...pull, headRepository: 'eve/shop', headSha: 'f'.repeat(40) };
    const { who } = asking({ pushes: [pushOf('one')], pull: async () => fork });
    expect(await who.ask('acme/shop#12')).toMatchObject({ verdict: 'outside' });
  });

  it('is asked of our GitHub alone', async () => {
    const { who, asked } = asking();
    expect(await who.ask('https://evil.test/acme/shop/pull/12')).toMatchObject({ verdict: 'unknown' });
    expect(asked).toEqual([]);
  });

  it('is what Jean says while GitHub can’t be asked, and otherwise why not', async () => {
    const down = { pull: async () => await Promise.reject(new Error('No worktree of acme/shop has a live credential now.')) };
    const linked = asking({ ...down, worktrees: () => [place('one', { pull: 12 })] });
    expect(await linked.who.ask('#12')).toMatchObject({
      verdict: 'managed',
      sentence: 'By what Jean knows: Belongs to shop · one.',
      origins: [{ worktreeId: 'one' }],
    });
    expect(await asking(down).who.ask('#12')).toMatchObject({
      verdict: 'unknown',
      sentence: 'GitHub could not be asked. No worktree of acme/shop has a live credential now.',
    });
  });
});
