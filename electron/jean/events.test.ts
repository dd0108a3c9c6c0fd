import { describe, expect, it } from 'vitest';
import { readEvent } from './events.ts';

const of = { session_id: 's', worktree_id: 'w' };
const worktree = { id: 'w', project_id: 'p', name: 'n', path: '/w', branch: 'b', created_at: 5, session_type: 'worktree' };

describe('an event of Jean', () => {
  it.each([
    ['chat:sending', { ...of, user_message: 'hi' }, { type: 'chat:sending', sessionId: 's' }],
    ['chat:error', { ...of, error: 'no' }, { type: 'chat:error', sessionId: 's', error: 'no' }],
    ['chat:wakeup_fired', of, { type: 'chat:wakeup', sessionId: 's' }],
    [
      'chat:permission_denied',
      { ...of, denials: [{ tool_name: 'Bash' }] },
      { type: 'chat:request', sessionId: 's', list: 'permissionDenials', requests: [{ tool_name: 'Bash' }], midTurn: false },
    ],
    [
      'chat:permission_denied',
      { ...of, denials: [{ tool_name: 'Bash', rpc_id: 4 }] },
      {
        type: 'chat:request',
        sessionId: 's',
        list: 'permissionDenials',
        requests: [{ tool_name: 'Bash', rpc_id: 4 }],
        midTurn: true,
      },
    ],
    [
      'chat:codex_command_approval_request',
      { ...of, request: { rpc_id: 1 } },
      { type: 'chat:request', sessionId: 's', list: 'codexCommands', requests: [{ rpc_id: 1 }], midTurn: true },
    ],
    [
      'chat:opencode_permission_replied',
      { ...of, request_id: 'r', reply: 'once' },
      { type: 'chat:request-resolved', sessionId: 's', list: 'opencodePermissions', key: 'r' },
    ],
    ['queue:updated', { sessionId: 's', queue: [] }, { type: 'queue:updated', sessionId: 's' }],
    ['session-renamed', { ...of, old_name: 'a', new_name: 'b' }, { type: 'session-renamed', sessionId: 's', name: 'b' }],
    ['branch-renamed', { worktree_id: 'w', new_branch: 'b' }, { type: 'branch-renamed', worktreeId: 'w', branch: 'b' }],
    [
      'worktree:creating',
      { id: 'w', projectId: 'p', path: '/w' },
      { type: 'worktree:creating', worktreeId: 'w', projectId: 'p' },
    ],
    ['worktree:deleted', { id: 'w', project_id: 'p' }, { type: 'worktree:deleted', worktreeId: 'w', projectId: 'p' }],
    ['chat:acp_permissions_changed', { ...of }, { type: 'chat:acp', sessionId: 's' }],
    [
      'chat:devin_permission_resolved',
      { ...of, rpc_id: 4_503_599_627_370_497 },
      { type: 'chat:request-resolved', sessionId: 's', list: 'codexCommands', key: '4503599627370497' },
    ],
    [
      'pr:status-update',
      { worktree_id: 'w', pr_number: 5, pr_url: 'https://x/5', state: 'open', is_draft: true },
      { type: 'pr:status-update', worktreeId: 'w', pull: { number: 5, url: 'https://x/5', state: 'draft' } },
    ],
  ])('%s says %o', (name, payload, event) => {
    expect(readEvent(name, payload)).toEqual(event);
  });

  it('brings a worktree with its times in ms', () => {
    expect(readEvent('worktree:created', { worktree, autoOpenInJean: true })).toMatchObject({
      type: 'worktree:created',
      worktree: { id: 'w', projectId: 'p', createdAt: 5_000, base: false, pull: null },
    });
  });

  it('tells of OpenCode’s question by its tool call, and of its answer by the result', () => {
    const questions = [{ question: 'Which?' }];
    expect(readEvent('chat:tool_use', { ...of, id: 't1', name: 'question', input: { questions } })).toEqual({
      type: 'chat:request',
      sessionId: 's',
      list: 'opencodeQuestions',
      requests: [{ tool_use_id: 't1', questions }],
      midTurn: true,
    });
    expect(readEvent('chat:tool_result', { ...of, tool_use_id: 't1', output: '' })).toMatchObject({
      type: 'chat:request-resolved',
      key: 't1',
    });
    expect(readEvent('chat:tool_result', { ...of, output: '' })).toBeNull();
  });

  it('that is none of our business is left alone', () => {
    expect(readEvent('terminal:started', {})).toBeNull();
    expect(readEvent('constructor', {})).toBeNull();
    expect(readEvent('chat:tool_use', { ...of, id: 't', name: 'Bash', input: {} })).toBeNull();
  });

  it.each([
    ['chat:sending', {}],
    ['worktree:created', { worktree: { ...worktree, path: 7 } }],
    ['cache:invalidate', null],
  ])('%s that cannot be read is said to be so', (name, payload) => {
    expect(readEvent(name, payload)).toBe('malformed');
  });
});
