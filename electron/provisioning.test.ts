import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { emptyState, type InstanceView, type ProjectView, type WorktreeView } from '../shared/model.ts';
import type { CredentialRecord } from './credentials/credential.ts';
import { record, token } from './credentials/test-record.ts';
import { startMachine } from './git/fixture.ts';
import { Provisioning } from './provisioning.ts';

const worktreeView = (change: Partial<WorktreeView>): WorktreeView => ({
  id: 'w1',
  instanceId: 'local',
  projectId: 'p1',
  name: 'feature',
  branch: 'feature',
  path: '/jean/web/feature',
  base: false,
  createdAt: 0,
  order: 0,
  pull: null,
  ...change,
});

const instance: InstanceView = {
  id: 'local',
  name: 'Jean',
  colour: 'none',
  place: 'here',
  health: 'online',
  message: '',
  road: 'socket',
  limits: null,
  url: null,
  version: null,
  since: 0,
};

/** A project whose clone has this `origin`, with worktrees on the board. */
async function ground(origin = 'git@github.com:acme/web.git', worktrees: readonly Partial<WorktreeView>[] = [{}]) {
  const machine = await startMachine(origin);
  const project: ProjectView = {
    id: 'p1',
    instanceId: 'local',
    name: 'web',
    path: machine.repository,
    repository: null,
    order: 0,
  };
  const board = new Map(worktrees.map((change) => worktreeView(change)).map((view) => [view.id, view]));
  const it = {
    board,
    connected: true,
    enabled: true,
    place: 'here' as 'here' | 'elsewhere',
    records: [] as CredentialRecord[],
    wanted: [] as string[],
    ended: [] as string[],
    repositories: [] as (string | null)[],
    bases: [] as readonly string[],
    audited: [] as string[],
    watching: new AbortController(),
  };
  const facts = (id: string) => {
    const worktree = board.get(id);
    return worktree ? { worktree, project } : null;
  };
  const provisioning = new Provisioning({
    folder: machine.dir,
    board: {
      worktree: facts,
      state: () => ({
        ...emptyState(),
        instances: { local: { ...instance, place: it.place } },
        projects: { p1: project },
        worktrees: Object.fromEntries(board),
      }),
      setRepository: (_id, repository) => {
        it.repositories.push(repository);
        return { changes: [], happenings: [] };
      },
    },
    records: {
      all: () => it.records,
      get: (id) => it.records.find((r) => r.binding.worktreeId === id) ?? null,
      remove: () => undefined,
    },
    lifecycle: {
      want: ({ worktreeId, repository }) => void it.wanted.push(`${worktreeId} ${repository}`),
      end: async (id, ending) => void it.ended.push(`${id} ${ending}`),
      provision: async (id) => void it.ended.push(`${id} begun again`),
      retryAll: () => undefined,
      wake: async () => undefined,
      settle: async () => undefined,
    },
    settings: {
      get: () => ({ baseWorktrees: it.bases }),
      update: ({ baseWorktrees }) => {
        it.bases = baseWorktrees;
      },
    },
    audit: ({ message }) => void it.audited.push(message),
    github: { webUrl: 'https://github.com' },
    policyOf: () => ({ enabled: it.enabled, source: 'app' }),
    connected: () => it.connected,
    publish: () => undefined,
    watching: () => it.watching.signal,
    log: () => undefined,
    now: () => 0,
  });
  const provision = (id = 'w1') => {
    const seen = facts(id);
    if (!seen) throw new Error('not on the board');
    return provisioning.provision(seen);
  };
  return Object.assign(it, { provisioning, provision, machine });
}

