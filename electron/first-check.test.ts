import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CheckView } from '../shared/first-check.ts';
import { fingerprintOf } from './base/fingerprint.ts';
import { Secret } from './base/secret.ts';
import type { CredentialRecord, Token } from './credentials/credential.ts';
import { newBinding, type WantedWorktree } from './credentials/wanted-worktree.ts';
import { FirstCheck } from './first-check.ts';
import { gitEnvironment, runGit } from './git/run.ts';

let repository: string;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'companion-own-'));
  repository = mkdtempSync(join(tmpdir(), 'companion-check-'));
  const git = (...args: string[]) => execFileSync('git', args, { cwd: repository, env: gitEnvironment() });
  git('init', '--quiet');
  writeFileSync(join(repository, 'a'), 'a');
  git('add', 'a');
  git('-c', 'user.name=A', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'a');
  git('remote', 'add', 'origin', repository);
});
afterEach(() => {
  for (const dir of [repository, folder]) rmSync(dir, { recursive: true, force: true });
});

const now = () => 1_000_000;

/** A lifecycle whose answers a test decides; git is the real one, but for the credential. */
function checked(
  over: {
    refuse?: string;
    answer?: string;
    kill?: boolean;
    hang?: boolean;
    /** git never comes back from making the work tree. */
    cut?: boolean;
    left?: CredentialRecord;
    token?: Partial<Token>;
    vaulted?: boolean;
  } = {},
) {
  const records = new Map<string, CredentialRecord>();
  if (over.left) records.set(over.left.binding.worktreeId, over.left);
  const shown: CheckView[] = [];
  const done: string[] = [];
  let hanging: (() => void) | undefined;
  const token = (phase: Token['phase'], death: Token['death'] = null): Token => ({
    worktreeId: '',
    generation: 1,
    phase,
    fingerprint: fingerprintOf(Secret.of('ghs_right')),
    holder: null,
    source: 'app',
    permissions: { contents: 'write', metadata: 'read' },
    requestedAt: 0,
    issuedAt: 0,
    expiresAt: now() + 3_600_000,
    renewAt: 0,
    stored: true,
    revokeAfter: 0,
    death,
    lastUsedAt: null,
    storeTrouble: null,
    revokeTrouble: phase === 'retired' ? { reason: 'GitHub is away', retryAt: 0, attempts: 1 } : null,
    ...over.token,
    ...(death && over.token?.source === 'shared' ? { death: 'released' as const } : {}),
  });
  const check = new FirstCheck({
    folder,
    records: {
      all: () => [...records.values()],
      get: (id) => records.get(id) ?? null,
      remove: (id) => void records.delete(id),
    },
    lifecycle: {
      want: (worktree: WantedWorktree) => {
        const given = { vaultKey: 'K', vault: 'local', vaultIdentity: '', rest: 'awake', wantedAt: 0 } as const;
        const binding = { ...newBinding(worktree, given), installed: over.refuse === undefined };
        const trouble = over.refuse === undefined ? null : { reason: over.refuse, retryAt: 0, attempts: 1 };
        records.set(worktree.worktreeId, { binding: { ...binding, trouble }, tokens: over.refuse ? [] : [token('serving')] });
      },
      wake: async () => undefined,
      settle: () => (over.hang ? new Promise((resolve) => (hanging = resolve)) : Promise.resolve()),
      end: async (id, ending) => {
        done.push(`${id.split(':')[0]} ${ending}`);
        const record = records.get(id);
        const ended = over.kill === false ? token('retired') : token('dead', 'verified');
        if (record)
          records.set(id, {
            binding: { ...record.binding, installed: false, vaulted: over.vaulted ?? false, ending },
            tokens: [ended],
          });
      },
    },
    webUrl: () => 'https://github.com',
    audit: ({ kind, outcome }) => void done.push(`${kind} ${outcome}`),
    publish: (view) => shown.push(view),
    forgotten: () => void done.push('forgotten'),
    now,
    git: async (args, options) =>
      args[0] === 'credential'
        ? { code: 0, stdout: `username=x\npassword=${over.answer ?? 'ghs_right'}\n`, stderr: '' }
        : over.cut === true && args[1] === 'add'
          ? await new Promise<never>(() => undefined)
          : await runGit(args, options),
  });
  const project = { id: 'p1', name: 'shop', path: repository, repository: 'acme/shop' };
  const over_ = async (): Promise<CheckView> => {
    for (;;) {
      const last = shown.at(-1);
      if (last && last.state !== 'running') return last;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { check, project, shown, done, records, over: over_, release: () => hanging?.() };
}

const states = ({ steps }: CheckView) => steps.map(({ state }) => state).join(' ');
const worktrees = () =>
  execFileSync('git', ['worktree', 'list'], { cwd: repository, encoding: 'utf8' }).trim().split('\n').length;

describe('the check of a credential', () => {
  it('goes the whole way and leaves nothing', async () => {
    const { check, project, shown, done, records, over } = checked();
    check.start(project);
    const end = await over();
    expect(end.state).toBe('passed');
    expect(states(end)).toBe('done done done done done done');
    expect(end.steps.map(({ sentence }) => sentence)).toEqual([
      'Of acme/shop, in a folder of the Companion’s; your own work trees are not touched.',
      'Good for acme/shop alone, for 60 minutes; may write contents.',
      'git got this credential and no other.',
      expect.stringMatching(/^The repository answered: HEAD is at [0-9a-f]{7}\.$/),
      'GitHub refuses it now: it is dead, and gone from the vault.',
      'Nothing of the check is left.',
    ]);
    expect(shown.map(states)).toContain('done doing todo todo todo todo');
    expect(done).toEqual(['check released', 'forgotten', 'app.checked ok']);
    expect(records.size).toBe(0);
    expect(worktrees()).toBe(1);
  });

  it('says why no credential could be made, and takes away what it made', async () => {
    const { check, project, over, done } = checked({ refuse: 'The GitHub App is not installed for acme/shop.' });
    check.start(project);
    const end = await over();
    expect(end.state).toBe('failed');
    expect(states(end)).toBe('done failed skipped skipped done done');
    expect(end.steps[1]?.sentence).toBe('The GitHub App is not installed for acme/shop.');
    expect(done).toContain('app.checked failed');
    expect(worktrees()).toBe(1);
  });

  it('does not pass when git has another credential than the one that was made', async () => {
    const { check, project, over } = checked({ answer: 'gho_of_the_person' });
    check.start(project);
    const end = await over();
    expect(states(end)).toBe('done done failed skipped done done');
    expect(end.steps[2]?.sentence).toContain('some setting of yours comes before');
  });

  it('does not pass where the vault does not take the credential, or does not let go of it', async () => {
    const storeTrouble = { reason: 'Ravi can’t be reached.', retryAt: 0, attempts: 1 };
    const first = checked({ token: { storeTrouble } });
    first.check.start(first.project);
    const end = await first.over();
    expect([end.state, states(end)]).toEqual(['failed', 'done failed skipped skipped done done']);
    expect(end.steps[1]?.sentence).toBe('It was made, but the vault does not have it: Ravi can’t be reached.');

    const second = checked({ vaulted: true });
    second.check.start(second.project);
    const other = await second.over();
    expect(states(other)).toBe('done done done done failed done');
    expect(other.steps[4]?.sentence).toContain('It is dead, but still in the vault');
  });

  it('with a token that is shared says that nothing was made, and that it lives on', async () => {
    const { check, project, over } = checked({ token: { source: 'shared', holder: 'sarah', permissions: {} } });
    check.start(project);
    const end = await over();
    expect(end.state).toBe('passed');
    expect(end.steps[1]?.sentence).toBe('Git gets the token of sarah that this project uses; nothing new was made at GitHub.');
    expect(end.steps[4]?.sentence).toContain('The token itself lives on');
  });

  it('can be made again at once when it is over', async () => {
    const { check, project, over, records } = checked();
    check.start(project);
    await over();
    await check.stop();
    check.start(project);
    await check.stop();
    expect((await over()).state).toBe('stopped');
    expect([records.size, worktrees()]).toEqual([0, 1]);
  });

  it('does not pass while the credential may be alive, and keeps it to be tried again', async () => {
    const { check, project, over, records } = checked({ kill: false });
    check.start(project);
    const end = await over();
    expect(end.state).toBe('failed');
    expect(states(end)).toBe('done done done done failed done');
    expect(end.steps[4]?.sentence).toContain('It is not known to be dead yet: GitHub is away');
    expect(records.size).toBe(1);
  });

  it('that is stopped takes everything away all the same', async () => {
    const { check, project, shown, over, done, release } = checked({ hang: true });
    check.start(project);
    while (!shown.some((view) => states(view).startsWith('done doing'))) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(() => check.start(project)).toThrow('A check is under way');
    const stopping = check.stop();
    release();
    await stopping;
    const end = await over();
    expect(end.state).toBe('stopped');
    expect(done).toContain('check released');
    expect(worktrees()).toBe(1);
  });

  it('is told apart from the worktrees of Jean while it runs', async () => {
    const { check, project, records, over, release, shown } = checked({ hang: true });
    check.start(project);
    while (!shown.some((view) => states(view).startsWith('done doing'))) await new Promise((resolve) => setTimeout(resolve, 5));
    const [id = ''] = records.keys();
    expect(check.holds(id)).toBe(true);
    await check.sweep();
    expect(records.has(id)).toBe(true);
    release();
    await over();
    expect(check.holds(id)).toBe(false);
  });

  it('that a crash cut short is taken away by the next start, its work tree and folder too', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'jean-ravi-check-')), 'scratch');
    execFileSync('git', ['worktree', 'add', '--quiet', '--detach', path, 'HEAD'], { cwd: repository });
    const given = { vaultKey: 'K', vault: 'local', vaultIdentity: '', rest: 'awake', wantedAt: 0 } as const;
    const worktree = { worktreeId: 'check:1', projectId: 'p1', projectName: 'shop', worktreeName: 'check', branch: 'check' };
    const binding = newBinding({ ...worktree, path, projectPath: repository, repository: 'acme/shop' }, given);
    const { check, done, records } = checked({ left: { binding, tokens: [] } });
    await check.sweep();
    expect(done).toEqual(['check released', 'forgotten']);
    expect(records.size).toBe(0);
    expect(existsSync(dirname(path))).toBe(false);
  });

  /** The check gets as far as the credential and stays there: as if the app were killed. */
  const cutShort = async (hang: 'git' | 'credential') => {
    const first = checked({ hang: hang === 'credential', cut: hang === 'git' });
    first.check.start(first.project);
    const wanted = hang === 'git' ? 'doing' : 'done doing';
    while (!first.shown.some((view) => states(view).startsWith(wanted) && existsSync(join(folder, 'checks'))))
      await new Promise((resolve) => setTimeout(resolve, 5));
    return first;
  };
  const scratch = () => {
    const [id = ''] = readdirSync(join(folder, 'checks'));
    return join(folder, 'checks', id, `jean-ravi-check-${id}`);
  };
  const entries = () => readdirSync(join(repository, '.git', 'worktrees')).length;

  it('that is killed before there is a credential leaves no work tree: nothing but its folder tells of it', async () => {
    await cutShort('credential');
    expect(existsSync(scratch())).toBe(true);
    const next = checked();
    await next.check.sweep();
    expect(readdirSync(folder)).toEqual([]);
    expect(worktrees()).toBe(1);
    expect(next.done).toEqual([]);
  });

  it('that is killed while git makes the work tree leaves none: one that is locked, and half of one', async () => {
    await cutShort('credential');
    execFileSync('git', ['worktree', 'lock', '--reason', 'initializing', scratch()], { cwd: repository });
    await checked().check.sweep();
    expect([readdirSync(folder), worktrees()]).toEqual([[], 1]);

    await cutShort('git');
    await vi.waitFor(() => expect(readFileSync(join(dirname(scratch()), 'project'), 'utf8')).toBe(repository));
    const entry = join(repository, '.git', 'worktrees', basename(scratch()));
    mkdirSync(entry, { recursive: true });
    writeFileSync(join(entry, 'locked'), 'initializing');
    await checked().check.sweep();
    expect(readdirSync(folder)).toEqual([]);
    expect(existsSync(entry)).toBe(false);
  });

  it('that is killed leaves the person’s other work trees alone, also those whose disk is not there now', async () => {
    const other = join(mkdtempSync(join(tmpdir(), 'companion-other-')), 'mine');
    execFileSync('git', ['worktree', 'add', '--quiet', '--detach', other, 'HEAD'], { cwd: repository });
    await cutShort('credential');
    rmSync(other, { recursive: true, force: true });
    await checked().check.sweep();
    expect(entries()).toBe(1);
  });

  it('whose project is gone since leaves nothing either', async () => {
    await cutShort('credential');
    rmSync(repository, { recursive: true, force: true });
    await checked().check.sweep();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('whose credential could not be killed goes on by itself until nothing of it is left', async () => {
    const github = { kill: false };
    const { check, project, over: end, records } = checked(github);
    const { setTimeout: real } = globalThis;
    const soon = vi
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((act: () => void, ms = 0) =>
        real(act, ms === 20_000 || ms === 40_000 ? 10 : ms)) as typeof setTimeout);
    check.start(project);
    await end();
    expect(records.size).toBe(1);
    github.kill = true;
    await vi.waitFor(() => expect(records.size).toBe(0));
    soon.mockRestore();
    await check.close();
  });
});
