import { afterEach, describe, expect, it, vi } from 'vitest';
import { startWithApp } from '../sandbox/github/fixture.ts';
import type { AuditEntry } from '../shared/audit.ts';
import { AuditLog } from './audit/log.ts';
import { auditMigrations } from './audit/schema.ts';
import { Secret } from './base/secret.ts';
import type { Ending } from './credentials/credential.ts';
import { record, token } from './credentials/test-record.ts';
import { PullRequests } from './pull-requests.ts';
import { Boards } from './sessions/boards.ts';
import { project, snapshot, worktree } from './sessions/test-rows.ts';
import { memoryDatabase } from './storage/database.ts';

const realTimeout = setTimeout;
const minute = 60_000;
const pullPermissions = { contents: 'write', pull_requests: 'write', checks: 'read', statuses: 'read' } as const;

afterEach(() => void vi.useRealTimers());

/** Worktrees of acme/web with branches of their own names, of which these were pushed. */
async function ground(names: readonly string[] = ['one'], pushed: readonly string[] = names) {
  const { control, github, mint, installation, clock } = await startWithApp(pullPermissions);
  const value = Secret.of((await mint({ repositories: ['web'] })).token);
  let now = Date.now();
  const boards = new Boards({ now: () => now });
  boards.open({ id: 'local', name: 'Jean', colour: 'none', place: 'here' });
  const rows = names.map((id) => worktree(id, { created_at: now / 1000 - 60 }));
  const born = boards.apply('local', snapshot({ projects: [project('shop')], worktrees: rows, startedAt: now }));
  const it = {
    endings: new Map<string, Ending | null>(),
    endedBy: new Map<string, number | null>(),
    overruled: new Map<string, Ending>(),
    overruledPull: new Map<string, number>(),
    awake: new Set(names),
    audited: [] as Pick<AuditEntry, 'kind' | 'actor' | 'worktreeId'>[],
    news: [] as (readonly [string, string, string | null])[],
    over: [] as string[],
    revived: [] as string[],
    inFlight: 0,
  };
  const all = () =>
    names.map((worktreeId) =>
      record(
        {
          worktreeId,
          repository: 'acme/web',
          ending: it.endings.get(worktreeId) ?? null,
          endedBy: it.endedBy.get(worktreeId) ?? null,
          overruled: it.overruled.get(worktreeId) ?? null,
          overruledPull: it.overruledPull.get(worktreeId) ?? null,
        },
        [token({ permissions: pullPermissions, expiresAt: now + 60 * minute })],
      ),
    );
  const audit = new AuditLog({ db: memoryDatabase(auditMigrations, () => now), now: () => now, redact: (text) => text });
  audit.onAppend(
    ({ kind, actor, worktreeId }) => void (kind.startsWith('pull.') && it.audited.push({ kind, actor, worktreeId })),
  );
  const pulls = new PullRequests({
    board: boards,
    records: { all, get: (id) => all().find(({ binding }) => binding.worktreeId === id) ?? null },
    lifecycle: () => ({
      valueForGit: async (id) =>
        it.awake.has(id) ? { token: token({ permissions: pullPermissions, expiresAt: now + 60 * minute }), value } : null,
      end: async (id, ending, by = null) => {
        it.endings.set(id, ending);
        it.endedBy.set(id, by);
        it.awake.delete(id);
      },
    }),
    provisioning: () => ({
      provision: async ({ worktree: { id } }) => {
        it.revived.push(id);
        it.endings.set(id, null);
        it.awake.add(id);
      },
    }),
    notices: {
      onPull: ({ worktree: { id } }, news, of) => void it.news.push([id, news, of]),
      onPullOver: (id, news) => void it.over.push(`${id} ${news}`),
    },
    audit,
    lastPushAt: (id) => (pushed.includes(id) ? now - 60 * minute : null),
    apiUrl: () => github.apiUrl,
    publish: () => undefined,
    fetch: async (...given) => {
      it.inFlight += 1;
      try {
        const answer = await fetch(...given);
        const body = await answer.arrayBuffer();
        return new Response(answer.status === 304 ? null : body, { status: answer.status, headers: answer.headers });
      } finally {
        it.inFlight -= 1;
      }
    },
    log: () => undefined,
    now: () => now,
    random: () => 0,
  });
  const quiet = async (): Promise<void> => {
    for (let times = 0; times < 2; times += 1) {
      await new Promise((resolve) => realTimeout(resolve, 1));
      if (it.inFlight > 0) times = 0;
    }
  };
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  /** Lets time pass in steps shorter than a request may take, and what begins in each end. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; ) {
      const step = Math.min(left, 10_000);
      left -= step;
      now += step;
      clock.move(step);
      await vi.advanceTimersByTimeAsync(step);
      await quiet();
    }
  };
  const open = async (branch: string): Promise<number> => {
    await control.commit('acme/web', branch, { message: 'Work', files: { [`${branch}.txt`]: 'a' } });
    return (await control.openPull('acme/web', { head: branch })).number;
  };
  const calls = (part = '/repos/') => control.calls().filter(({ path }) => path.includes(part));
  for (const happening of born.happenings) pulls.onBoard(happening);
  const shown = (id: string) => boards.worktree(id)?.worktree.pull ?? null;
  const push = () => audit.append({ kind: 'git.pushed', actor: 'git', outcome: 'ok', message: 'Pushed.' });
  return { ...it, it, pulls, control, installation, clock, boards, pass, open, calls, shown, push };
}

describe('pull requests of managed worktrees', { timeout: 30_000 }, () => {
  it('are found at GitHub while Jean says nothing, and a merge ends the credential once', async () => {
    const { it, pulls, control, pass, open, shown } = await ground();
    const number = await open('one');
    await pass(3_000);
    expect(shown('one')).toMatchObject({ number, state: 'open' });
    await control.mergePull('acme/web', number);
    await pass(10 * minute);
    expect(shown('one')?.state).toBe('merged');
    expect([it.endings.get('one'), it.news]).toEqual(['merged', [['one', 'merged', null]]]);
    expect(it.audited).toMatchObject([{ kind: 'pull.merged', actor: 'github', worktreeId: 'one' }]);
    const facts = it.audited.length;
    await pass(20 * minute);
    expect([it.audited.length, it.news.length]).toEqual([facts, 1]);
    await pulls.stop();
  });

  it('are asked for in one request for all of a repository, which costs nothing while nothing changes, and none at all without a push', async () => {
    const none = await ground(['one'], []);
    await none.pass(20 * minute);
    expect(none.calls()).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();

    const names = ['one', 'two', 'three', 'four'];
    const { control, pass, open, calls, shown, pulls } = await ground(names);
    for (const name of names) await open(name);
    await pass(3_000);
    expect(names.map((name) => shown(name)?.state)).toEqual(['open', 'open', 'open', 'open']);
    expect(calls('/pulls').filter(({ path }) => path.endsWith('/pulls'))).toHaveLength(1);
    const before = control.calls().length;
    await pass(50 * minute);
    const after = control.calls().slice(before);
    // Five rounds in fifty idle minutes: the list, and the two kinds of checks of four pull requests.
    expect(after).toHaveLength(5 * (1 + 4 * 2));
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([304]));
    await pulls.stop();
    await pass(20 * minute);
    expect(control.calls()).toHaveLength(before + after.length);
  });

  it('tell of failing checks and of wanted changes once for each commit and review, and take it back', async () => {
    const { it, control, pass, open, shown, pulls } = await ground();
    const number = await open('one');
    control.check('acme/web', number, 'test', null);
    await pass(3_000);
    expect(shown('one')).toMatchObject({ checks: 'pending' });
    control.check('acme/web', number, 'test', 'failure');
    await pass(10 * minute);
    expect(shown('one')).toMatchObject({ checks: 'failing' });
    expect(it.news).toEqual([['one', 'checks-failed', expect.stringMatching(/^[0-9a-f]{40}$/)]]);
    control.review('acme/web', number, 'ada', 'CHANGES_REQUESTED');
    await pass(20 * minute);
    expect(it.news.slice(1)).toEqual([['one', 'changes-requested', expect.stringMatching(/^\d+$/)]]);
    control.check('acme/web', number, 'test', 'success');
    control.review('acme/web', number, 'ada', 'APPROVED');
    it.over.length = 0;
    await pass(10 * minute);
    expect(shown('one')).toMatchObject({ checks: 'passing', review: 'approved' });
    expect(it.over).toEqual(['one checks-failed', 'one changes-requested']);
    await pulls.stop();
  });

  it('that are closed and opened again end the credential and begin it anew, asked for by another worktree’s', async () => {
    const { it, control, pass, open, pulls } = await ground(['one', 'two']);
    const number = await open('one');
    await open('two');
    await pass(3_000);
    control.closePull('acme/web', number);
    await pass(10 * minute);
    expect(it.endings.get('one')).toBe('closed');
    await control.reopenPull('acme/web', number);
    await pass(10 * minute);
    expect([it.revived, it.endings.get('one')]).toEqual([['one'], null]);
    expect(it.audited.map(({ kind }) => kind)).toEqual(['pull.closed', 'pull.reopened']);
    await pulls.stop();
  });

  it('are not asked for while no credential of the repository is awake', async () => {
    const { it, pass, open, calls, pulls, push } = await ground();
    await open('one');
    it.awake.clear();
    await pass(30 * minute);
    expect(calls()).toEqual([]);
    it.awake.add('one');
    push();
    await pass(10 * minute);
    expect(calls().length).toBeGreaterThan(0);
    await pulls.stop();
  });

  it('that ended a credential before the start, or that the person overruled, end nothing again', async () => {
    const { it, control, pass, open, pulls, shown } = await ground(['one', 'two', 'three']);
    await control.mergePull('acme/web', await open('one'));
    await control.mergePull('acme/web', await open('two'));
    it.endings.set('one', 'merged');
    it.overruled.set('two', 'merged');
    await pass(10 * minute);
    expect([shown('one')?.state, shown('two')?.state]).toEqual(['merged', 'merged']);
    expect([it.audited, it.news]).toEqual([[], []]);
    await pulls.stop();
  });

  it('end a credential that the person made anew after the merge of another one, also while nobody looked', async () => {
    const { it, control, pass, open, pulls, shown } = await ground(['one', 'two']);
    const first = await open('one');
    await control.mergePull('acme/web', first);
    it.overruled.set('one', 'merged');
    it.overruledPull.set('one', first);
    const second = await open('one');
    await control.mergePull('acme/web', second);
    await pass(3_000);
    expect(shown('one')).toMatchObject({ number: second, state: 'merged' });
    expect([it.endings.get('one'), it.endedBy.get('one'), it.news]).toEqual(['merged', second, [['one', 'merged', null]]]);
    await pulls.stop();
  });

  it('are told of each, though the one before was seen in the same state', async () => {
    const { it, control, pass, open, pulls, shown } = await ground(['one', 'two']);
    await open('two');
    const first = await open('one');
    await pass(3_000);
    await control.mergePull('acme/web', first);
    await pass(10 * minute);
    expect([it.endedBy.get('one'), it.news.length]).toEqual([first, 1]);
    // The person makes its credential anew, and the next one is merged between two looks.
    it.endings.set('one', null);
    it.overruled.set('one', 'merged');
    it.overruledPull.set('one', first);
    it.awake.add('one');
    const second = await open('one');
    await control.mergePull('acme/web', second);
    await pass(20 * minute);
    expect(shown('one')).toMatchObject({ number: second, state: 'merged' });
    expect([it.endings.get('one'), it.endedBy.get('one'), it.news.length]).toEqual(['merged', second, 2]);
    await pulls.stop();
  });

  it('of the same commit whose checks fail are told of anew', async () => {
    const { it, control, pass, open, pulls } = await ground(['one', 'two']);
    await open('two');
    const first = await open('one');
    control.check('acme/web', first, 'test', 'failure');
    await pass(3_000);
    expect(it.news).toHaveLength(1);
    control.closePull('acme/web', first);
    const { number } = await control.openPull('acme/web', { head: 'one' });
    control.check('acme/web', number, 'test', 'failure');
    await pass(20 * minute);
    expect(it.news.map(([, news]) => news)).toEqual(['checks-failed', 'checks-failed']);
    expect(it.news[1]?.[2]).toBe(it.news[0]?.[2]);
    await pulls.stop();
  });

  it('wait as long as GitHub says, even when the computer wakes, and come back by themselves after a failure', async () => {
    const { control, pass, open, calls, pulls, shown } = await ground();
    const number = await open('one');
    control.faults.next({
      match: { path: '/repos/acme/web/pulls' },
      answer: { status: 429, headers: { 'retry-after': '1800' } },
    });
    await pass(3_000);
    expect(calls()).toHaveLength(1);
    pulls.nudge();
    await pass(29 * minute);
    expect(calls()).toHaveLength(1);
    control.faults.next({ match: { path: '/repos/acme/web/pulls' }, answer: { status: 502 } });
    await pass(10 * minute);
    expect(calls()).toHaveLength(2);
    pulls.nudge();
    await pass(3_000);
    expect(shown('one')?.number).toBe(number);
    await pulls.stop();
  });

  it('leave the pool to others when little is left', async () => {
    const { control, installation, pass, open, calls, pulls } = await ground();
    await open('one');
    await pass(3_000);
    control.setRemaining(installation.id, 100);
    await control.commit('acme/web', 'two', { message: 'Work', files: { 'two.txt': 'b' } });
    await control.openPull('acme/web', { head: 'two' });
    await pass(10 * minute);
    const before = calls().length;
    await pass(30 * minute);
    expect(calls()).toHaveLength(before);
    await pulls.stop();
  });
});
