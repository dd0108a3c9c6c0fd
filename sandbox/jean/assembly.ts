import { join } from 'node:path';
import type { SandboxClock } from '../clock.ts';
import { Asking } from './asking.ts';
import type { Jean, ServerStatus } from './commands.ts';
import { Events } from './events.ts';
import { Requests } from './requests.ts';
import type { Shell } from './shell.ts';
import { generateToken, JeanState } from './state.ts';
import { type Renamer, Turns } from './turns.ts';
import { JeanUi } from './ui.ts';
import { Worktrees } from './worktrees.ts';

/** How a sandbox Jean is started. */
export interface JeanOptions {
  /** Everything it makes lies below: the data folder, the projects, the worktrees, the private HOME. */
  readonly dir: string;
  readonly clock: SandboxClock;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Left out: one as Jean makes it. */
  readonly token?: string;
  readonly appVersion?: string;
  /** As 0.1.31: the token in the query alone, no event numbers, no heartbeats. */
  readonly old?: boolean;
  /** Each turn of Claude is a real process with a real pid, which dies with the turn. */
  readonly realProcesses?: boolean;
  /** Commands that this Jean doesn't know, as an older version or a fork. */
  readonly without?: readonly string[];
  /** Real ms between heartbeats (20 000) and until a silent client is dropped (45 000). */
  readonly heartbeatMs?: number;
  readonly silenceMs?: number;
}

/** Puts the parts of a Jean together. `server` tells of the server once it runs. */
export function assemble(
  options: JeanOptions,
  shell: Shell,
  server: () => ServerStatus,
): { readonly jean: Jean; readonly ui: JeanUi; readonly asking: Asking } {
  const { dir, clock, token = generateToken() } = options;
  const state = new JeanState(dir, clock, token);
  const events = new Events(clock);
  const requests = new Requests();
  // Each needs the other: a deleted worktree ends its turns, a first prompt renames its worktree.
  const worktrees: Worktrees = new Worktrees(state, events, shell, () => turns, join(dir, 'worktrees'));
  const rename: Renamer = (session, script) => worktrees.nameAfterPrompt(session, script);
  const turns = new Turns(state, events, requests, shell, rename, options.realProcesses ?? false);
  return {
    jean: { state, events, requests, turns, worktrees, server },
    ui: new JeanUi(state, events, worktrees),
    asking: new Asking(state, turns),
  };
}
