/** One thing that happens while a turn runs. Plain data, so that a script travels over the control endpoint too. */
export type TurnStep =
  | { readonly do: 'say' | 'think'; readonly text: string }
  /** A tool call that only shows. */
  | { readonly do: 'tool'; readonly name: string; readonly input: unknown; readonly output?: string }
  /** Real time, ms. */
  | { readonly do: 'pause'; readonly ms: number }
  /** Runs on until told what happens next (`finishTurn`, `failTurn`, `ask…`). */
  | { readonly do: 'hold' }
  /** Ends the turn here, well unless told otherwise: for a turn that holds and is given its last steps. */
  | { readonly do: 'finish'; readonly end?: TurnEnd }
  /** A real command in the worktree. With `orFail` the turn fails when it does. */
  | { readonly do: 'shell'; readonly command: string; readonly orFail?: boolean }
  /** Codex asks in the middle of its turn and runs the command when it may. */
  | { readonly do: 'codex-command'; readonly command: string; readonly reason?: string }
  | { readonly do: 'codex-permissions'; readonly permissions: unknown; readonly reason?: string }
  | { readonly do: 'codex-question'; readonly questions: readonly Question[] }
  /** A tool that only a client could run. */
  | { readonly do: 'codex-tool'; readonly tool: string; readonly arguments: unknown }
  /** A later Claude asks in the middle of its turn and runs the command when it may. */
  | { readonly do: 'claude-permission'; readonly command: string }
  /** An agent that speaks ACP (Grok, Kimi, in a newer Jean) asks in the middle of its turn. */
  | { readonly do: 'acp-permission'; readonly title: string; readonly kind?: string }
  | { readonly do: 'opencode-permission'; readonly permission: string; readonly patterns: readonly string[] }
  | { readonly do: 'opencode-question'; readonly questions: readonly Question[] };

/** A question with its choices, as AskUserQuestion has it. */
export interface Question {
  readonly question: string;
  readonly header?: string;
  readonly options: readonly { readonly label: string; readonly description?: string }[];
}

/** How a turn ends. */
export type TurnEnd =
  | { readonly how: 'done' }
  /** Claude's refusal, told when the turn is over: the denied tools are shell commands. */
  | { readonly how: 'permission'; readonly commands: readonly string[] }
  | { readonly how: 'question'; readonly questions: readonly Question[] }
  | { readonly how: 'plan'; readonly plan: string }
  /**
   * `crashed`: the error stands alone and the run is stored as crashed. `stopped`: a Codex-style error, stored as cancelled.
   * `printed`: Claude printed only an error; the end of the stream follows and the run is stored as completed.
   */
  | { readonly how: 'error'; readonly error: string; readonly kind?: 'crashed' | 'stopped' | 'printed' };

/** A turn from the user's message to its end. */
export interface TurnScript {
  /** What the user said. */
  readonly message?: string;
  readonly model?: string;
  readonly mode?: 'plan' | 'build' | 'yolo';
  /** Left out: the turn runs until it is told what happens. */
  readonly steps?: readonly TurnStep[];
  /** Left out: it finishes well. */
  readonly end?: TurnEnd;
  /** New names that Jean finds after the prompt. */
  readonly rename?: { readonly branch?: string; readonly session?: string };
}
