import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import { Secret } from '../base/secret.ts';
import { DataFolder } from './data-folder.ts';
import type { JeanError } from './error.ts';
import { LowerRoad } from './lower-road.ts';
import { readRunLog } from './run-log.ts';
import type { JeanSnapshot } from './snapshot.ts';
import { defaultTiming } from './timing.ts';
import { Unsettled } from './unsettled.ts';

let test: TestJean;
let worktreeId: string;
let road: LowerRoad | undefined;
let snapshots: { readonly snapshot: JeanSnapshot; readonly road: string }[];
let troubles: JeanError[];

beforeEach(async () => {
  test = await testJean();
  worktreeId = (await test.jean.createWorktree(test.projectId, { name: 'checkout' })).id;
  snapshots = [];
  troubles = [];
});
afterEach(async () => {
  road?.stop();
  await road?.stopped;
  await test.close();
});

/** With waits so long that only what Jean writes makes it look again. */
function take(over: { readonly mcp?: boolean } = {}): void {
  const timing = { ...defaultTiming, mcpBusyMs: 60_000, mcpIdleMs: 60_000, filesMs: 60_000, lowerRestMs: 5 };
  road = new LowerRoad(
    {
      local: { folder: test.jean.dataDir, token: Secret.of(test.jean.token), mcp: over.mcp ?? true },
      now: Date.now,
      log: () => undefined,
      timing,
      unsettled: new Unsettled(timing),
      isAlive: () => true,
      onSnapshot: (snapshot, by) => void snapshots.push({ snapshot, road: by }),
      onEvent: () => undefined,
      onTrouble: (error) => void troubles.push(error),
    },
    new Set(),
  );
}

const last = () => snapshots.at(-1);
const settled = () => expect.poll(() => last()?.snapshot.sessions.length, { timeout: 4_000 });

/** Every file below a folder with its size and time, but for the socket. */
function filesOf(folder: string): unknown {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => [path, statSync(path).mtimeMs, statSync(path).ino, readFileSync(path, 'utf8')]);
}

describe('the files of Jean', () => {
  it('are read and never written', async () => {
    await test.jean.askQuestion(test.jean.createSession(worktreeId).id, [{ question: 'Which?', options: [] }]);
    await test.jean.stop();
    const before = filesOf(test.jean.dataDir);
    take();
    await settled().toBe(2);
    road?.nudge();
    await expect.poll(() => snapshots.length).toBeGreaterThan(1);
    expect(last()?.road).toBe('files');
    expect(filesOf(test.jean.dataDir)).toEqual(before);
  });

  it('tell of a change as soon as Jean has replaced one, in folders that did not exist too', async () => {
    take({ mcp: false });
    await settled().toBe(1);
    const { id } = test.jean.createSession(worktreeId, { name: 'second' });
    await settled().toBe(2);
    test.jean.changeSession(id, { name: 'renamed' });
    await expect.poll(() => last()?.snapshot.sessions.some(({ name }) => name === 'renamed'), { timeout: 4_000 }).toBe(true);
  });

  it('that are torn are read again, and until then nothing is taken for gone', async () => {
    const path = join(test.jean.dataDir, 'projects.json');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, whole.slice(0, 40));
    setTimeout(() => writeFileSync(path, whole), 60);
    take({ mcp: false });
    await settled().toBe(1);
    writeFileSync(path, whole.slice(0, 40));
    await expect.poll(() => troubles.at(-1)?.kind, { timeout: 4_000 }).toBe('malformed');
    expect(snapshots.every(({ snapshot }) => snapshot.worktrees.length === 1)).toBe(true);
    writeFileSync(path, whole);
    const seen = snapshots.length;
    await expect.poll(() => snapshots.length, { timeout: 4_000 }).toBeGreaterThan(seen);
  });

  it('that can’t be read for one session hide no other, and the snapshot says so', async () => {
    const { id } = test.jean.createSession(worktreeId, { name: 'broken' });
    writeFileSync(join(test.jean.dataDir, 'sessions', 'data', id, 'metadata.json'), '{');
    take({ mcp: false });
    await settled().toBe(1);
    expect(last()?.snapshot).toMatchObject({ complete: true, unreadable: { rows: 1, first: expect.stringContaining(id) } });
  });

  it('lead nowhere else by an id that is a path', async () => {
    const files = new DataFolder(test.jean.dataDir);
    expect(await files.session('../../../etc')).toBeNull();
    expect(await files.sessionIds('../projects')).toEqual([]);
  });

  it('give way to the MCP socket once that is there', async () => {
    await test.jean.mcp(false);
    take();
    await expect.poll(() => last()?.road).toBe('files');
    await test.jean.mcp(true);
    await expect.poll(() => last()?.road, { timeout: 4_000 }).toBe('mcp');
  });
});

describe('the end of a run’s log', () => {
  const write = (...lines: readonly (object | string)[]): string => {
    const path = join(test.dir, 'run.jsonl');
    rmSync(path, { force: true });
    writeFileSync(path, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
    return path;
  };
  const meta = { _run_meta: true, run_id: 'r' };
  const calls = (name: string) => ({ type: 'assistant', message: { content: [{ type: 'tool_use', name, input: { a: 1 } }] } });
  const says = { type: 'assistant', message: { content: [{ type: 'text', text: 'Well.' }] } };

  it.each([
    ['a last word', [meta, says, { type: 'result' }], { ended: true, denials: [], asks: null }],
    [
      'what was denied',
      [meta, { type: 'result', permission_denials: [{ tool_use_id: 't' }] }],
      { ended: true, denials: [{ tool_use_id: 't' }] },
    ],
    ['a question', [meta, says, calls('AskUserQuestion')], { ended: false, asks: { tool: 'AskUserQuestion', input: { a: 1 } } }],
    ['a plan', [calls('ExitPlanMode'), 'killed by signal 9'], { ended: false, asks: { tool: 'ExitPlanMode', input: { a: 1 } } }],
    [
      'a question that was answered',
      [calls('AskUserQuestion'), { type: 'user', message: { content: [] } }],
      { ended: false, asks: null },
    ],
    ['nothing of this', [meta, says, '{"type":"resu'], { ended: false, asks: null }],
    ['no line at all', [], { ended: false, asks: null }],
  ])('tells %s', async (_what, lines, expected) => {
    expect(await readRunLog(write(...lines))).toMatchObject(expected);
  });

  it('is null where there is none', async () => {
    expect(await readRunLog(join(test.dir, 'nothing.jsonl'))).toBeNull();
  });

  it('is found where its last line is longer than what is usually read', async () => {
    const denial = { tool_name: 'Write', tool_use_id: 't', tool_input: { file_path: 'a', content: 'x'.repeat(400_000) } };
    expect(await readRunLog(write({ type: 'assistant' }, { type: 'result', permission_denials: [denial] }))).toMatchObject({
      ended: true,
      denials: [{ tool_use_id: 't' }],
    });
  });

  it('is found in a log that is long', async () => {
    const long = { type: 'assistant', message: { content: [{ type: 'text', text: 'x'.repeat(1_000) }] } };
    expect(await readRunLog(write(...Array.from({ length: 2_000 }, () => long), { type: 'result' }))).toMatchObject({
      ended: true,
    });
  });
});
