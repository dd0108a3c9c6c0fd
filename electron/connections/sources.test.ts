import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startWithApp } from '../../sandbox/github/fixture.ts';
import type { SourceView } from '../../shared/model.ts';
import { defaultProjectPolicy, type ProjectPolicy } from '../../shared/policy.ts';
import type { AuditInput } from '../audit/log.ts';
import { Secret } from '../base/secret.ts';
import { openSecretBox } from '../storage/secret-box.ts';
import type { PersonSource } from './person-order.ts';
import { type Expiring, Sources } from './sources.ts';

const hour = 3_600_000;
const day = 24 * hour;
const endless = 8.64e15;
const order = { projectId: 'p1', repository: 'acme/web', policy: defaultProjectPolicy };

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** A GitHub, a secret box on the disk, and the app's sources on them; `run` starts the app again on the same box. */
async function machine(change: { readonly fetch?: typeof fetch } = {}) {
  const world = await startWithApp();
  const { github, control, app, web } = world;
  control.addCollaborator('acme/web', 'acme-robot');
  control.addCollaborator('acme/web', 'dana');
  const folder = await mkdtemp(join(tmpdir(), 'sources-'));
  endings.push(() => rm(folder, { recursive: true, force: true }));
  const seen = {
    view: null as SourceView | null,
    audited: [] as AuditInput[],
    expiring: [] as Expiring[],
    replaced: [] as (readonly [PersonSource, string | null])[],
  };
  const clock = { skew: 0, webUrl: github.webUrl };
  const now = (): number => Date.now() + clock.skew;
  const box = () =>
    openSecretBox({
      file: join(folder, 'secrets.json'),
      cipher: {
        persistent: true,
        backend: 'test',
        encrypt: (text) => Promise.resolve(Buffer.from(text).reverse()),
        decrypt: (bytes) => Promise.resolve(Buffer.from(bytes).reverse().toString()),
      },
      now,
    });
  const run = async ({ policy = defaultProjectPolicy }: { policy?: ProjectPolicy } = {}): Promise<Sources> => {
    const sources = new Sources({
      box: await box(),
      fetch: hurried(change.fetch ?? fetch),
      now,
      github: () => ({ apiUrl: github.apiUrl, webUrl: clock.webUrl }),
      clientId: () => Promise.resolve(app.clientId),
      repositoryId: () => Promise.resolve(web.id),
      project: (id) => (id === 'p1' ? { name: 'web', repository: 'acme/web', policy } : null),
      publish: (_id, view) => {
        seen.view = view;
      },
      onReplaced: (_id, kind, fingerprint) => seen.replaced.push([kind, fingerprint]),
      onExpiring: (expiring) => seen.expiring.push(expiring),
      audit: (entry) => seen.audited.push(entry),
    });
    await sources.start();
    endings.push(() => sources.stop());
    return sources;
  };
  const token = (over: { expiresAt?: number | null; permissions?: Record<string, 'read' | 'write'>; repository?: string } = {}) =>
    Secret.of(
      control.createFineGrainedToken('acme-robot', {
        repositories: [over.repository ?? 'acme/web'],
        permissions: over.permissions ?? { contents: 'write' },
        expiresAt: over.expiresAt === undefined ? Date.now() + 90 * day : over.expiresAt,
      }),
    );
  const signIn = async (sources: Sources): Promise<void> => {
    const before = seen.audited.filter(({ message }) => message === 'Signed in at GitHub as dana.').length;
    await sources.signIn('p1');
    control.approveDevice(control.pendingDevices().at(-1) ?? '', 'dana');
    await expect
      .poll(() => seen.audited.filter(({ message }) => message === 'Signed in at GitHub as dana.').length, { timeout: 10_000 })
      .toBe(before + 1);
  };
  return { ...world, seen, clock, run, token, signIn, box };
}

/** GitHub asks to be polled every 5 s; a test has no such time. */
const hurried =
  (inner: typeof fetch): typeof fetch =>
  async (input, init) => {
    const answer = await inner(input, init);
    if (!String(input).endsWith('/login/device/code')) return answer;
    return new Response((await answer.text()).replace('"interval":5', '"interval":0'), answer);
  };

