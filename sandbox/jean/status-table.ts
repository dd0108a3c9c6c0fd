import type { JeanSandbox } from './jean.ts';

/** One row of it, and how a session comes into that status. */
export interface StatusRow {
  /** With the row's number in the table. */
  readonly name: string;
  readonly status: string;
  readonly backend?: string;
  readonly play: (jean: JeanSandbox, id: string) => Promise<unknown> | unknown;
}

/** What a client of Jean stores, or a field that nothing in the sandbox's play sets. */
const store =
  (change: object): StatusRow['play'] =>
  (jean, id) =>
    jean.changeSession(id, change);
const running =
  (mode: 'plan' | 'build' | 'yolo'): StatusRow['play'] =>
  (jean, id) =>
    jean.startTurn(id, { mode });
const ended =
  (end: (jean: JeanSandbox, id: string) => Promise<unknown>): StatusRow['play'] =>
  async (jean, id) => {
    await jean.startTurn(id);
    await end(jean, id);
  };
const question = [{ question: 'Which?', options: [] }];

/** Every row of the status table (contract jean §4), by its number. */
const table: readonly StatusRow[] = [
  { name: '1 Claude', status: 'permission', play: (jean, id) => jean.askPermission(id, 'npm ci') },
  { name: '1 OpenCode', status: 'permission', backend: 'opencode', play: (jean, id) => jean.askPermission(id, 'npm ci') },
  { name: '1 Grok', status: 'permission', backend: 'grok', play: (jean, id) => jean.askPermission(id, 'npm ci') },
  { name: '2', status: 'command_approval', backend: 'codex', play: (jean, id) => jean.askPermission(id, 'npm ci') },
  { name: '3', status: 'tool_approval', play: store({ pending_codex_dynamic_tool_call_requests: [{ rpc_id: 1 }] }) },
  { name: '4', status: 'mcp_input', play: store({ pending_codex_mcp_elicitation_requests: [{ rpc_id: 2 }] }) },
  { name: '5 Claude', status: 'input_required', play: (jean, id) => jean.askQuestion(id, question) },
  { name: '5 Codex', status: 'input_required', backend: 'codex', play: (jean, id) => jean.askQuestion(id, question) },
  { name: '6', status: 'plan_approval', play: (jean, id) => jean.askPlan(id, '# Do it') },
  { name: '7', status: 'waiting', play: store({ waiting_for_input: true, waiting_for_input_type: 'something-new' }) },
  { name: '8 plan', status: 'planning', play: running('plan') },
  { name: '8 build', status: 'vibing', play: running('build') },
  { name: '8 yolo', status: 'yoloing', play: running('yolo') },
  { name: 'Code Review 9', status: 'reviewing', play: store({ is_reviewing: true }) },
  { name: '10', status: 'review', play: store({ review_results: { findings: [] } }) },
  { name: '12', status: 'scheduled', play: store({ scheduled_wakeup: { fire_at_unix: 4_000_000_000 } }) },
  { name: '13 cancelled', status: 'cancelled', play: ended((jean, id) => jean.cancelTurn(id)) },
  { name: '13 crashed', status: 'crashed', play: ended((jean, id) => jean.failTurn(id, 'no')) },
  { name: '13 completed', status: 'completed', play: ended((jean, id) => jean.finishTurn(id)) },
  {
    name: '13 pinned',
    status: 'idle',
    play: async (jean, id) => {
      await jean.startTurn(id);
      await jean.finishTurn(id);
      jean.changeSession(id, { status_override: 'idle' });
    },
  },
  { name: '14', status: 'idle', play: () => undefined },
];

/** Gives a worktree a session in every status; by session id, in what status it has to be shown. */
export async function playStatusTable(jean: JeanSandbox, worktreeId: string): Promise<ReadonlyMap<string, StatusRow>> {
  const played = new Map<string, StatusRow>();
  for (const row of table) {
    const { id } = jean.createSession(worktreeId, { name: row.name, backend: row.backend ?? 'claude' });
    played.set(id, row);
    await row.play(jean, id);
  }
  return played;
}
