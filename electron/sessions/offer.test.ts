import { describe, expect, it } from 'vitest';
import type { InstanceView, SessionStatus } from '../../shared/model.ts';
import type { Asking } from './asking.ts';
import { fingerprintOf, offerOf } from './offer.ts';
import { sessionShown } from './test-rows.ts';

const plan: Asking = { kind: 'plan', messageId: 'a1', plan: '# Plan' };
const command = (text: string): Asking => ({
  kind: 'codex-command',
  key: '7',
  rpcId: 7,
  command: text,
  folder: null,
  reason: null,
  decisions: null,
});
const offer = (
  over: {
    asking?: Asking;
    status?: SessionStatus;
    road?: InstanceView['road'];
    health?: InstanceView['health'];
    base?: boolean;
    terminal?: boolean;
  } = {},
) =>
  offerOf({
    view: sessionShown('s', { status: over.status ?? 'plan_approval' }),
    worktree: { base: over.base ?? false },
    instance: { health: over.health ?? 'online', road: over.road === undefined ? 'socket' : over.road, message: 'Jean is away.' },
    asking: over.asking ?? plan,
    terminal: over.terminal ?? false,
    unread: null,
  });

describe('what is offered', () => {
  it('over the WebSocket is all that the backend can do', () => {
    expect(offer()).toMatchObject({
      request: { kind: 'plan', markdown: '# Plan' },
      answers: ['build', 'yolo'],
      actions: ['open', 'message', 'archive-session', 'archive-worktree'],
    });
    expect(offer({ asking: { kind: 'nothing' }, status: 'vibing' }).actions).toContain('cancel');
    expect(offer({ asking: command('npm ci'), status: 'command_approval' }).actions).toContain('cancel');
  });

  it('over the MCP socket is what that carries, with a sentence on the rest', () => {
    const { answers, actions, notes } = offer({ road: 'mcp' });
    expect({ answers, actions }).toEqual({ answers: [], actions: ['message', 'archive-session', 'archive-worktree'] });
    expect(notes[0]).toMatch(/MCP socket takes no answers.*Web Access/);
  });

  it.each([
    ['of a Jean that is read by its files', { road: 'files' }, /never writes.*Web Access/],
    ['of a Jean that is away', { health: 'offline' }, /until Jean is back. Jean is away\./],
  ] as const)('%s is nothing, with a sentence', (_what, over, words) => {
    const { answers, actions, notes } = offer(over);
    expect({ answers, actions }).toEqual({ answers: [], actions: [] });
    expect(notes.join(' ')).toMatch(words);
  });

  it('of a program in a terminal is no answer and no message', () => {
    expect(offer({ terminal: true })).toMatchObject({ answers: [], actions: ['open', 'archive-session', 'archive-worktree'] });
  });

  it('shows what goes with a command, where it is more than that', () => {
    const asking = { ...command('Write file'), kind: 'codex-command', input: { path: '/etc/hosts', content: 'x' } } as Asking;
    const { request } = offer({ asking, status: 'command_approval' });
    expect(request).toMatchObject({
      parts: [{ text: 'Write file' }, { label: 'Input', text: expect.stringContaining('/etc/hosts') }],
    });
  });

  it('never archives the project’s own folder', () => {
    expect(offer({ base: true }).actions).not.toContain('archive-worktree');
  });

  it('is no approval of what can’t be shown whole', () => {
    const long = offer({ asking: command('x'.repeat(70_000)), status: 'command_approval' });
    expect(long).toMatchObject({ request: null, answers: [] });
    expect(long.notes.join(' ')).toContain('too long');
  });
});

describe('a request as it is shown', () => {
  it('has what would not be seen written out', () => {
    const { request, altered, answers } = offer({ asking: command('echo ok\u202e'), status: 'command_approval' });
    expect(altered).toBe(true);
    expect(request).toEqual({ kind: 'parts', parts: [{ label: 'Command', text: 'echo ok\\u202e', code: true }] });
    expect(answers).toContain('allow-once');
  });

  it('has what looks like a secret hidden, and is not approved then: anything can be made to look like one', () => {
    const { request, answers, notes } = offer({
      asking: command('curl https://a.b/?token=;reboot'),
      status: 'command_approval',
    });
    expect(request).toMatchObject({ parts: [{ text: 'curl https://a.b/?token=[redacted]' }] });
    expect(answers).toEqual(['deny']);
    expect(notes.join(' ')).toContain('Approve it in Jean.');
  });

  it('keeps its lines, and says nothing was altered', () => {
    expect(offer({ asking: command('one\n\ttwo'), status: 'command_approval' })).toMatchObject({
      altered: false,
      request: { parts: [{ text: 'one\n\ttwo' }] },
    });
  });

  it('has another name as soon as anything in it is another, also what is hidden', () => {
    const names = [
      command('a ghp_aaaaaaaaaaaa'),
      command('a ghp_bbbbbbbbbbbb'),
      { ...command('a'), rpcId: 8 } as Asking,
      plan,
    ].map(fingerprintOf);
    expect(new Set(names).size).toBe(4);
    expect(fingerprintOf(command('a'))).toBe(fingerprintOf(command('a')));
    expect(fingerprintOf({ kind: 'unknown' })).toBeNull();
  });
});