describe('a shared token', () => {
  it('is tried at the project’s repository, kept, and handed to every worktree', async () => {
    const { run, token, seen, control } = await machine();
    const sources = await run();
    expect(await sources.take('p1', token(), 'the clipboard')).toBe('acme-robot');
    const shared = sources.source('shared', endless);
    const [one, two] = await Promise.all([shared.mint(order), shared.mint(order)]);
    expect(one).toMatchObject({ holder: 'acme-robot', permissions: { contents: 'write' }, fingerprint: two.fingerprint });
    expect(Math.abs(one.expiresAt - Date.now() - 90 * day)).toBeLessThan(10_000);
    expect(sources.author('p1', 'shared')?.email).toMatch(/^\d+\+acme-robot@users\.noreply\.127\.0\.0\.1$/);
    expect(await shared.revoke(one.token)).toBe('released');
    expect(control.liveTokens()).toHaveLength(1);
    expect(JSON.stringify(seen)).not.toContain(one.token.reveal());

    const again = await run();
    expect((await again.source('shared', endless).mint(order)).fingerprint).toBe(one.fingerprint);
  });

  it.each([
    ['can’t reach the repository', { repository: 'acme/api' }, 'does not reach acme/web'],
    ['may only read', { permissions: { contents: 'read' as const } }, 'not push'],
    ['has ended', { expiresAt: Date.now() - hour }, 'has expired, or was revoked'],
  ])('is refused when it %s', async (_what, over, reason) => {
    const { run, token, seen, control } = await machine();
    control.addCollaborator('acme/api', 'acme-robot');
    const sources = await run();
    await expect(sources.take('p1', token(over), 'the clipboard')).rejects.toThrow(reason);
    expect(seen.view).toBeNull();
  });

  it('that may only read is taken where that is all that is wanted, and is shown as such', async () => {
    const { run, token } = await machine();
    const reading = { ...defaultProjectPolicy, source: 'shared', profile: 'read' } as const;
    const sources = await run({ policy: reading });
    await sources.take('p1', token({ permissions: { contents: 'read' } }), 'the clipboard');
    const issued = await sources.source('shared', endless).mint({ ...order, policy: reading });
    expect(issued.permissions).toEqual({ contents: 'read', metadata: 'read' });
  });

  it('is tried for what the profile needs, and what it lacks is said', async () => {
    const { run, token, seen } = await machine();
    const sources = await run();
    await sources.take('p1', token({ permissions: { contents: 'write' } }), 'the clipboard');
    expect(seen.view?.shared?.lacks).toContain('pull_requests');
    await sources.take('p1', token({ permissions: { contents: 'write', pull_requests: 'write' } }), 'the clipboard');
    expect(seen.view?.shared?.lacks).not.toContain('pull_requests');
  });

  it('without an end is endless, and is replaced for all worktrees at once', async () => {
    const { run, token, seen } = await machine();
    const sources = await run();
    await sources.take('p1', token({ expiresAt: null }), 'the clipboard');
    const shared = sources.source('shared', endless);
    const before = await shared.mint(order);
    expect(before.expiresAt).toBe(endless);
    await sources.take('p1', token(), 'the clipboard');
    const after = await shared.mint(order);
    expect(seen.replaced.at(-1)).toEqual(['shared', after.fingerprint]);
    expect(after.fingerprint).not.toBe(before.fingerprint);
    expect(await shared.revoke(before.token)).toBe('released');
  });

  it('warns of its end once each time, also over a restart, and is not handed out in its last minutes', async () => {
    const { run, token, seen, clock } = await machine();
    await (await run()).take('p1', token({ expiresAt: Date.now() + 6 * day }), 'the clipboard');
    expect(seen.expiring.map(({ before }) => before)).toEqual([7 * day]);
    await run();
    expect(seen.expiring).toHaveLength(1);
    clock.skew = 6 * day - 30 * 60_000;
    await run();
    expect(seen.expiring.map(({ before }) => before)).toEqual([7 * day, hour]);
    clock.skew = 6 * day - 5 * 60_000;
    const late = await run();
    await expect(late.source('shared', endless).mint(order)).rejects.toThrow('has come to its end');
    expect(seen.view?.troubles.shared).toContain('has come to its end');
  });

  it('is never shown to another GitHub than its own', async () => {
    const { run, token, clock } = await machine();
    const sources = await run();
    await sources.take('p1', token(), 'the clipboard');
    clock.webUrl = 'https://github.com';
    await expect(sources.source('shared', endless).mint(order)).rejects.toThrow('works with another GitHub');
  });

  it('can be revoked at GitHub, for everybody, and then its worktrees’ ones count as dead', async () => {
    const { run, token, seen, control } = await machine();
    const sources = await run();
    await sources.take('p1', token(), 'the clipboard');
    const shared = sources.source('shared', endless);
    const issued = await shared.mint(order);
    await sources.revoke('p1', 'shared');
    expect(control.liveTokens()).toEqual([]);
    expect(await shared.revoke(issued.token)).toBe('dead');
    expect(seen.replaced.at(-1)).toEqual(['shared', null]);
    expect(seen.view).toBeNull();
    await expect(shared.mint(order)).rejects.toThrow('no shared token yet');
  });
});

