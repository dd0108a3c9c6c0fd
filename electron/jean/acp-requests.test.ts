import { beforeEach, describe, expect, it } from 'vitest';
import { AcpRequests, mayAskByAcp } from './acp-requests.ts';
import { JeanError } from './error.ts';
import type { JeanEvent } from './events.ts';
import { sessionRow } from './protocol.ts';

let asked: string[];
let told: JeanEvent[];
let logged: string[];
let answer: (sessionId: unknown) => Promise<unknown>;
let acp: AcpRequests;
const never = new AbortController().signal;

beforeEach(() => {
  asked = [];
  told = [];
  logged = [];
  answer = async () => [];
  acp = new AcpRequests({
    invoke: (command, { sessionId }) => {
      asked.push(`${command} ${String(sessionId)}`);
      return answer(sessionId);
    },
    onEvent: (event) => told.push(event),
    now: () => 0,
    log: (message) => logged.push(message),
    signal: never,
  });
});

describe('what an ACP agent asks', () => {
  it('is read for running sessions of agents that may speak it, and for no others', () => {
    const session = (id: string, backend: string) => ({
      ...sessionRow.parse({ id, name: id, backend }),
      projectId: 'p',
      worktreeId: 'w',
    });
    const sessions = ['claude', 'codex', 'grok', 'devin', 'kimi'].map((backend) => session(backend, backend));
    const running = new Set(['claude', 'codex', 'grok', 'devin']);
    const rest = {
      startedAt: 0,
      projects: [],
      worktrees: [],
      archivedWorktrees: new Set<string>(),
      complete: true,
      unreadable: null,
    };
    expect(mayAskByAcp({ ...rest, sessions, running, unbroken: true })).toEqual(['grok', 'devin']);
  });

  it('is not asked for again of a Jean that does not know of it', async () => {
    answer = () => Promise.reject(new JeanError('unknown-command', 'Unknown command'));
    await acp.read(['a']);
    await acp.read(['a', 'b']);
    expect([asked, told, logged]).toEqual([['get_acp_permission_requests a'], [], []]);
  });

  it('is read once more when it changed while it was being read', async () => {
    const answers: ((value: unknown) => void)[] = [];
    answer = () => new Promise((resolve) => answers.push(resolve));
    const first = acp.read(['a']);
    await acp.read(['a']);
    await acp.read(['a']);
    answers[0]?.([{ request_id: '1' }]);
    await new Promise((resolve) => setImmediate(resolve));
    answers[1]?.([]);
    await first;
    expect(told.map((event) => 'requests' in event && event.requests)).toEqual([[{ request_id: '1' }], []]);
  });

  it('that is garbage is told of once and changes nothing', async () => {
    answer = async () => ({ what: 'else' });
    await acp.read(['a']);
    await acp.read(['a']);
    expect([told, logged.length]).toEqual([[], 1]);
  });
});
