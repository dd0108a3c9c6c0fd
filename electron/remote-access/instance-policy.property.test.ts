import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestJean, testJean } from '../../sandbox/jean/test-jean.ts';
import type { RemoteRole } from '../../shared/remote-access.ts';
import { Secret } from '../base/secret.ts';
import { commandNames } from './commands.ts';
import { addedPower, ids, sesOf, someFrame } from './frame-fixture.ts';
import { InstancePolicy } from './instance-policy.ts';
import { routeVerdict } from './routes.ts';

let test: TestJean;
let policy: InstancePolicy;
let send: (text: string) => Promise<string>;

beforeAll(async () => {
  test = await testJean();
  const { jean } = test;
  const worktree = await jean.createWorktree(test.projectId);
  const [session] = jean.sessions(worktree.id);
  if (session === undefined) throw new Error('A new worktree has a session');
  const terminal = jean.createSession(worktree.id, { name: 'Shell' });
  Object.assign(ids, {
    project: test.projectId,
    worktree: worktree.id,
    path: worktree.path,
    session: session.id,
    terminal: terminal.id,
  });
  jean.changeSession(terminal.id, { terminal_command: `env GH_TOKEN=${jean.token} sh` });
  jean.setPreferences({
    linear_api_key: `lin ${jean.token}`,
    custom_cli_profiles: [{ name: 'work', settings_json: JSON.stringify({ env: { KEY: jean.token } }), supports_thinking: true }],
  });
  const said = { steps: [{ do: 'say', text: `The token is ${jean.token}` }] } as const;
  jean.answerWith(() => said);
  await jean.startTurn(session.id, said);
  await jean.turnEnded(session.id);
  jean.changeSession(session.id, { label: `Bearer ${jean.token}` });
  writeFileSync(join(worktree.path, '.env'), `TOKEN=${jean.token}`);
  mkdirSync(join(jean.dataDir, 'avatars'), { recursive: true });
  writeFileSync(join(jean.dataDir, 'avatars', 'shop.png'), 'picture');
  writeFileSync(join(jean.dataDir, 'codex-app-server.log'), jean.token);

  const tokens = [Secret.of(jean.token)];
  policy = new InstancePolicy(() => tokens);
  send = await line(test);
  for (const [command, args] of [
    ['list_projects', {}],
    ['list_all_sessions', {}],
    ['get_session', { worktreeId: ids.worktree, worktreePath: ids.path, sessionId: ids.session }],
    ['get_session', { worktreeId: ids.worktree, worktreePath: ids.path, sessionId: ids.terminal }],
  ] as const) {
    expect(await through('viewer', JSON.stringify({ id: '1', command, args })), command).not.toBeNull();
  }
});

afterAll(() => test.close());

/** A connection to Jean; gives the frame that answers. */
async function line(of: TestJean): Promise<(text: string) => Promise<string>> {
  const { socket } = await of.connect();
  const waiting = new Map<string, (text: string) => void>();
  socket.on('message', (data) => {
    const text = String(data);
    const { id } = JSON.parse(text);
    waiting.get(id)?.(text);
    waiting.delete(id);
  });
  let last = 0;
  return (text) => {
    last += 1;
    const id = `line-${last}`;
    socket.send(JSON.stringify({ ...JSON.parse(text), id }));
    return new Promise((resolve) => waiting.set(id, resolve));
  };
}

/** What a client of this role gets for a frame: the answer as the gateway gives it; null when the frame is not passed on. */
async function through(role: RemoteRole, text: string): Promise<string | null> {
  const judged = policy.judge(role, text);
  if (!judged.allow) return null;
  const clean = judged.frame;
  if (clean.type !== 'invoke') throw new Error('A viewer or operator has invokes alone');
  const answer = JSON.parse(await send(JSON.stringify(clean)));
  return JSON.stringify(
    answer.type === 'error'
      ? { ...answer, error: policy.answer(role, clean.command, answer.error) }
      : { ...answer, data: policy.answer(role, clean.command, answer.data) },
  );
}

/** All that Jean keeps: each file below its folder, what it told, and what it has in memory. */
function stateOf({ jean }: TestJean): string {
  const hash = createHash('sha256');
  const walk = (folder: string): void => {
    for (const name of readdirSync(folder).sort()) {
      const path = join(folder, name);
      const kind = statSync(path);
      hash.update(`${path}\n`);
      if (kind.isDirectory()) walk(path);
      else if (kind.isFile()) hash.update(readFileSync(path));
    }
  };
  walk(jean.dataDir);
  hash.update(JSON.stringify([jean.projects(), jean.worktrees(), jean.preferences(), jean.emitted().length, jean.token]));
  return hash.digest('hex');
}