describe('a worktree', () => {
  it.each(['https://github.com/acme/web.git', 'git@github.com:acme/web.git', 'ssh://git@github.com/acme/web'])(
    'has a credential when its project is a clone of %s',
    async (origin) => {
      const it = await ground(origin);
      await it.provision();
      expect([it.wanted, it.repositories]).toEqual([['w1 acme/web'], ['acme/web']]);
    },
  );

  it('has one as the project’s own work tree when the person asks for it, and keeps it from then on', async () => {
    const it = await ground(undefined, [{ base: true, name: 'main' }]);
    await it.provision();
    expect(it.wanted).toEqual([]);
    await it.provisioning.provisionBase('w1');
    await it.provision();
    expect(it.wanted).toEqual(['w1 acme/web', 'w1 acme/web']);
    expect(it.audited).toEqual([expect.stringContaining('because you asked for it')]);
  });

  it('begins again in the project’s own work tree that was released, when the person asks once more', async () => {
    const it = await ground(undefined, [{ base: true }]);
    it.records = [record({ worktreeId: 'w1', ending: 'released' })];
    await it.provisioning.provisionBase('w1');
    expect(it.ended).toEqual(['w1 begun again']);
  });

  it('says why the project’s own work tree gets none', async () => {
    const refusal = (it: Awaited<ReturnType<typeof ground>>) => it.provisioning.provisionBase('w1').catch(String);
    const none = await ground('https://gitlab.com/acme/web.git', [{ base: true }]);
    expect(await refusal(none)).toContain('no clone of a repository');
    none.connected = false;
    expect(await refusal(none)).toContain('Connect a GitHub App');
    none.enabled = false;
    expect(await refusal(none)).toContain('switched off');
    expect(await refusal(await ground())).toContain('no base session');
    expect(none.bases).toEqual([]);
  });

  it('has none once everything was taken out, until an account is connected again', async () => {
    const it = await ground();
    it.provisioning.close();
    await it.provision();
    expect(it.wanted).toEqual([]);
    it.provisioning.open();
    await it.provision();
    expect(it.wanted).toEqual(['w1 acme/web']);
  });

  it.each(['https://gitlab.com/acme/web.git', 'https://github.com.evil.example/acme/web.git', '/srv/git/web.git'])(
    'has none when it is a clone of %s',
    async (origin) => {
      const it = await ground(origin);
      await it.provision();
      expect([it.wanted, it.repositories]).toEqual([[], [null]]);
    },
  );

  it('has none on another machine: the same path here is another folder, and git is not even asked about it', async () => {
    const it = await ground();
    it.place = 'elsewhere';
    await it.provision();
    await it.provisioning.provisionAll();
    expect(await it.provisioning.repositoryOf('p1', it.machine.repository)).toBeNull();
    expect([it.wanted, it.ended, it.repositories]).toEqual([[], [], []]);
  });

  it('has none as the project’s own work tree, at a path that is none, or without an App', async () => {
    const it = await ground(undefined, [{ base: true }, { id: 'w2', path: '../../etc' }, { id: 'w3' }]);
    await it.provision('w1');
    await it.provision('w2');
    it.connected = false;
    await it.provision('w3');
    expect(it.wanted).toEqual([]);
  });

  it('has what is true once git was asked, not what was true before', async () => {
    const it = await ground(undefined, [{}, { id: 'w2' }, { id: 'w3' }]);
    const all = [it.provision('w1'), it.provision('w2'), it.provision('w3')];
    it.board.set('w1', worktreeView({ pull: { number: 1, url: null, state: 'merged' } }));
    it.board.delete('w2');
    await Promise.all(all);
    expect([it.ended, it.wanted]).toEqual([['w1 merged'], ['w3 acme/web']]);
  });

  it('keeps the one that its person made anew after the merge, and not one that they did not', async () => {
    const merged = { pull: { number: 1, url: null, state: 'merged' } } as const;
    const it = await ground(undefined, [merged, { id: 'w2', ...merged }]);
    it.records = [record({ overruled: 'merged' }), record({ worktreeId: 'w2' })];
    await it.provision('w1');
    await it.provision('w2');
    expect([it.wanted, it.ended]).toEqual([['w1 acme/web'], ['w2 merged']]);
  });

  it('has none when the App went while git was asked, or another one takes its place', async () => {
    const it = await ground();
    const asked = it.provision();
    it.connected = false;
    await asked;
    it.connected = true;
    await it.provisioning.paused(() => it.provision());
    expect(it.wanted).toEqual([]);
    await it.provision();
    expect(it.wanted).toEqual(['w1 acme/web']);
  });

  it('does not make its project look like one without a repository when another Jean is watched meanwhile', async () => {
    const it = await ground();
    const asked = it.provision();
    it.watching.abort();
    await asked;
    expect([it.wanted, it.repositories]).toEqual([[], []]);
  });

  it('shares the look at its project’s remote with those that appear together', async () => {
    const many = Array.from({ length: 50 }, (_, n) => ({ id: `w${n}` }));
    const it = await ground(undefined, many);
    await Promise.all(many.map(({ id }) => it.provision(id)));
    expect([it.wanted.length, it.repositories.length]).toEqual([50, 1]);
    await it.provisioning.provisionAll();
    expect(it.wanted).toHaveLength(100);
  });
});

describe('what ended in Jean while nobody looked', () => {
  it('ends here: deleted where its folder is gone, archived where it is there', async () => {
    const it = await ground(undefined, [{ id: 'there' }]);
    const gone = join(it.machine.dir, 'gone');
    const of = (worktreeId: string, change: Partial<CredentialRecord['binding']> = {}) =>
      record({ worktreeId, path: it.machine.worktree, ...change });
    it.records = [
      of('there'),
      of('w2'),
      of('w3', { path: gone }),
      // Merged long ago and archived since: its git is to be its person's own again.
      of('w4', { ending: 'merged' }),
      of('w5', { ending: 'revoked-by-person', path: gone }),
      of('w6', { ending: 'merged', installed: false, touched: false }),
      of('w7', { ending: 'archived' }),
    ];
    it.provisioning.endMissing();
    expect(it.ended).toEqual(['w2 archived', 'w3 deleted', 'w4 archived', 'w5 deleted']);
  });
});

describe('before the App goes', () => {
  it('every credential ends and every worktree is released, or it is said how many are left', async () => {
    const it = await ground();
    const dead = token({ phase: 'dead' });
    it.records = [
      record({ worktreeId: 'w1' }),
      record({ worktreeId: 'w2', ending: 'merged' }, [dead]),
      record({ worktreeId: 'w3', ending: 'deleted', installed: false, touched: false }, [token({ phase: 'retired' })]),
      record({ worktreeId: 'w4', ending: 'deleted', installed: false, touched: false }, [dead, token({ phase: 'lost' })]),
    ];
    await expect(it.provisioning.endAll()).rejects.toThrow('3 credentials could not be ended yet');
    expect(it.ended).toEqual(['w1 disconnected', 'w2 disconnected']);
    it.records = [record({ ending: 'disconnected', installed: false, touched: false }, [dead])];
    await it.provisioning.endAll();
  });
});
