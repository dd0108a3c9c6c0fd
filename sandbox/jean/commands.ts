import { answerCommands } from './answer-commands.ts';
import type { Args } from './args.ts';
import type { Events } from './events.ts';
import { readCommands } from './read-commands.ts';
import type { Requests } from './requests.ts';
import { serverCommands } from './server-commands.ts';
import { sessionCommands } from './session-commands.ts';
import type { JeanState } from './state.ts';
import type { Turns } from './turns.ts';
import { worktreeCommands } from './worktree-commands.ts';
import type { Worktrees } from './worktrees.ts';

/** One command of Jean's dispatch; what it throws becomes the answer's `error`. */
export type Command = (args: Args) => unknown;

/** What the running HTTP server says of itself. */
export interface ServerStatus {
  readonly url: string;
  readonly port: number;
  /** The token the server took when it started, which may not be the one in the preferences. */
  readonly token: string;
}

/** What commands work on. */
export interface Jean {
  readonly state: JeanState;
  readonly events: Events;
  readonly requests: Requests;
  readonly turns: Turns;
  readonly worktrees: Worktrees;
  readonly server: () => ServerStatus;
}

/** Every command this Jean knows, by name. */
export function commandsOf(jean: Jean): ReadonlyMap<string, Command> {
  return new Map(
    Object.entries({
      ...readCommands(jean),
      ...serverCommands(jean),
      ...sessionCommands(jean),
      ...answerCommands(jean),
      ...worktreeCommands(jean),
    }),
  );
}
