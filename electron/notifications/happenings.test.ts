import { describe, expect, it } from 'vitest';
import { now as at, credential as credentialRow, session as sessionRow } from '../../shared/fixture.ts';
import type { CredentialView, SessionStatus, SessionView } from '../../shared/model.ts';
import { noticesFor } from './happenings.ts';
import type { About, Notice } from './notice.ts';

const session = (status: SessionStatus, over: Partial<SessionView> = {}): SessionView =>
  sessionRow('s1', { name: 'Fix flaky checkout test', status, ...over });
const credential = (over: Partial<CredentialView>): CredentialView =>
  credentialRow('w1', { worktreeName: 'checkout-flake', fingerprint: 'f1', expiresAt: null, renewAt: null, ...over });
const about: About = {
  projectId: 'p',
  worktreeId: 'w1',
  sessionId: 's1',
  project: 'shop',
  worktree: 'checkout-flake',
  session: 'Fix flaky checkout test',
};
const changed = (before: SessionView | null, after: SessionView): readonly Notice[] =>
  noticesFor({ type: 'session', before, after, about, at });
const credentialChanged = (before: CredentialView | null, after: CredentialView): readonly Notice[] =>
  noticesFor({ type: 'credential', before, after, about, at });

describe('a person should know of a session', () => {
  const npm = { kind: 'command', text: 'npm ci' } as const;

  it.each<[SessionStatus, SessionView, Partial<Notice>]>([
    [
      'vibing',
      session('command_approval', { request: npm }),
      {
        kind: 'needs-permission',
        prompt: true,
        detail: 'npm ci',
        line: 'shop · checkout-flake · Fix flaky checkout test',
        title: 'Fix flaky checkout test wants to run a command',
        body: 'npm ci · shop · checkout-flake',
        severity: 'attention',
      },
    ],
    [
      'vibing',
      session('waiting'),
      { kind: 'needs-answer', title: 'Fix flaky checkout test waits for you', body: 'shop · checkout-flake' },
    ],
    ['vibing', session('permission'), { kind: 'needs-permission' }],
    ['vibing', session('tool_approval'), { kind: 'needs-permission' }],
    ['vibing', session('mcp_input'), { kind: 'needs-answer' }],
    ['vibing', session('input_required'), { kind: 'needs-answer' }],
    ['planning', session('plan_approval'), { kind: 'needs-plan-approval', prompt: true }],
    [
      'vibing',
      session('completed'),
      { kind: 'finished', title: 'Fix flaky checkout test finished', body: 'shop · checkout-flake', severity: 'info' },
    ],
    ['vibing', session('review'), { kind: 'finished', title: 'Fix flaky checkout test is ready for review' }],
    ['vibing', session('cancelled'), { kind: 'finished', title: 'Fix flaky checkout test was cancelled', ownDoing: true }],
    ['idle', session('completed'), { kind: 'finished' }],
    [
      'planning',
      session('crashed', { error: 'context limit reached' }),
      { kind: 'failed', body: 'context limit reached · shop · checkout-flake', severity: 'error' },
    ],
    ['idle', session('crashed'), { kind: 'failed', title: 'Fix flaky checkout test failed' }],
  ])('that was %s', (before, after, expected) => {
    const notices = changed(session(before, { since: at - 1 }), after);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatchObject({
      ownDoing: false,
      urgent: false,
      at,
      topic: 'session:s1',
      about,
      target: { page: 'sessions', id: 's1' },
      ...expected,
    });
    expect(notices[0]?.id).toBe(`session:s1:${expected.kind}:${at}`);
  });

  it.each<[string, SessionView | null, SessionView]>([
    ['that had failed when it is seen for the first time', null, session('crashed')],
    ['that had finished when it is seen for the first time', null, session('completed')],
    ['that begins to run', session('idle'), session('vibing')],
    ['that becomes idle', session('vibing'), session('idle')],
    [
      'that asks the same thing still',
      session('permission', { request: npm }),
      session('permission', { request: npm, name: 'Other' }),
    ],
    ['that stays failed', session('crashed'), session('crashed', { error: 'x' })],
    ['that goes from finished to reviewed', session('completed'), session('review')],
    ['that a person marks for review while it rests', session('idle'), session('review')],
    ['that changes its name only', session('vibing'), session('vibing', { name: 'Other' })],
  ])('but not of one %s', (_what, before, after) => expect(changed(before, after)).toEqual([]));

  it('when another prompt takes the place of one with the same words', () => {
    const first = session('command_approval', { request: npm });
    const [second] = changed(first, { ...first, since: at + 1 });
    expect(second).toMatchObject({ kind: 'needs-permission', prompt: true });
    expect(second?.cause).not.toBe(changed(session('vibing'), first)[0]?.cause);
  });

  it('that waits when it is seen for the first time', () => {
    expect(changed(null, session('permission'))).toMatchObject([{ kind: 'needs-permission', prompt: true }]);
  });

  it('when it asks another thing right after the first', () => {
    const other = session('input_required', { request: { kind: 'answer', text: 'Which one?' }, since: at + 5 });
    expect(changed(session('permission', { request: npm }), other)[0]?.id).toBe(`session:s1:needs-answer:${at + 5}`);
  });
});

