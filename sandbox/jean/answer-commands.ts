import type { Args } from './args.ts';
import type { Command, Jean } from './commands.ts';
import { type AcpRequest, lastRun, type Session } from './model.ts';

/** Answers to what a running turn asked (contract jean §3). Jean doesn't check that a Codex number belongs to the session named. */
export function answerCommands({ requests, state }: Jean): Record<string, Command> {
  const codex =
    (answer: (args: Args) => unknown): Command =>
    (args) => {
      args.string('sessionId');
      requests.answer(`codex:${args.number('rpcId')}`, answer(args));
      return null;
    };
  return {
    respond_codex_command_approval: codex((args) => args.object('response').decision),
    approve_codex_command: codex((args) => args.string('decision')),
    respond_codex_permissions_request: codex((args) => args.object('permissions')),
    respond_codex_dynamic_tool_call: codex((args) => {
      args.required('contentItems');
      return args.boolean('success') ?? false;
    }),
    respond_claude_permission: (args) => {
      args.string('sessionId');
      requests.answer(`claude:${args.string('rpcId')}`, args.required('approved'));
      return null;
    },
    respond_codex_user_input_request: codex((args) => args.object('answers')),
    get_acp_permission_requests: (args) => acpOf(state.session(args.string('sessionId'))),
    respond_acp_permission: (args) => {
      const wanted = args.string('requestId');
      const request = acpOf(state.session(args.string('sessionId'))).find(({ request_id }) => request_id === wanted);
      if (request === undefined) throw new Error('ACP approval is no longer pending');
      const option = args.string('optionId');
      if (!request.options.some(({ optionId }) => optionId === option)) throw new Error('Invalid ACP approval option');
      requests.answer(`acp:${wanted}`, option);
      return null;
    },
    answer_opencode_question: (args) => {
      args.string('worktreePath');
      requests.answer(`opencode-question:${args.string('toolCallId')}`, args.required('answers'));
      return null;
    },
    respond_opencode_permission: (args) => {
      args.string('worktreePath');
      args.string('opencodeSessionId');
      const reply = args.string('reply');
      if (reply !== 'once' && reply !== 'always' && reply !== 'reject')
        throw new Error(`Invalid field reply: unknown variant ${reply}`);
      requests.answer(`opencode:${args.string('requestId')}`, reply);
      return null;
    },
  };
}

/** Those of a run that is over are not given. */
function acpOf(session: Session): readonly AcpRequest[] {
  const run = lastRun(session);
  return (session.pending_acp_permission_requests ?? []).filter(
    ({ run_id }) => run?.status === 'running' && run.run_id === run_id,
  );
}