describe('a sign-in under the developer’s own name', () => {
  it('waits for the person, is for one repository, and is handed to every worktree', async () => {
    const { run, signIn, control, seen } = await machine();
    const sources = await run();
    await sources.signIn('p1');
    expect(seen.view?.login?.userCode).toBe(control.pendingDevices()[0]);
    sources.cancelSignIn('p1');
    expect(seen.view).toBeNull();
    await signIn(sources);
    const user = sources.source('user', endless);
    const issued = await user.mint(order);
    expect(issued).toMatchObject({ holder: 'dana' });
    await expect(user.mint({ ...order, repository: 'acme/api' })).rejects.toThrow('does not reach acme/api');
    expect(sources.author('p1', 'user')?.name).toBe('dana');
    expect(await user.revoke(issued.token)).toBe('released');
  }, 30_000);

  it('is renewed once for all that ask at the same time, and the old token is dead', async () => {
    const { run, signIn, control, clock, seen } = await machine();
    const sources = await run();
    await signIn(sources);
    const user = sources.source('user', endless);
    const before = await user.mint(order);
    clock.skew = 8 * hour - 60_000;
    const after = await Promise.all([user.mint(order), user.mint(order), user.mint(order)]);
    expect(new Set(after.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    expect(control.liveTokens().map(({ kind }) => kind)).toEqual(['user', 'refresh']);
    expect(control.liveTokens()[0]?.hash).toBe(after[0].fingerprint);
    expect(await user.revoke(before.token)).toBe('dead');
    expect(seen.replaced.at(-1)).toEqual(['user', after[0].fingerprint]);
    const again = await run();
    expect((await again.source('user', endless).mint(order)).fingerprint).toBe(after[0].fingerprint);
  }, 30_000);

  it('is renewed when GitHub has let it end before our clock did', async () => {
    const { run, signIn, clock: _clock, control } = await machine();
    const sources = await run();
    await signIn(sources);
    const user = sources.source('user', endless);
    const before = await user.mint(order);
    control.expireToken(before.fingerprint);
    expect((await user.mint(order)).fingerprint).not.toBe(before.fingerprint);
  }, 30_000);

  it('is over, and says why, when the app ended between a renewal and its answer', async () => {
    let die = false;
    const { run, signIn, clock, seen } = await machine({
      fetch: async (input, init) => {
        const answer = await fetch(input, init);
        return die && String(init?.body).includes('refresh_token') ? new Promise<never>(() => undefined) : answer;
      },
    });
    const sources = await run();
    await signIn(sources);
    clock.skew = 8 * hour;
    die = true;
    void sources
      .source('user', endless)
      .mint(order)
      .catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 500));

    die = false;
    const again = await run();
    await expect(again.source('user', endless).mint(order)).rejects.toThrow('when the answer got lost');
    expect(seen.view?.troubles.user).toContain('Sign in again');
    expect(seen.audited.at(-1)).toMatchObject({ kind: 'source.failed', outcome: 'failed' });
    await signIn(again);
    expect((await again.source('user', endless).mint(order)).holder).toBe('dana');
  }, 40_000);

  it('goes on when the renewal never reached GitHub', async () => {
    let lost = false;
    const { run, signIn, clock } = await machine({
      fetch: (input, init) =>
        lost && String(init?.body).includes('refresh_token') ? Promise.reject(new Error('gone')) : fetch(input, init),
    });
    const sources = await run();
    await signIn(sources);
    const user = sources.source('user', endless);
    clock.skew = 8 * hour - 60_000;
    lost = true;
    await expect(user.mint(order)).rejects.toThrow('could not be reached');
    lost = false;
    expect((await user.mint(order)).holder).toBe('dana');
  }, 30_000);

  it('ends at GitHub when the person signs out', async () => {
    const { run, signIn, control, seen } = await machine();
    const sources = await run();
    await signIn(sources);
    await sources.revoke('p1', 'user');
    expect(control.liveTokens()).toEqual([]);
    expect(seen.view).toBeNull();
    await expect(sources.source('user', endless).mint(order)).rejects.toThrow('not signed in');
  }, 30_000);

  it('says why when it is turned down, or the App does not allow it', async () => {
    const { run, control, app, seen } = await machine();
    const sources = await run();
    await sources.signIn('p1');
    control.denyDevice(control.pendingDevices()[0] ?? '');
    await expect.poll(() => seen.view?.troubles.user, { timeout: 15_000 }).toBe('The sign-in was turned down at GitHub.');
    control.setDeviceFlow(app.id, false);
    await expect(sources.signIn('p1')).rejects.toThrow('Enable Device Flow');
  }, 30_000);
});