describe('a person should know of a credential', () => {
  it.each<[Partial<CredentialView>, string, string, string]>([
    [
      { state: 'failed', reason: 'GitHub is not reachable.' },
      'renewal-failed',
      'The credential of checkout-flake could not be renewed',
      'GitHub is not reachable. · acme/shop',
    ],
    [{ state: 'failed', fingerprint: null, reason: null }, 'renewal-failed', 'checkout-flake has no credential', 'acme/shop'],
    [
      { state: 'unverified', reason: 'GitHub answered 503.' },
      'orphan-found',
      'The credential of checkout-flake may still be alive',
      'GitHub answered 503. · acme/shop',
    ],
  ])('in trouble: %j', (over, kind, title, body) => {
    expect(credentialChanged(credential({}), credential(over))).toMatchObject([
      { kind, title, body, severity: 'error', topic: 'credential:w1', target: { page: 'credentials', id: 'w1' } },
    ]);
  });

  it('once for one cause, however often it is tried again', () => {
    const failed = credential({ state: 'failed' });
    const first = credentialChanged(credential({}), failed)[0];
    const retried = credentialChanged(credential({ state: 'rotating' }), { ...failed, reason: 'Still not.' })[0];
    expect(retried?.cause).toBe(first?.cause);
    expect(
      credentialChanged(credential({ fingerprint: 'f2' }), credential({ state: 'failed', fingerprint: 'f2' }))[0]?.cause,
    ).not.toBe(first?.cause);
    expect(credentialChanged(failed, { ...failed, reason: 'Still not.' })).toEqual([]);
  });

  it.each(['minting', 'active', 'rotating', 'revoking', 'revoked'] as const)('but not when it is %s', (state) => {
    expect(credentialChanged(credential({ state: 'storing' }), credential({ state }))).toEqual([]);
    expect(credentialChanged(null, credential({ state: 'failed' }))).toEqual([]);
  });
});

describe('a shared token that comes to its end', () => {
  const hour = 3_600_000;
  const expiring = { type: 'source', projectId: 'p1', projectName: 'shop', login: 'acme-robot', fingerprint: 'f', at } as const;

  it.each([
    [7 * 24 * hour, 'The shared token of shop ends in 7 days', 'attention'],
    [hour, 'The shared token of shop ends in 1 h', 'error'],
  ] as const)('is told %i ms before, with what to do', (before, title, severity) => {
    expect(noticesFor({ ...expiring, before, expiresAt: at + before })).toMatchObject([
      {
        id: `source:p1:f:${before}`,
        kind: 'credential-expiring',
        title,
        body: 'Make a new one at GitHub as acme-robot, and replace it under Projects.',
        target: { page: 'projects', id: 'p1' },
        at,
        severity,
        ownDoing: false,
      },
    ]);
  });
});

