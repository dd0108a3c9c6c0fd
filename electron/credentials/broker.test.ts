import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditInput } from '../audit/log.ts';
import { fingerprintOf } from '../base/fingerprint.ts';
import { Secret } from '../base/secret.ts';
import { afterTest, startMachine } from '../git/fixture.ts';
import { WorktreeConfig } from '../git/worktree-config.ts';
import { Broker, type CredentialSource } from './broker.ts';
import type { CredentialRecord } from './credential.ts';
import { binding as bindingOf, minute, start, token } from './test-record.ts';

const value = 'ghs_16C7e42F292c6912E7710c838347Ae178B4a';
const fingerprint = fingerprintOf(Secret.of(value));
const binding = bindingOf({ subject: 'web · feature', repository: 'acme/web' });
const serving = token({ fingerprint });

/** A managed worktree, its broker, and git as a session runs it: with an askpass program that would give the person's own password. */
async function managed(patienceMs = 9_000) {
  const webUrl = 'https://github.com';
  const machine = await startMachine('https://github.com/acme/web.git');
  const { agent, askpass, dir, home, worktree } = machine;
  const it = {
    now: start,
    record: { binding, tokens: [serving] } as CredentialRecord | null,
    audited: [] as AuditInput[],
    used: [] as number[],
    errors: [] as unknown[],
    rejected: [] as number[],
    source: {
      valueForGit: async () => ({ token: serving, value: Secret.of(value) }),
      wake: async () => undefined,
      rejected: async (_id, generation) => void it.rejected.push(generation),
    } as CredentialSource,
  };
  const paths = (id: string) => ({ socket: join(dir, 's', `${id}.sock`), reason: join(dir, 's', `${id}.txt`) });
  const broker = new Broker({
    source: () => it.source,
    record: () => it.record,
    used: (_id, generation) => it.used.push(generation),
    repositories: ({ repository }) => [repository],
    accepted: () => undefined,
    webUrl: () => webUrl,
    paths,
    audit: (entry) => it.audited.push(entry),
    onError: (error) => it.errors.push(error),
    now: () => it.now,
    patienceMs,
  });
  afterTest(() => broker.stop());
  await broker.open(binding);
  const { socket: socketPath, reason: reasonPath } = paths('w1');
  const config = new WorktreeConfig({ home });
  await config.install(worktree, { ...machine.plan, socketPath, reasonPath });
  /** `git credential fill`, `approve` or `reject`, in the worktree. */
  const credential = (action: string, asked: Readonly<Record<string, string>>) =>
    agent(
      ['credential', action],
      worktree,
      { GIT_ASKPASS: askpass, SSH_ASKPASS: askpass },
      `${Object.entries(asked)
        .map(([name, text]) => `${name}=${text}\n`)
        .join('')}\n`,
    );
  const reason = () => readFile(reasonPath, 'utf8').catch(() => null);
  /** git asked the person's own program, so nothing of ours kept it from their password. */
  const askedPerson = async (): Promise<boolean> => (await readFile(join(home, 'asked'), 'utf8').catch(() => '')) !== '';
  const kinds = () => it.audited.map(({ kind }) => kind);
  return Object.assign(it, { broker, credential, reason, askedPerson, kinds, socketPath });
}

const own = { protocol: 'https', host: 'github.com', path: 'acme/web.git' };
const shown = { ...own, username: 'x-access-token', password: value };

