import type { SessionStatus } from '../../shared/model.ts';

/** How many of each kind of request a session has, live or stored. */
export interface PendingCounts {
  readonly permissionDenials: number;
  readonly codexPermissions: number;
  readonly opencodePermissions: number;
  readonly codexCommands: number;
  readonly codexTools: number;
  readonly codexElicitations: number;
  readonly codexQuestions: number;
  readonly opencodeQuestions: number;
  readonly acpPermissions: number;
}

/** All that a session's status follows from (contract jean §4). */
export interface StatusFacts {
  readonly name: string;
  readonly pending: PendingCounts;
  readonly runStatus: 'running' | 'resumable' | 'completed' | 'cancelled' | 'crashed' | null;
  /** Execution mode of the run under way, or that the next one will have. */
  readonly mode: string | null;
  readonly waiting: boolean;
  /** Null when Jean gives none, `unknown` for one that we don't know. */
  readonly waitingType: 'question' | 'plan' | 'unknown' | null;
  /** Jean holds a plan message that nobody has approved. */
  readonly planPending: boolean;
  readonly reviewing: boolean;
  readonly reviewed: boolean;
  readonly override: 'idle' | 'review' | 'completed' | 'cancelled' | null;
  readonly wakeup: boolean;
  /** A turn is under way, as far as live events and Jean's list of running sessions tell. */
  readonly sending: boolean;
  /** The last turn ended with an error; known from live events alone, disk cannot tell. */
  readonly failed: boolean;
}

/** A session's status by Jean's own decision table (contract jean §4): the first row that holds. */
export function deriveStatus(facts: StatusFacts): SessionStatus {
  const { pending } = facts;
  // Rows 1 to 4, and the first half of 5.
  if (pending.permissionDenials + pending.codexPermissions + pending.opencodePermissions + pending.acpPermissions > 0)
    return 'permission';
  if (pending.codexCommands > 0) return 'command_approval';
  if (pending.codexTools > 0) return 'tool_approval';
  if (pending.codexElicitations > 0) return 'mcp_input';
  if (pending.codexQuestions + pending.opencodeQuestions > 0) return 'input_required';
  // Rows 5 to 7.
  const waits = waitsFor(facts);
  if (waits !== null) return waits;
  // An error ends the turn, whatever is stored of it: Jean may write `cancelled`, `completed`, or nothing yet.
  if (facts.failed) return facts.override ?? 'crashed';
  // Row 8.
  if (facts.sending) return runningStatus(facts.mode);
  // Rows 9 and 10.
  if (facts.reviewing && !facts.reviewed && facts.name.startsWith('Code Review')) return 'reviewing';
  if (facts.reviewing || facts.reviewed) return facts.override ?? 'review';
  // Row 11.
  if (facts.runStatus === 'running' || facts.runStatus === 'resumable') return runningStatus(facts.mode);
  // Rows 12 to 14.
  if (facts.wakeup) return 'scheduled';
  return facts.override ?? facts.runStatus ?? 'idle';
}

/** What a session waits for, or null. The flag is trusted only where a turn may really have left it (`sessionCanBeWaiting`). */
function waitsFor(facts: StatusFacts): 'input_required' | 'plan_approval' | 'waiting' | null {
  if (!facts.waiting) return null;
  const { runStatus, waitingType } = facts;
  const trusted =
    runStatus === null ||
    runStatus === 'running' ||
    runStatus === 'resumable' ||
    (runStatus === 'completed' && (waitingType === 'plan' || waitingType === 'question'));
  if (!trusted) return null;
  switch (waitingType) {
    case 'question':
      return 'input_required';
    case 'plan':
      return 'plan_approval';
    case 'unknown':
      return 'waiting';
    case null:
      return facts.planPending ? 'plan_approval' : 'input_required';
    default:
      return waitingType satisfies never;
  }
}

/** Build is what Jean runs when no mode is given. */
function runningStatus(mode: string | null): 'planning' | 'vibing' | 'yoloing' {
  if (mode === 'plan') return 'planning';
  return mode === 'yolo' ? 'yoloing' : 'vibing';
}