describe('a person should know', () => {
  const pull = {
    type: 'pull',
    number: 12,
    url: 'https://x.test/12',
    about: { ...about, worktreeId: 'w1', sessionId: null, session: null },
    at,
  } as const;

  it.each([
    ['merged', 'pull-merged', 'Pull request #12 of checkout-flake was merged'],
    ['checks-failed', 'checks-failed', 'Pull request #12 of checkout-flake fails its checks'],
    ['changes-requested', 'changes-requested', 'Pull request #12 of checkout-flake is asked for changes'],
  ] as const)('that a pull request has news: %s', (news, kind, title) => {
    const [told] = noticesFor({ ...pull, news, of: news === 'merged' ? null : 'abc123' });
    expect(told).toMatchObject({ kind, title, line: 'shop · checkout-flake', topic: `pull:w1:${news}`, target: { id: 'w1' } });
  });

  it('of failing checks once for each commit', () => {
    const causes = ['one', 'two', 'one'].map((of) => noticesFor({ ...pull, news: 'checks-failed', of })[0]?.cause);
    expect(new Set(causes).size).toBe(2);
  });

  it('that GitHub refused what git showed it', () => {
    const refused = { type: 'refused-credential', worktreeId: 'w1', fingerprint: 'f', message: 'Why.', about, at } as const;
    expect(noticesFor(refused)).toMatchObject([
      {
        kind: 'credential-refused',
        title: 'GitHub refused the credential of checkout-flake',
        body: 'Why. · shop · checkout-flake',
        target: { page: 'credentials', id: 'w1' },
      },
    ]);
  });

  it('that something was left behind, once for each', () => {
    const leftover = { id: 'v1', kind: 'vault-entry', title: 'JEAN_GH_TOKEN_OLD', detail: 'd' } as const;
    const [first] = noticesFor({ type: 'leftover', leftover, at });
    expect(first).toMatchObject({ kind: 'orphan-found', body: 'JEAN_GH_TOKEN_OLD', target: { page: 'credentials', id: null } });
    expect(noticesFor({ type: 'leftover', leftover, at: at + 1 })[0]?.cause).toBe(first?.cause);
  });

  it.each([
    [false, 'Jean, here is out of reach'],
    [true, 'Jean, here refuses the connection'],
  ])('that a Jean is lost (refused: %s)', (refused, title) => {
    const lost = { type: 'instance', instanceId: 'local', name: 'Jean, here', refused, message: 'Start Jean.', at } as const;
    expect(noticesFor(lost)).toMatchObject([{ kind: 'instance-lost', title, body: 'Start Jean.', topic: 'instance:local' }]);
  });

  const door = { type: 'remote-access', who: 'Ada', grantId: 'g1', address: '203.0.113.7', message: null, at } as const;

  it.each([
    ['new-address', 'Ada uses Jean from a new address', 'attention'],
    ['refused', 'Ada was refused remote access', 'error'],
    ['locked-out', 'Ada is locked out of remote access', 'error'],
  ] as const)('who comes from outside (%s)', (event, title, severity) => {
    const [told] = noticesFor({ ...door, event, message: 'It has expired.' });
    expect(told).toMatchObject({ kind: 'remote-access', title, severity, detail: 'From 203.0.113.7. It has expired.' });
    // What leaves the machine without the person's leave has no address in it.
    expect(told?.title).not.toContain('203.0.113.7');
    expect(told?.line).not.toContain('203.0.113.7');
  });

  it('who comes from outside and is known by no grant', () => {
    const [told] = noticesFor({ ...door, event: 'locked-out', who: null, grantId: null });
    expect(told?.title).toBe('Somebody is locked out of remote access');
  });

  it('from each new address, and of refusals once an hour', () => {
    const cause = (over: Partial<typeof door> & { event: 'new-address' | 'refused' | 'locked-out' }) =>
      noticesFor({ ...door, ...over } as Parameters<typeof noticesFor>[0])[0]?.cause;
    const later = { at: at + 3_600_000 } as unknown as Partial<typeof door>;
    const soonAfter = { at: at + 1 } as unknown as Partial<typeof door>;
    const elsewhere = { address: '198.51.100.9' } as unknown as Partial<typeof door>;
    expect(cause({ ...elsewhere, event: 'new-address' })).not.toBe(cause({ event: 'new-address' }));
    expect(cause({ ...soonAfter, event: 'refused' })).toBe(cause({ event: 'refused' }));
    expect(cause({ ...elsewhere, event: 'refused' })).toBe(cause({ event: 'refused' }));
    expect(cause({ ...later, event: 'refused' })).not.toBe(cause({ event: 'refused' }));
    expect(cause({ ...elsewhere, event: 'locked-out' })).not.toBe(cause({ event: 'locked-out' }));
  });
});
