import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { minute, now } from '../../shared/fixture.ts';
import { type CredentialView, sessionStatus } from '../../shared/model.ts';
import { defaultPreferences } from '../../shared/preferences.ts';
import { defaultRemoteSettings } from '../../shared/remote-settings.ts';
import { credential, find, flat, instance, label, rowIds, session, state, visitor } from './tray-fixture.ts';
import { type TrayModel, trayModel, trayRows } from './tray-model.ts';

describe('the tray menu', () => {
  it.each([
    ['offers to revoke everything while there is something to revoke', credential({ state: 'active' }), true],
    ['does not where all is dead already', credential({ state: 'revoked' }), false],
  ])('%s', (_what, one, offered) => {
    const { menu } = trayModel(state({ credentials: [one] }), now);
    expect(menu.some((item) => item.type === 'action' && item.action.type === 'revoke-all')).toBe(offered);
  });

  it.each([
    ['nobody', [], false, 'Nobody is connected', 'Pause remote access'],
    ['one person with two windows', ['ana', 'ana'], false, '1 person connected', 'Pause remote access'],
    ['two people', ['ana', 'ben'], false, '2 people connected', 'Pause remote access'],
    ['a pause', [], true, 'Remote access is paused', 'Resume remote access'],
  ])('says who is in from outside, and pauses that: %s', (_what, grants, paused, words, act) => {
    const connection = (grantId: string) => ({ ...visitor, grantId });
    const connections = Object.fromEntries(grants.map((grantId, at) => [String(at), connection(grantId)]));
    const remote = { remote: { ...defaultRemoteSettings, enabled: true, paused, id: 'remote' as const, trouble: null } };
    const model = trayModel({ ...state({}), remote, connections }, now);
    expect(find(model, 'remote')).toMatchObject({ label: words, action: { type: 'page', page: 'remote' } });
    expect(find(model, 'remote-pause')).toMatchObject({ label: act, action: { type: 'remote-pause', paused: !paused } });
  });

  it('does not offer what an organization has set', () => {
    const kept = {
      ...defaultPreferences,
      id: 'preferences' as const,
      managedFile: null,
      managedProblem: null,
      fileProblems: [],
    };
    const preferences = {
      preferences: { ...kept, managed: ['remoteAccess.paused'], loginLimit: null, shortcutTrouble: null, folder: '' },
    };
    const remote = { remote: { ...defaultRemoteSettings, enabled: true, id: 'remote' as const, trouble: null } };
    expect(find(trayModel({ ...state({}), remote, preferences }, now), 'remote-pause')).toMatchObject({ type: 'heading' });
  });

  it('leads to what is in trouble, and says nothing of trouble while there is none', () => {
    const service = (id: 'github' | 'ravi') =>
      ({ id, health: 'down', title: id, message: '', facts: {}, login: null, since: now }) as const;
    const trouble = {
      ...state({ instances: [instance({ health: 'offline' })], credentials: [credential({ state: 'failed' })] }),
      services: { github: service('github'), ravi: service('ravi') },
    };
    const model = trayModel(trouble, now);
    const leadsTo = (id: string) => find(model, `trouble:${id}`);
    expect(leadsTo('jean')).toMatchObject({ action: { type: 'page', page: 'sessions' } });
    expect(leadsTo('credentials')).toMatchObject({ action: { type: 'page', page: 'credentials' } });
    expect(leadsTo('github')).toMatchObject({ label: 'GitHub can’t be used now…', action: { type: 'page', page: 'settings' } });
    expect(leadsTo('ravi')).toMatchObject({ label: 'Ravi can’t be used now…', action: { type: 'page', page: 'settings' } });
    const calm = trayModel(state({ credentials: [credential()] }), now);
    expect(flat(calm.menu).filter(({ id }) => id.startsWith('trouble:'))).toEqual([]);
  });

  it('says nothing of remote access while it is off', () => {
    const remote = { remote: { ...defaultRemoteSettings, id: 'remote' as const, trouble: null } };
    expect(find(trayModel({ ...state({}), remote }, now), 'remote')).toBeUndefined();
  });

  it.each([
    ['live', true],
    ['sandbox', false],
  ] as const)('offers to quit for good where something is the person’s own (%s)', (mode, offered) => {
    const known = state({});
    const app = {
      id: 'app' as const,
      version: '',
      electron: '',
      platform: '',
      mode,
      firstRunDone: true,
      skipped: [],
      pausedUntil: null,
      auditHead: 0,
      trailers: false,
    };
    const { menu } = trayModel({ ...known, app: { app } }, now);
    expect(menu.some((item) => item.type === 'action' && item.action.type === 'leave')).toBe(offered);
  });

  it('groups sessions, most urgent first, and says in words what each does', () => {
    const model = trayModel(
      state({
        sessions: [
          session({ id: 'done', name: 'Upgrade to Rails 8', status: 'completed', since: now - 3 * minute }),
          session({ id: 'run', name: 'Add Apple Pay', status: 'vibing' }),
          session({ id: 'ask', status: 'permission', request: { kind: 'command', text: 'npm ci' }, since: now - 40_000 }),
          session({ id: 'bad', name: 'Move jobs', status: 'crashed', error: 'context limit reached' }),
          session({ id: 'quiet', status: 'idle' }),
          session({ id: 'old', status: 'completed', since: now - 30 * 60 * minute }),
        ],
      }),
      now,
    );
    expect(model.menu.filter(({ type }) => type !== 'separator').map((item) => ('label' in item ? item.label : ''))).toEqual([
      '1 running, 1 needs you, 1 failed',
      'Needs you',
      'Fix flaky checkout test — wants to run a command',
      'Running',
      'Add Apple Pay — running 12 min',
      'Lately',
      'Move jobs — failed: context limit reached',
      'Upgrade to Rails 8 — finished 3 min ago',
      'Open',
      'Mute notifications',
      'Quit',
      'Quit for good…',
    ]);
  });

  it.each<[string, Partial<CredentialView>, string, boolean]>([
    ['a live credential', {}, 'Rotate credential (46 min left)', true],
    ['one that ends soon', { expiresAt: now + 30_000, renewAt: null }, 'Rotate credential (under a minute left)', true],
    ['one that is renewed soon', { renewAt: now + 30_000 }, 'Rotate credential (renews now)', true],
    ['one that failed', { state: 'failed' }, 'Rotate credential (renewal failed)', true],
    ['one that is being rotated', { state: 'rotating' }, 'Credential: rotating', false],
    ['one that is revoked', { state: 'revoked' }, 'Credential: revoked, verified', false],
    ['one that worktrees share', { shared: true, source: 'shared', renewAt: null }, 'Credential: 46 min left', false],
  ])('offers for %s to rotate it, or says why not', (_what, over, words, enabled) => {
    const model = trayModel(state({ sessions: [session({ status: 'vibing' })], credentials: [credential(over)] }), now);
    expect(find(model, 'session:s1:rotate')).toMatchObject({
      label: words,
      enabled,
      action: { type: 'rotate', worktreeId: 'w1' },
    });
    expect(find(model, 'session:s1:show')).toMatchObject({ label: 'Show', action: { type: 'show', sessionId: 's1' } });
  });

  it('offers to open a session that waits in Jean, and to answer it nowhere but in the window', () => {
    const waiting = { sessions: [session({ status: 'permission' })] };
    const labels = (model: TrayModel): string[] =>
      flat(model.menu).flatMap((item) => (item.id.startsWith('session:s1:') && 'label' in item ? [item.label] : []));
    expect(labels(trayModel(state({ ...waiting, instances: [instance({ road: 'socket' })] }), now))).toEqual([
      'Show',
      'Open in Jean',
    ]);
    expect(labels(trayModel(state({ ...waiting, instances: [instance({ road: 'mcp' })] }), now))).toEqual(['Show']);
    const running = { sessions: [session({ status: 'vibing' })], instances: [instance({ road: 'socket' })] };
    expect(labels(trayModel(state(running), now))).toEqual(['Show']);
  });

  it('counts the credentials that sleep, and says nothing where none does', () => {
    const of = (count: number) =>
      trayModel(
        state({
          credentials: [
            credential({ worktreeId: 'awake' }),
            ...Array.from({ length: count }, (_, at) => credential({ worktreeId: `w${at}`, state: 'sleeping' })),
          ],
        }),
        now,
      );
    expect(label(of(1), 'sleeping')).toBe('1 credential sleeping');
    expect(label(of(3), 'sleeping')).toBe('3 credentials sleeping');
    expect(find(of(0), 'sleeping')).toBeUndefined();
  });

  it('offers no rotation where there is no credential', () => {
    expect(find(trayModel(state({ sessions: [session({ status: 'vibing' })] }), now), 'session:s1:rotate')).toBeUndefined();
  });

  it('keeps what it knows of a Jean that is gone, and says that it is old', () => {
    const model = trayModel(
      state({ instances: [instance({ health: 'offline' })], sessions: [session({ status: 'vibing' })] }),
      now,
    );
    expect(label(model, 'session:s1')).toBe('Fix flaky checkout test — last known: running 12 min');
  });

  it('stays the same within a minute, so that it does not move under the pointer', () => {
    const given = state({
      sessions: [
        session({ id: 'a', status: 'vibing', since: now }),
        session({ id: 'b', status: 'permission', since: now }),
        session({ id: 'c', status: 'completed', since: now }),
        session({ id: 'd', status: 'crashed', since: now }),
      ],
      credentials: [credential({ expiresAt: now + 59_999, renewAt: null })],
      mutedUntil: now + 59_999,
    });
    for (const later of [1_000, 6_000, 30_000, 59_000]) expect(trayModel(given, now + later)).toEqual(trayModel(given, now));
  });

  it('shortens names and never what it is about, in one line', () => {
    const model = trayModel(
      state({
        sessions: [
          session({
            name: `A very long name\n${'that goes on '.repeat(20)}`,
            status: 'permission',
            request: { kind: 'command', text: 'x' },
          }),
        ],
      }),
      now,
    );
    expect(label(model, 'session:s1')).toMatch(/^A very long name that goes on.*… — wants to run a command$/);
    expect([...(label(model, 'session:s1') ?? '')].length).toBeLessThanOrEqual(60);
    expect(label(trayModel(state({ sessions: [session({ name: '\n', status: 'vibing' })] }), now), 'session:s1')).toMatch(
      /^Untitled session/,
    );
  });

  it.each<[number | null, string, string]>([
    [null, 'mute', 'Mute notifications'],
    [now - 1, 'mute', 'Mute notifications'],
    [now + 43 * minute, 'unmute', 'Unmute notifications (back in 43 min)'],
    [now + 13 * 60 * minute, 'unmute', 'Unmute notifications (back in 13 h)'],
  ])('muted until %s: %s', (mutedUntil, id, words) => {
    expect(label(trayModel(state({ mutedUntil }), now), id)).toBe(words);
  });

  it('mutes for an hour or until tomorrow, and unmutes', () => {
    const asks = (model: TrayModel): unknown[] =>
      flat(model.menu).flatMap((item) => (item.type === 'action' && item.action.type === 'mute' ? item.action.until : []));
    expect(asks(trayModel(state({}), now))).toEqual(['hour', 'tomorrow']);
    expect(asks(trayModel(state({ mutedUntil: now + minute }), now))).toEqual([null]);
  });

  const anySession = fc.record({
    id: fc.stringMatching(/^[a-z0-9]{1,6}$/),
    name: fc.string({ unit: 'binary' }),
    status: fc.constantFrom(...sessionStatus.options),
    since: fc.integer({ min: now - 48 * 60 * minute, max: now + minute }),
    error: fc.option(fc.string(), { nil: null }),
    instanceId: fc.constantFrom('local', 'server'),
  });

  it('shows each session at most once, at most ten of them, every id once, and every label short and plain', () => {
    fc.assert(
      fc.property(fc.array(anySession, { maxLength: 30 }), (many) => {
        const sessions = many.map((over) => session(over));
        const given = state({
          sessions,
          instances: [instance(), instance({ id: 'server', health: 'offline' })],
          credentials: [credential()],
        });
        const model = trayModel(given, now);
        const rows = rowIds(model);
        expect(rows.length).toBeLessThanOrEqual(trayRows);
        const ids = flat(model.menu).map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        const shown = Object.values(given.sessions).filter(({ status }) => status !== 'idle' && status !== 'scheduled');
        if (rows.length < trayRows) expect(find(model, 'more')).toBeUndefined();
        expect(rows.every((id) => shown.some((each) => `session:${each.id}` === id))).toBe(true);
        for (const item of flat(model.menu)) {
          if (item.type === 'separator') continue;
          expect([...item.label].length).toBeLessThanOrEqual(60);
          expect(item.label).not.toMatch(/\p{Cc}/u);
        }
      }),
    );
  });

  it('has more to offer when there are more than ten', () => {
    const sessions = Array.from({ length: 11 }, (_, n) => session({ id: `s${n}`, status: 'vibing' }));
    const model = trayModel(state({ sessions }), now);
    expect(rowIds(model)).toHaveLength(10);
    expect(find(model, 'more')).toMatchObject({ label: 'More…', action: { type: 'page', page: 'sessions' } });
  });
});