describe('against the sandbox’s Jean', () => {
  it('gives a viewer every reading command’s answer, and no secret in any', async () => {
    const { jean } = test;
    const args = { ...sesOf(), projectId: ids.project, query: 'token' };
    const before = stateOf(test);
    let answered = 0;
    for (const command of commandNames) {
      const text = await through('viewer', JSON.stringify({ type: 'invoke', id: '1', command, args }));
      expect(text ?? '', command).not.toContain(jean.token);
      if (text !== null && JSON.parse(text).type === 'response') answered += 1;
    }
    expect(answered).toBeGreaterThanOrEqual(17);
    expect(stateOf(test)).toBe(before);
  });

  it('lets no viewer change Jean’s state or read its token, whatever is sent', async () => {
    const { jean } = test;
    const before = stateOf(test);
    const first = jean.calls().length;
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(someFrame, { minLength: 5, maxLength: 15 }), async (frames) => {
        for (const frame of frames) {
          const answer = await through('viewer', frame());
          if (answer === null) continue;
          passed += 1;
          expect(answer).not.toContain(jean.token);
        }
        expect(stateOf(test)).toBe(before);
      }),
      { numRuns: 250 },
    );
    // A property over refusals alone would show nothing.
    expect(passed).toBeGreaterThan(50);
    for (const call of jean.calls().slice(first)) {
      if (call.kind === 'invoke') expect(call.command).toMatch(/^(?:list|get|load|has|bootstrap|search)_/);
    }
  });

  it('gives a viewer no address’s body with the token in it, nor lets one change anything', async () => {
    const { jean } = test;
    const before = stateOf(test);
    const part = fc.constantFrom(
      ...[
        '/',
        '//',
        '/./',
        '/../',
        '%2f',
        '%2e%2e',
        '\\',
        '%5c',
        'api',
        'API',
        'files',
        'project-files',
        'init',
        'auth',
        'version',
        'ws',
        '?',
        '&',
        '#',
        ';',
      ],
      ...[
        'preferences.json',
        'projects.json',
        'ui-state.json',
        'codex-app-server.log',
        'avatars',
        'shop.png',
        'sessions',
        'data',
        'metadata.json',
        '.env',
      ],
      ...['token=x', 'selected_project=', '%00', '%74oken=', 'healthz', 'commit-jobs', '%61', 'index.html'],
    );
    const known = fc
      .constantFrom(
        '/api/init',
        '/api/files/preferences.json',
        '/api/files/',
        '/api/project-files/',
        '/api/auth',
        '/api/version',
        '/',
      )
      .chain((start) => fc.array(part, { maxLength: 3 }).map((rest) => () => `${start}${rest.join('')}`));
    const real = fc
      .constantFrom('/.env', '', '/../../preferences.json')
      .map((rest) => () => `/api/project-files/${encodeURIComponent(`${ids.path}${rest}`)}`);
    const any = fc.array(part, { maxLength: 8 }).map((parts) => () => `/${parts.join('')}`);
    const selected = fc
      .constantFrom('none', 'project', 'worktree', '')
      .map((name) => () => `/api/init?selected_project=${name === 'project' ? ids.project : name}`);
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(known, real, any, selected),
        fc.constantFrom('GET', 'GET', 'POST', 'HEAD', 'PUT'),
        async (target, method) => {
          if (!routeVerdict('viewer', method, target()).allow || target().startsWith('/ws')) return;
          passed += 1;
          const body = await fetched(method, target());
          const path = target().split('?')[0] ?? '';
          const given =
            path.startsWith('/api/') && /^[[{]/.test(body) ? JSON.stringify(policy.body('viewer', path, JSON.parse(body))) : body;
          expect(given, `${method} ${target()}`).not.toContain(jean.token);
          if (!path.startsWith('/api/')) expect(body).not.toContain('http_server');
          expect(stateOf(test)).toBe(before);
        },
      ),
      { numRuns: 1_500 },
    );
    expect(passed).toBeGreaterThan(100);
  });

  it('lets no operator send what only an owner may, nor read the token', async () => {
    const { jean } = test;
    const preferences = JSON.stringify(jean.preferences());
    const first = jean.calls().length;
    const own = new Set(commandNames.filter((command) => !policy.judge('operator', JSON.stringify({ id: '1', command })).allow));
    let passed = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(someFrame, addedPower), { minLength: 5, maxLength: 15 }), async (frames) => {
        for (const frame of frames) {
          const answer = await Promise.race([through('operator', frame()), pause(100)]);
          if (answer === null) continue;
          passed += 1;
          expect(answer).not.toContain(jean.token);
        }
      }),
      { numRuns: 60 },
    );
    expect(passed).toBeGreaterThan(20);
    for (const call of jean.calls().slice(first)) {
      if (call.kind !== 'invoke') continue;
      expect(own.has(call.command), call.command).toBe(false);
      expect(JSON.stringify(call.args)).not.toMatch(
        /mode":"yolo|mcp_?Config":|terminalCommand":|Tools":\["Bash"|customProfileName":|worktreePath":"\/etc"/i,
      );
    }
    expect(JSON.stringify(jean.preferences())).toBe(preferences);
  });
});

function pause(ms: number): Promise<string> {
  return new Promise((resolve) => setTimeout(() => resolve(''), ms));
}

/** The body of an answer of Jean's, asked with its own token as the gateway does. */
function fetched(method: string, path: string): Promise<string> {
  const { hostname, port } = new URL(test.jean.url);
  return new Promise((resolve, reject) => {
    const asked = request(
      { hostname, port, path, method, headers: { authorization: `Bearer ${test.jean.token}` } },
      (response) => {
        response.setEncoding('utf8');
        let body = '';
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve(body));
      },
    );
    asked.on('error', reject);
    asked.end();
  });
}