describe('git in a managed worktree', () => {
  it('is given the worktree’s credential for its own repository, and that is on record', async () => {
    const it = await managed();
    const { code, stdout } = await it.credential('fill', own);
    expect([code, stdout]).toEqual([0, expect.stringContaining(`username=x-access-token\npassword=${value}\n`)]);
    expect(it.audited).toMatchObject([{ kind: 'credential.used', actor: 'git', outcome: 'ok', worktreeId: 'w1', fingerprint }]);
    expect(JSON.stringify(it.audited)).not.toContain(value);
    expect(it.used).toEqual([1]);
  });

  it.each(['acme/web', 'acme/web/', 'acme/web.git/', 'ACME/Web.git'])('may write its repository as %s', async (path) => {
    const it = await managed();
    expect((await it.credential('fill', { ...own, path })).stdout).toContain(value);
  });

  it.each([
    ['another repository', { path: 'acme/api.git' }, 'acme/api.git'],
    ['a repository whose name begins like it', { path: 'acme/web-secrets.git' }, 'acme/web-secrets'],
    ['a repository whose name ends like it', { path: 'evil/acme/web.git' }, 'evil/acme/web'],
    ['the same name of another owner', { path: 'acme2/web.git' }, 'acme2/web'],
    ['a path that climbs', { path: 'acme/web.git/../../evil/x.git' }, 'evil/x'],
    ['no repository', { path: '' }, 'no repository'],
  ])('gets nothing for %s, and its person is not asked either', async (_what, asked, told) => {
    const it = await managed();
    const { code, stdout, stderr } = await it.credential('fill', { ...own, ...asked });
    expect([code, stdout.includes(value), await it.askedPerson()]).toEqual([128, false, false]);
    expect(stderr).toContain(`worktree’s credential is for acme/web alone`);
    expect(stderr).toContain(told.replace(/\.git$/, ''));
    expect(it.audited).toMatchObject([{ kind: 'credential.refused', outcome: 'refused', fingerprint: null }]);
  });

  // git itself asks us for its own host alone; what comes by other ways to the socket meets the same check.
  it.each([
    ['https', 'github.com.attacker.example'],
    ['https', 'evilgithub.com'],
    ['https', 'github.com:8443'],
    ['https', 'github.comm'],
    ['https', ''],
    ['http', 'github.com'],
    ['ssh', 'github.com'],
  ])('gets nothing for the look-alike %s://%s', async (protocol, host) => {
    const it = await managed();
    expect(await it.broker.answer('w1', { action: 'get', protocol, host, path: own.path })).toEqual({ refuse: true });
    expect(await it.reason()).toContain('this worktree’s credential is for github.com alone');
  });

  it('reads why there is none, and not any more once there is one', async () => {
    const it = await managed();
    it.source = { ...it.source, valueForGit: async () => null };
    const retryAt = start + minute;
    it.record = { binding: { ...binding, trouble: { reason: 'GitHub is away.', retryAt, attempts: 1 } }, tokens: [] };
    const { code, stderr } = await it.credential('fill', own);
    expect([
      code,
      stderr.includes('Jean Ravi Companion has no GitHub credential for web · feature now. GitHub is away.'),
    ]).toEqual([128, true]);
    it.source = { ...it.source, valueForGit: async () => ({ token: serving, value: Secret.of(value) }) };
    expect((await it.credential('fill', own)).code).toBe(0);
    expect(await it.reason()).toBeNull();
    expect(it.kinds()).toEqual(['credential.refused', 'credential.used']);
  });

  it('waits while its credential is being made', async () => {
    const it = await managed();
    let made = false;
    it.source = {
      ...it.source,
      wake: async () => {
        made = true;
      },
      valueForGit: async () => (made ? { token: serving, value: Secret.of(value) } : null),
    };
    expect((await it.credential('fill', own)).stdout).toContain(value);
  });

  it('is never given one that ends within 5 minutes: it is renewed first', async () => {
    const it = await managed();
    it.now = serving.expiresAt - 5 * minute;
    expect([(await it.credential('fill', own)).code, it.used]).toEqual([0, [1]]);
    it.now += 1;
    const renewed = { ...serving, generation: 2, expiresAt: it.now + 60 * minute };
    let asked = 0;
    it.source = {
      ...it.source,
      wake: async () => {
        asked += 1;
      },
      valueForGit: async () => ({ token: asked > 0 ? renewed : serving, value: Secret.of(value) }),
    };
    expect([(await it.credential('fill', own)).code, asked, it.used]).toEqual([0, 1, [1, 2]]);
  });

  it('is not given one that ends within 5 minutes where renewing fails, and reads why', async () => {
    const it = await managed();
    it.now = serving.expiresAt - 5 * minute + 1;
    const trouble = { reason: 'GitHub is away.', retryAt: it.now + minute, attempts: 3 };
    it.record = { binding: { ...binding, trouble }, tokens: [serving] };
    const { code, stdout, stderr } = await it.credential('fill', own);
    expect([code, stdout.includes(value), await it.askedPerson()]).toEqual([128, false, false]);
    expect(stderr).toContain('no GitHub credential for web · feature now. GitHub is away.');
    // What runs with it already keeps it to its end.
    expect([it.record.tokens, it.used]).toEqual([[serving], []]);
  });

  it.each([
    ['GitHub', { wake: () => new Promise<void>(() => undefined), valueForGit: async (): Promise<null> => null }],
    ['the key store', { valueForGit: () => new Promise<null>(() => undefined) }],
  ])('does not wait longer for %s than it should, and reads that', async (_what, slow) => {
    const it = await managed(150);
    it.source = { ...it.source, ...(slow as Partial<CredentialSource>) };
    const begun = Date.now();
    const { code, stderr } = await it.credential('fill', own);
    expect([code, Date.now() - begun < 5_000, await it.askedPerson()]).toEqual([128, true, false]);
    expect(stderr).toContain('The GitHub credential for web · feature is still being made. Try again in a moment.');
  });

  it('leaves one line in the log when it is refused a thousand times in a breath, and a count', async () => {
    const it = await managed();
    const ask = () => it.broker.answer('w1', { action: 'get', protocol: 'https', host: 'evil.example', path: own.path });
    const answers = await Promise.all(Array.from({ length: 1_000 }, ask));
    expect(answers.every((answer) => 'refuse' in answer)).toBe(true);
    expect(it.audited).toMatchObject([{ kind: 'credential.refused', outcome: 'refused' }]);
    expect(await it.reason()).toContain('git asked for https://evil.example');
    await it.broker.stop();
    expect(it.audited.slice(1)).toMatchObject([
      {
        kind: 'credential.refused',
        message: expect.stringMatching(/^999 times more within a minute: git asked for/),
        facts: { times: '999' },
      },
    ]);
    expect(it.errors).toEqual([]);
  });

  it('reads what is wrong when the key store is locked, not that the companion is not running', async () => {
    const it = await managed();
    it.source = { ...it.source, valueForGit: () => Promise.reject(new Error('The key store is locked.')) };
    const { code, stderr } = await it.credential('fill', own);
    expect([code, stderr.includes('could not give git its credential. The key store is locked.')]).toEqual([128, true]);
    expect([it.errors.length, await it.askedPerson()]).toEqual([1, false]);
  });

  it('is refused where the companion does not know the worktree', async () => {
    const it = await managed();
    it.record = null;
    expect((await it.credential('fill', own)).stderr).toContain('does not know this worktree');
  });
});

