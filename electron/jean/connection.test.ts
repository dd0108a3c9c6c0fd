import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import { Secret } from '../base/secret.ts';
import { type InstanceWatch, type JeanChange, type WatchOptions, watchInstance } from './connection.ts';
import { type JeanFound, watchJean } from './discover.ts';
import type { JeanEvent } from './events.ts';
import type { JeanSnapshot } from './snapshot.ts';
import type { Timing } from './timing.ts';

const quick: Partial<Timing> = {
  debounceMs: 20,
  settleMs: 60,
  settleAgainMs: 150,
  disorderMs: 40,
  retryFirstMs: 40,
  retryMaxMs: 200,
  refusedMs: 60_000,
  steadyMs: 0,
};

let test: TestJean;
let control: AbortController;
let watch: InstanceWatch;
let changes: JeanChange[];
let log: string[];

beforeEach(async () => {
  test = await testJean();
  control = new AbortController();
  changes = [];
  log = [];
});
afterEach(async () => {
  control.abort();
  await watch.stopped;
  await test.close();
});

function start(find?: AsyncIterable<JeanFound>, over: Partial<WatchOptions> = {}): void {
  watch = watchInstance(
    {
      find: find ?? watchJean([test.jean.dataDir], control.signal),
      now: Date.now,
      random: () => 0.5,
      log: (message) => log.push(message),
      timing: quick,
      ...over,
    },
    control.signal,
  );
  void (async () => {
    for await (const change of watch) {
      changes.push(change);
      for (const look of looking) look();
    }
  })();
}

/** Who waits looks at each change: the next one may follow before a timer does. */
const looking = new Set<() => void>();

