import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askOf, oneLine, requestOf } from './request.ts';

const none = {
  permissionDenials: [],
  codexPermissions: [],
  opencodePermissions: [],
  codexCommands: [],
  codexTools: [],
  codexElicitations: [],
  codexQuestions: [],
  opencodeQuestions: [],
  acpPermissions: [],
};

describe('what a session asks, in one line', () => {
  it.each([
    ['a denied command', { permissionDenials: [{ tool_name: 'Bash', tool_input: { command: 'npm ci' } }] }, 'command', 'npm ci'],
    ['a denied edit', { permissionDenials: [{ tool_name: 'Edit', tool_input: { file_path: '/a.ts' } }] }, 'tool', 'Edit /a.ts'],
    ['a denied tool without input', { permissionDenials: [{ tool_name: 'WebSearch' }] }, 'tool', 'WebSearch'],
    [
      'an OpenCode permission',
      { opencodePermissions: [{ permission: 'bash', patterns: ['git push *'] }] },
      'permission',
      'bash git push *',
    ],
    [
      'a Codex permission with its reason',
      { codexPermissions: [{ permissions: {}, reason: 'needs network' }] },
      'permission',
      'needs network',
    ],
    ['a Codex permission without', { codexPermissions: [{ permissions: { network: true } }] }, 'permission', '{"network":true}'],
    ['something unreadable', { permissionDenials: [null] }, 'tool', null],
  ] as const)('shows %s', (_what, over, kind, text) => {
    expect(requestOf('permission', { ...none, ...over }, null)).toEqual({ kind, text });
  });

  it.each([
    ['command_approval', { codexCommands: [{ command: ['git', 'push'] }] }, { kind: 'command', text: 'git push' }],
    ['tool_approval', { codexTools: [{ tool: 'browser', arguments: {} }] }, { kind: 'tool', text: 'browser' }],
    ['mcp_input', { codexElicitations: [{ message: 'Which board?' }] }, { kind: 'input', text: 'Which board?' }],
    ['input_required', { codexQuestions: [{ questions: [{ question: 'Which one?' }] }] }, { kind: 'answer', text: 'Which one?' }],
    ['input_required', { opencodeQuestions: [{ questions: [{ question: 'Why?' }] }] }, { kind: 'answer', text: 'Why?' }],
    ['plan_approval', {}, { kind: 'plan', text: null }],
    ['waiting', {}, { kind: 'input', text: null }],
    ['vibing', {}, null],
  ] as const)('of status %s', (status, over, request) => {
    expect(requestOf(status, { ...none, ...over }, null)).toEqual(request);
  });

  it('takes question and plan from the tool call that announced them', () => {
    const question = askOf('AskUserQuestion', { questions: [{ question: 'Postgres or\nSQLite?' }] });
    expect(requestOf('input_required', none, question)).toEqual({ kind: 'answer', text: 'Postgres or SQLite?' });
    const plan = askOf('ExitPlanMode', { plan: '# Plan\n\n1. Do it' });
    expect(requestOf('plan_approval', none, plan)).toEqual({ kind: 'plan', text: '# Plan 1. Do it' });
    expect(requestOf('input_required', none, plan)).toEqual({ kind: 'answer', text: null });
  });

  it('is short, on one line and free of control characters, whatever the agent wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (text) => {
        const line = oneLine(text);
        expect([...line].length).toBeLessThanOrEqual(300);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('says that it was cut', () => {
    expect(oneLine('x'.repeat(301))).toBe(`${'x'.repeat(299)}…`);
  });
});
