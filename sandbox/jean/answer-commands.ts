import type { Args } from './args.ts';
import type { Command, Jean } from './commands.ts';

/** Answers to what a running turn asked (contract jean §3). Jean doesn't check that a Codex number belongs to the session named. */
export function answerCommands({ requests }: Jean): Record<string, Command> {
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
