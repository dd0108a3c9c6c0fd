import { once } from 'node:events';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { longestFrame } from './client.ts';
import { commandNames, ruleOf } from './commands.ts';
import { type TestSide, testSide } from './socket-fixture.ts';

let test: TestSide;
beforeEach(async () => {
  test = await testSide();
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
});

interface Heard {
  readonly frames: Record<string, unknown>[];
  readonly closed: Promise<number>;
}

async function open(who: string): Promise<{ socket: WebSocket } & Heard> {
  const socket = test.raw(who);
  const frames: Record<string, unknown>[] = [];
  socket.on('message', (data) => frames.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  await once(socket, 'open');
  return { socket, frames, closed };
}

const invoke = (id: string, command: string, args: unknown = {}): string => JSON.stringify({ type: 'invoke', id, command, args });

/** What a viewer may ask of the sandbox's Jean without arguments. */
const readable = [
  'list_projects',
  'list_archived_worktrees',
  'list_all_sessions',
  'has_running_sessions',
  'load_preferences',
  'load_ui_state',
  'list_pending_wakeups',
  'get_active_terminals',
  'get_http_server_status',
  'get_server_platform',
  'get_app_data_dir',
];

describe('Frames that are made to get past the policy', () => {
  it.each([
    ['no JSON', '{'],
    ['a list of frames', `[${invoke('1', 'start_terminal')}]`],
    ['two frames in one', `${invoke('1', 'list_projects')}\n${invoke('2', 'start_terminal')}`],
    ['a type that Jean would take for an old frame', '{"type":"Invoke","id":"1","command":"start_terminal","args":{}}'],
    ['a type of another kind', '{"type":null,"id":"1","command":"start_terminal","args":{}}'],
    ['a frame of an old client', '{"id":"1","command":"start_terminal","args":{}}'],
    ['an id that is none', '{"type":"invoke","id":1,"command":"list_projects"}'],
    ['a command that is none', '{"type":"invoke","id":"1","command":["list_projects"]}'],
    ['a name in other letters', invoke('1', 'List_Projects')],
    ['a name in camel case', invoke('1', 'startTerminal')],
    ['a name with something behind it', invoke('1', 'list_projects\u0000')],
    ['a replay of a terminal', '{"type":"terminal_replay","terminal_id":"t1","last_seq":0}'],
    ['deep JSON', invoke('1', 'list_projects', JSON.parse(`${'[['.repeat(60)}${']]'.repeat(60)}`))],
    ['very deep JSON', `{"type":"invoke","id":"1","command":"list_projects","args":${'['.repeat(30_000)}`],
  ])('are refused in Jean’s envelope: %s', async (_what, text) => {
    const { socket, frames } = await open('viewer-ada');
    socket.send(text);
    await expect.poll(() => frames).toHaveLength(1);
    expect(frames[0]).toMatchObject({ type: 'error', id: expect.stringMatching(/^(1|unknown)$/), error: expect.any(String) });
    socket.send(invoke('after', 'has_running_sessions'));
    await expect.poll(() => frames).toHaveLength(2);
    expect(frames[1]).toEqual({ type: 'response', id: 'after', data: false });
    expect(test.asked()).toEqual(['has_running_sessions']);
  });

  it('reach Jean as they were judged: the last of equal keys, and nothing that does not belong there', async () => {
    const { socket, frames } = await open('viewer-ada');
    socket.send('{"type":"invoke","id":"1","command":"start_terminal","command":"list_projects","args":{"extra":1}}');
    socket.send('{"type":"invoke","id":"2","command":"list_projects","command":"start_terminal"}');
    await expect.poll(() => frames).toHaveLength(2);
    expect(frames).toContainEqual({ type: 'response', id: '1', data: [] });
    expect(frames).toContainEqual({ type: 'error', id: '2', error: expect.stringContaining('start_terminal') });
    expect(test.asked()).toEqual(['list_projects']);
    expect(test.jean.calls().at(-1)).toMatchObject({ command: 'list_projects', args: {} });
  });

  it('never bring Jean anything but readable commands from a viewer, nor the viewer anything but their own', async () => {
    const { socket, frames } = await open('viewer-ada');
    const name = fc.oneof(
      fc.constantFrom(...readable, 'start_terminal', 'write_file_content', 'regenerate_http_token', 'send_chat_message'),
      fc.string(),
      fc.jsonValue(),
    );
    const frame = fc.oneof(
      fc
        .record(
          {
            type: fc.oneof(fc.constant('invoke'), fc.jsonValue()),
            id: fc.oneof(fc.string(), fc.jsonValue()),
            command: name,
            args: fc.jsonValue(),
          },
          { requiredKeys: [] },
        )
        .map((one) => JSON.stringify(one)),
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.string(),
    );
    for (const text of fc.sample(frame, 350)) socket.send(text);
    socket.send(invoke('last', 'has_running_sessions'));
    await expect.poll(() => frames.some(({ id }) => id === 'last'), { timeout: 5_000 }).toBe(true);
    expect(socket.readyState).toBe(WebSocket.OPEN);
    expect(test.asked().filter((command) => !readable.includes(command))).toEqual([]);
    for (const { type } of frames) expect(['response', 'error']).toContain(type);
    expect(JSON.stringify(frames)).not.toContain(test.jean.token);
  });
});

describe('A viewer who tries every command', () => {
  it('gets the readable ones alone, and Jean hears of no other', async () => {
    await test[Symbol.asyncDispose]();
    test = await testSide({ limits: { burst: 2_000 } });
    const ada = await test.connect('viewer-ada');
    const others = [
      'start_http_server',
      'Start_Terminal',
      'startTerminal',
      'list_projects ',
      'constructor',
      '__proto__',
      'toString',
    ];
    const outcomes = new Map<string, string>();
    for (const command of [...commandNames, ...others]) {
      const args = {
        projectId: 'p',
        worktreeId: 'w',
        worktreePath: '/w',
        sessionId: 's',
        command: 'id',
        host: '::',
        message: 'm',
      };
      outcomes.set(
        command,
        await ada.invoke(command, args).then(
          () => 'answered',
          (error: Error) => error.message,
        ),
      );
    }
    const heard = new Set(test.asked());
    expect([...heard].filter((command) => ruleOf(command)?.from !== 'viewer')).toEqual([]);
    for (const [command, outcome] of outcomes) {
      if (ruleOf(command)?.from === 'viewer') continue;
      expect(outcome).not.toBe('answered');
      expect(heard).not.toContain(command);
    }
    for (const command of readable) expect(outcomes.get(command)).toBe('answered');
  });
});

describe('Clients that ask for too much', () => {
  it('are ended with 1003 for a binary frame and with 1009 for one that is too long', async () => {
    const binary = await open('viewer-ada');
    binary.socket.send(Buffer.from(invoke('1', 'list_projects')));
    expect(await binary.closed).toBe(1003);
    expect(binary.frames).toMatchObject([{ type: 'error', id: 'unknown' }]);
    const long = await open('viewer-ada');
    long.socket.send(invoke('1', 'list_projects', { text: 'x'.repeat(longestFrame.viewer) }));
    expect(await long.closed).toBe(1009);
    const pieces = await open('viewer-ada');
    for (let n = 0; n < 80; n += 1) pieces.socket.send('x'.repeat(1_000), { fin: false });
    expect(await pieces.closed).toBe(1009);
    await expect.poll(() => test.side.connections()).toEqual([]);
    expect(test.asked()).toEqual([]);
    expect(test.audit.filter(({ kind }) => kind === 'remote.disconnected').map(({ facts }) => facts?.code)).toEqual([
      '1003',
      '1009',
      '1009',
    ]);
  });

  it('are told when they are too fast, and ended with 1008 when they go on; others are served meanwhile', async () => {
    const ben = await test.connect('viewer-ben');
    const { socket, frames, closed } = await open('viewer-ada');
    for (let n = 0; n < 1_000; n += 1) socket.send(invoke(String(n), 'has_running_sessions'));
    expect(await ben.invoke('has_running_sessions')).toBe(false);
    expect(await closed).toBe(1008);
    const refused = frames.filter(({ type, error }) => type === 'error' && String(error).startsWith('Too many requests'));
    expect(refused.length).toBeGreaterThan(50);
    expect(refused[0]?.id).toMatch(/^\d+$/);
    expect(test.asked().length).toBeLessThan(700);
    expect(test.audit.filter(({ kind }) => kind === 'remote.refused')).toHaveLength(1);
  });

  it('are ended when they ping without end', async () => {
    const { socket, closed } = await open('viewer-ada');
    // By us, or by ws, which cuts the line when too many pongs wait.
    for (let n = 0; n < 1_000; n += 1) socket.ping();
    expect([1006, 1008]).toContain(await closed);
    await expect.poll(() => test.side.connections()).toEqual([]);
  });

  it('have a bounded number of requests open, and may ask again when they are answered', async () => {
    await test[Symbol.asyncDispose]();
    test = await testSide({ limits: { openRequests: 3 } });
    const { socket, frames } = await open('viewer-ada');
    test.jean.faults.next({ match: { method: 'INVOKE', path: 'list_projects' }, times: 3, answer: { delayMs: 150 } });
    for (const id of ['1', '2', '3', '4']) socket.send(invoke(id, 'list_projects'));
    await expect
      .poll(() => frames)
      .toEqual([{ type: 'error', id: '4', error: expect.stringContaining('Too many requests are open') }]);
    await expect.poll(() => frames).toHaveLength(4);
    socket.send(invoke('5', 'list_projects'));
    await expect.poll(() => frames.at(-1)).toEqual({ type: 'response', id: '5', data: [] });
  });

  it('and do not read are ended with 1013 before they cost much, while others get every event', async () => {
    await test[Symbol.asyncDispose]();
    test = await testSide({ limits: { backlog: 1024 * 1024 } });
    const slow = await open('viewer-slow');
    slow.socket.pause();
    const ben = await test.connect('viewer-ben');
    const before = process.memoryUsage().arrayBuffers;
    // The kernel keeps some megabytes for a socket, and only then does the backlog grow.
    test.jean.flood(20_000);
    await expect.poll(() => test.side.connections().map(({ person }) => person), { timeout: 15_000 }).toEqual(['ben']);
    const { sent, lost } = test.jean.flood(0);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(24 * 1024 * 1024);
    await expect.poll(() => ben.events.length, { timeout: 15_000 }).toBe(sent);
    expect(lost).toBe(0);
    const numbers = ben.events.map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, n) => (numbers[0] ?? 0) + n));
    const left = test.audit.find(({ kind }) => kind === 'remote.disconnected');
    expect(left?.facts).toMatchObject({ code: '1013' });
    slow.socket.resume();
    expect([1006, 1013]).toContain(await slow.closed);
  });
});