/** Waits until it holds, be it for a moment. */
async function until(holds: () => boolean, ms = 3_000): Promise<void> {
  const end = Date.now() + ms;
  let held = false;
  const look = (): void => {
    held ||= holds();
  };
  looking.add(look);
  for (look(); !held; look()) {
    if (Date.now() > end)
      throw new Error(`It did not come to pass.\n${inspect(changes.slice(-8), { depth: 3 })}\n${log.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  looking.delete(look);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const healths = (): string[] => changes.flatMap((it) => (it.type === 'health' ? [it.health] : []));
const health = (): string | undefined => healths().at(-1);
const message = (): string => changes.flatMap((it) => (it.type === 'health' ? [it.message] : [])).at(-1) ?? '';
const snapshots = (): JeanSnapshot[] => changes.flatMap((it) => (it.type === 'snapshot' ? [it.snapshot] : []));
const events = (): JeanEvent['type'][] => changes.flatMap((it) => (it.type === 'event' ? [it.event.type] : []));
const commands = (): string[] => test.jean.calls().flatMap((it) => (it.kind === 'invoke' ? [it.command] : []));
const readings = (): number => commands().filter((command) => command === 'list_all_sessions').length;
const online = (): Promise<void> => until(() => health() === 'online');
const settled = async (): Promise<void> => {
  for (let before = -1; before !== readings(); ) {
    before = readings();
    await pause(250);
  }
};

async function newSession(): Promise<{ worktreeId: string; sessionId: string }> {
  const worktree = await test.jean.createWorktree(test.projectId, { name: 'checkout' });
  const [session] = test.jean.sessions(worktree.id);
  if (session === undefined) throw new Error('A new worktree has a session');
  return { worktreeId: worktree.id, sessionId: session.id };
}

describe('watching a Jean that runs', () => {
  it('finds it by its preferences, reads it, and says so', async () => {
    const { worktreeId, sessionId } = await newSession();
    start();
    await online();
    expect(healths()).toEqual(['searching', 'connecting', 'online']);
    expect(message()).toBe(`Connected to Jean 0.1.72 at ${test.jean.url}.`);
    expect(snapshots()).toHaveLength(1);
    expect(snapshots()[0]).toMatchObject({
      projects: [{ id: test.projectId, name: 'shop' }],
      worktrees: [{ id: worktreeId, projectId: test.projectId, name: 'checkout' }],
      sessions: [{ id: sessionId, worktreeId, runStatus: null }],
      running: new Set(),
      complete: true,
      unbroken: false,
    });
    // The board gets rows before it is told that it is whole.
    expect(changes.findIndex((it) => it.type === 'snapshot')).toBeLessThan(
      changes.findIndex((it) => it.type === 'health' && it.health === 'online'),
    );
  });

  it('asks nothing that leaves a trace, and writes nothing', async () => {
    await newSession();
    const before = readdirSync(join(test.jean.dataDir, 'sessions', 'index'));
    start();
    await online();
    expect(new Set(commands())).toEqual(new Set(['list_all_sessions', 'list_worktrees']));
    const asked = test.jean.calls().flatMap((it) => (it.kind === 'http' ? [`${it.method} ${it.path}`] : []));
    expect(new Set(asked)).toEqual(new Set(['GET /ws', 'GET /api/init']));
    expect(readdirSync(join(test.jean.dataDir, 'sessions', 'index'))).toEqual(before);
  });

  it('follows a turn to where its state stands, not only its events', async () => {
    const { sessionId } = await newSession();
    start();
    await online();
    await test.jean.startTurn(sessionId, { mode: 'plan' });
    await until(() => snapshots().at(-1)?.running.has(sessionId) === true);
    expect(snapshots().at(-1)?.sessions[0]).toMatchObject({ runStatus: 'running', runMode: 'plan' });
    await test.jean.askPlan(sessionId, 'Do it');
    await until(() => snapshots().at(-1)?.sessions[0]?.waitingType === 'plan');
    expect(events()).toContain('chat:done');
    expect(events()).toContain('chat:tool_use');
  });

  it('reads again after an end that Jean tells nobody to have written', async () => {
    const { sessionId } = await newSession();
    start();
    await online();
    await test.jean.startTurn(sessionId);
    await until(() => snapshots().at(-1)?.running.has(sessionId) === true);
    await test.jean.failTurn(sessionId, 'no such thread');
    await until(() => snapshots().at(-1)?.sessions[0]?.runStatus === 'crashed');
  });

  it('reads few times in a storm of invalidations', async () => {
    const { sessionId } = await newSession();
    start();
    await online();
    const before = readings();
    for (let at = 0; at < 200; at += 1) test.jean.changeSession(sessionId, { name: `Name ${at}` });
    await until(() => snapshots().at(-1)?.sessions[0]?.name === 'Name 199');
    expect(readings() - before).toBeLessThanOrEqual(4);
  });

  it('does not read for what changes nothing', async () => {
    const { sessionId } = await newSession();
    start();
    await online();
    await settled();
    await test.jean.startTurn(sessionId);
    await settled();
    const before = readings();
    for (let at = 0; at < 50; at += 1) test.jean.addStep(sessionId, { do: 'say', text: 'word ' });
    test.jean.setPreferences({ theme: 'dark' });
    await pause(300);
    expect(readings()).toBe(before);
  });

  it('shows what can be read of a list of which a part is garbage, and says that some could not', async () => {
    const { worktreeId, sessionId } = await newSession();
    const good = {
      project_id: test.projectId,
      worktree_id: worktreeId,
      sessions: [{ id: sessionId, name: 'works' }, { id: 7 }, 'x'],
    };
    const entries = [null, { project_id: 7 }, good, { ...good, sessions: {} }];
    test.jean.faults.next({ match: { method: 'INVOKE', path: 'list_all_sessions' }, answer: { status: 200, body: { entries } } });
    start();
    await online();
    expect(snapshots()[0]).toMatchObject({
      sessions: [{ id: sessionId, name: 'works' }],
      complete: false,
      unreadable: { rows: 5 },
    });
    const limits = changes.flatMap((it) => (it.type === 'health' ? [it.limits] : [])).at(-1);
    expect(limits).toContain('5 rows of Jean could not be read');
  });

  it('carries commands, and their refusals', async () => {
    start();
    await online();
    expect(await watch.invoke('list_archived_worktrees', {})).toEqual([]);
    await expect(watch.invoke('no_such_command', {})).rejects.toMatchObject({ kind: 'unknown-command' });
  });
});

describe('when something is lost', () => {
  it('reads anew after events that never came, and says that they may be missing', async () => {
    const { sessionId } = await newSession();
    start();
    await online();
    // Numbers count from the first that came: what is lost before it is found by the slow poll alone.
    test.jean.setPreferences({ theme: 'light' });
    await settled();
    test.jean.loseEvents(1);
    test.jean.changeSession(sessionId, { name: 'Unheard' });
    test.jean.setPreferences({ theme: 'dark' });
    await until(() => snapshots().at(-1)?.sessions[0]?.name === 'Unheard');
    expect(snapshots().at(-1)?.unbroken).toBe(false);
    test.jean.changeSession(sessionId, { name: 'Heard' });
    await until(() => snapshots().at(-1)?.sessions[0]?.name === 'Heard');
    expect(snapshots().at(-1)?.unbroken).toBe(true);
  });

  it('does not trust a stream of events that has fallen silent', async () => {
    const { sessionId } = await newSession();
    start(undefined, { timing: { ...quick, pollMs: 300 } });
    await online();
    test.jean.muteEvents(true);
    test.jean.changeSession(sessionId, { name: 'Unheard' });
    await until(() => snapshots().at(-1)?.sessions[0]?.name === 'Unheard');
  });

  it('comes back by itself when the connection is cut, and when Jean is restarted elsewhere with another token', async () => {
    start();
    await online();
    test.jean.dropConnections();
    await until(() => health() === 'offline');
    expect(message()).toBe('The connection to Jean was lost. It is tried again by itself.');
    await online();
    await test.jean.restart({ newToken: 'another-token', port: 0 });
    await until(() => healths().filter((it) => it === 'online').length === 3);
    expect(message()).toContain(test.jean.url);
    expect(snapshots().at(-1)?.unbroken).toBe(false);
  });

  it('keeps no half of a reading: one failing part is no worktree gone', async () => {
    await newSession();
    start();
    await online();
    test.jean.faults.next({ match: { method: 'INVOKE', path: 'list_worktrees' }, answer: { status: 500, body: 'disk on fire' } });
    await test.jean.createWorktree(test.projectId, { name: 'second' });
    await until(() => snapshots().at(-1)?.worktrees.length === 2);
    expect(snapshots().every((it) => it.worktrees.length > 0)).toBe(true);
    expect(log.join('\n')).toContain('disk on fire');
    const said = changes.flatMap((it) => (it.type === 'health' ? [`${it.health}: ${it.message}`] : []));
    expect(said).toContain('online: Jean answers, but not as expected. Jean refused list_worktrees: disk on fire');
    expect(said.at(-1)).toBe(`online: Connected to Jean 0.1.72 at ${test.jean.url}.`);
  });

  it('says what to do while Jean is not there, and connects at once when it is nudged', async () => {
    await test.jean.stop();
    start(undefined, { timing: { ...quick, retryFirstMs: 60_000, retryMaxMs: 60_000 } });
    await until(() => health() === 'offline');
    expect(message()).toBe('Jean is not running, or its web access is off. Turn on Settings → Web Access in Jean.');
    await expect(watch.invoke('list_projects', {})).rejects.toMatchObject({ kind: 'closed' });
    const { port } = JSON.parse(preferencesText());
    await pause(100);
    changes.length = 0;
    await test.jean.start(port);
    watch.nudge();
    await online();
  });

  it('connects at once when the preferences are written', async () => {
    await test.jean.stop();
    start(undefined, { timing: { ...quick, retryFirstMs: 60_000, retryMaxMs: 60_000 } });
    await until(() => health() === 'offline');
    await test.jean.start(0);
    await online();
  });
});

const preferencesText = (): string => readFileSync(join(test.jean.dataDir, 'preferences.json'), 'utf8');

describe('when Jean refuses the token', () => {
  it('says what to do and does not knock again and again, but at once when the preferences change', async () => {
    const right = preferencesText();
    writeFileSync(join(test.jean.dataDir, 'preferences.json'), right.replace(test.jean.token, 'changed-token'));
    start();
    await until(() => health() === 'refused' && message().includes('Restart Jean'));
    await pause(500);
    const knocks = test.jean.calls().filter((it) => it.kind === 'http' && it.path === '/ws').length;
    // With the token in the header, and in the query for a Jean that takes it there alone.
    expect(knocks).toBe(2);
    writeFileSync(join(test.jean.dataDir, 'preferences.json'), right);
    await online();
  });

  it('is refused too when only the reading is', async () => {
    for (let way = 0; way < 2; way += 1)
      test.jean.faults.next({ match: { path: '/api/init' }, answer: { status: 401, body: 'Invalid token' } });
    start();
    await until(() => health() === 'refused');
    watch.nudge();
    await online();
  });
});

describe('what is told of Jean', () => {
  it('holds its token nowhere', async () => {
    const endpoint = { url: test.jean.url, token: Secret.of(test.jean.token), folder: null };
    start(
      (async function* () {
        yield { kind: 'found', endpoint } as const;
      })(),
    );
    await online();
    test.jean.dropConnections();
    await until(() => health() === 'offline');
    await online();
    const all = inspect([changes, log, watch], { depth: 20, showHidden: true, maxArrayLength: null });
    expect(all).not.toContain(test.jean.token);
  });

  it('names what is missing when there is no Jean', async () => {
    start(watchJean([join(test.dir, 'nowhere')], control.signal));
    await until(() => changes.length >= 2);
    expect(message()).toBe('Jean was not found on this computer. Install and start it, or choose its data folder.');
    expect(health()).toBe('absent');
  });

  it('comes from an old Jean too, which takes its token in the query alone and numbers no events', async () => {
    await test.close();
    test = await testJean({ old: true, appVersion: '0.1.31' });
    const { sessionId } = await newSession();
    start();
    await online();
    expect(message()).toContain('0.1.31');
    await test.jean.startTurn(sessionId);
    await until(() => events().includes('chat:sending'));
    const all = inspect([changes, log, watch], { depth: 20, showHidden: true, maxArrayLength: null });
    expect(all).not.toContain(test.jean.token);
  });

  it('is that it is too old when it does not know what is asked', async () => {
    await test.close();
    test = await testJean({ without: ['list_all_sessions'] });
    start();
    await until(() => message().includes('too old'));
    expect(health()).toBe('connecting');
  });
});