describe('what git tells of a credential', () => {
  it('is on record as accepted, by GitHub', async () => {
    const it = await managed();
    await it.credential('approve', shown);
    expect(it.audited).toMatchObject([{ kind: 'credential.accepted', actor: 'github', outcome: 'ok', fingerprint }]);
    expect(it.rejected).toEqual([]);
  });

  it('is not on record where it is about another password', async () => {
    const it = await managed();
    await it.credential('approve', { ...shown, password: 'hunter2' });
    await it.credential('reject', { ...shown, password: 'hunter2' });
    expect([it.kinds(), it.rejected]).toEqual([[], []]);
  });

  it('is known by the hash alone as well, which is all that our own helper on Windows sends', async () => {
    const it = await managed();
    const told = { protocol: 'https', host: 'github.com', path: own.path, fingerprint };
    await it.broker.answer('w1', { ...told, action: 'store' });
    await it.broker.answer('w1', { ...told, action: 'erase' });
    await it.broker.answer('w1', { ...told, action: 'erase', fingerprint: 'another' });
    expect([it.kinds(), it.rejected]).toEqual([['credential.accepted', 'credential.rejected'], [1]]);
  });

  it('leads to a new one when GitHub refused it, at most once a minute', async () => {
    const it = await managed();
    await it.credential('reject', shown);
    await it.credential('reject', shown);
    expect([it.kinds(), it.rejected]).toEqual([['credential.rejected'], [1]]);
    it.now += minute;
    await it.credential('reject', shown);
    expect(it.rejected).toEqual([1, 1]);
    await it.broker.stop();
    expect(it.audited.map(({ message }) => message)).toEqual([
      'GitHub refused the credential that git showed it.',
      '2 times more within a minute: GitHub refused the credential that git showed it.',
    ]);
  });

  it('leads to nothing when a new one serves already', async () => {
    const it = await managed();
    it.record = { binding, tokens: [{ ...serving, phase: 'retired' }] };
    await it.credential('reject', shown);
    expect([it.kinds(), it.rejected]).toEqual([['credential.rejected'], []]);
  });

  it('is not lost without a word when making the new one fails', async () => {
    const it = await managed();
    it.source = { ...it.source, rejected: () => Promise.reject(new Error('The disk is full.')) };
    await it.credential('reject', shown);
    await expect.poll(() => it.errors).toMatchObject([{ message: 'The disk is full.' }]);
  });
});