describe('the kill switch', () => {
  it('ends shared tokens and sign-ins at GitHub by one request, and says of each that it is dead', async () => {
    const { run, token, signIn, control, seen } = await machine();
    const sources = await run();
    await sources.take('p1', token(), 'the clipboard');
    await signIn(sources);
    const killed = await sources.revokeAll();
    expect(killed.map(({ projectName, kind, login, why }) => [projectName, kind, login, why])).toEqual([
      ['web', 'shared', 'acme-robot', null],
      ['web', 'user', 'dana', null],
    ]);
    expect(control.liveTokens()).toEqual([]);
    expect(control.calls().filter(({ path }) => path === '/credentials/revoke')).toHaveLength(1);
    expect(seen.view).toBeNull();
    expect(seen.audited.filter(({ kind }) => kind === 'source.revoked')).toHaveLength(2);
  }, 30_000);

  it('keeps what it could not end, says why, and can end it later', async () => {
    const { run, token, control, seen } = await machine();
    const sources = await run();
    await sources.take('p1', token(), 'the clipboard');
    control.faults.next({
      match: { path: '/credentials/revoke' },
      answer: { status: 404, body: { message: 'Not Found' } },
    });
    const [one] = await sources.revokeAll();
    expect(one?.why).toContain('can’t revoke a token this way');
    expect(seen.view?.shared?.login).toBe('acme-robot');
    expect(seen.audited.at(-1)).toMatchObject({ kind: 'source.failed', outcome: 'failed' });
    expect((await sources.revokeAll()).map(({ why }) => why)).toEqual([null]);
    expect(control.liveTokens()).toEqual([]);
  });

  it('ends the pair that a renewal has just brought, not the one that it replaced', async () => {
    const { run, signIn, control, clock } = await machine();
    const sources = await run();
    await signIn(sources);
    clock.skew = 8 * hour - 60_000;
    const renewing = sources.source('user', endless).mint(order);
    const [killed] = await Promise.all([sources.revokeAll(), renewing.catch(() => undefined)]);
    expect(killed.map(({ why }) => why)).toEqual([null]);
    expect(control.liveTokens()).toEqual([]);
  }, 30_000);
});

describe('GitHub’s form for a new token', () => {
  it('is filled in with owner and permissions', async () => {
    const { run } = await machine();
    const page = new URL((await run()).formPage('p1') ?? '');
    expect(page.pathname).toBe('/settings/personal-access-tokens/new');
    expect(Object.fromEntries(page.searchParams)).toMatchObject({
      name: 'Jean: web',
      target_name: 'acme',
      expires_in: '90',
      contents: 'write',
      pull_requests: 'write',
    });
  });
});