describe('Many clients at once', () => {
  it('each get the answers to what they asked, and nobody else’s, though their ids are the same', async () => {
    const who = Array.from({ length: 24 }, (_, n) => `${n % 3 === 0 ? 'operator' : 'viewer'}-p${n}`);
    const clients = await Promise.all(who.map((one) => test.connect(one)));
    const truth = new Map<string, string>();
    const first = await test.connect('viewer-first');
    for (const command of readable) truth.set(command, JSON.stringify(await first.invoke(command)));
    test.jean.faults.next({ match: { method: 'INVOKE', path: '*' }, times: 60, answer: { delayMs: 20 } });
    const asked = clients.map((client, n) =>
      Array.from({ length: 30 }, async (_, at) => {
        const command = readable[(n * 7 + at * 3) % readable.length] ?? 'list_projects';
        expect(JSON.stringify(await client.invoke(command))).toBe(truth.get(command));
      }),
    );
    // Some leave in the middle of it: their answers are nobody's.
    const leaving = await Promise.all([test.connect('viewer-x'), test.connect('viewer-y')]);
    for (const client of leaving) {
      void client.invoke('list_all_sessions');
      client.close();
    }
    await Promise.all(asked.flat());
    for (const client of clients) expect(client.strays).toEqual([]);
    expect(test.jean.connections()).toBe(1);
  });

  it('notice nothing when a grant ends whose sockets are open and busy', async () => {
    const ada = await Promise.all([1, 2, 3].map(() => open('operator-ada')));
    const ben = await test.connect('viewer-ben');
    const timer = setInterval(() => test.jean.setPreferences({ theme: String(performance.now()) }), 1);
    await ben.saw('cache:invalidate', 20);
    const began = performance.now();
    test.side.closeGrant('operator-ada', 'revoked');
    const heard = ada.map(({ frames }) => frames.length);
    expect(await Promise.all(ada.map(({ closed }) => closed))).toEqual([1008, 1008, 1008]);
    expect(performance.now() - began).toBeLessThan(1_000);
    await ben.saw('cache:invalidate', 60);
    clearInterval(timer);
    // What was under way may still come; nothing is sent after it.
    for (const [n, { frames }] of ada.entries()) expect(frames.length - (heard[n] ?? 0)).toBeLessThan(40);
    const numbers = ben.events.map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, n) => (numbers[0] ?? 0) + n));
  });
});