describe('a worktree’s socket', () => {
  it('says no and keeps a record of it when the credential has ended; git reads why, also while the app is not running', async () => {
    const it = await managed();
    const ended = { ...binding, ending: 'merged' } as const;
    it.record = { binding: ended, tokens: [{ ...serving, phase: 'dead' }] };
    await it.broker.bar(ended, 'Its pull request was merged.');
    expect((await it.credential('fill', own)).stderr).toContain('Its pull request was merged.');
    expect(it.kinds()).toEqual(['credential.refused']);
    await it.broker.stop();
    const { code, stderr } = await it.credential('fill', own);
    expect([code, stderr.includes('Its pull request was merged.'), await it.askedPerson()]).toEqual([128, true, false]);
    expect(it.kinds()).toEqual(['credential.refused']);
  });

  it('answers again when the person makes a new credential', async () => {
    const it = await managed();
    await it.broker.bar(binding, 'You revoked it.');
    await it.broker.open(binding);
    expect([await it.reason(), (await it.credential('fill', own)).code]).toEqual([null, 0]);
  });

  it('is gone once it is closed, and git reads the reason', async () => {
    const it = await managed();
    await it.broker.close(binding, 'The worktree was archived.');
    expect((await it.credential('fill', own)).stderr).toContain('The worktree was archived.');
    expect(it.kinds()).toEqual([]);
    await it.broker.open(binding);
    expect((await it.credential('fill', own)).code).toBe(0);
  });

  it('goes with the app: git fails with a message that names it, never with the person’s password', async () => {
    const it = await managed();
    it.record = null;
    await it.credential('fill', own);
    await it.broker.stop();
    const { code, stderr } = await it.credential('fill', own);
    expect([code, stderr.includes('Jean Ravi Companion is not running'), await it.askedPerson()]).toEqual([128, true, false]);
  });

  it('is not opened any more by a step that ends after the app did', async () => {
    const it = await managed();
    await it.broker.stop();
    await expect(it.broker.open(binding)).rejects.toThrow('stopping');
  });

  it('is opened once, however many ask for it at the same time', async () => {
    const it = await managed();
    await it.broker.close(binding, 'closed');
    await Promise.all([it.broker.open(binding), it.broker.open(binding), it.broker.open(binding)]);
    expect((await it.credential('fill', own)).code).toBe(0);
    expect(it.errors).toEqual([]);
  });

  it('is never put where something else lies', async () => {
    const it = await managed();
    await it.broker.close(binding, 'closed');
    await writeFile(it.socketPath, 'mine');
    await expect(it.broker.open(binding)).rejects.toThrow('something else');
    expect(await readFile(it.socketPath, 'utf8')).toBe('mine');
  });
});
