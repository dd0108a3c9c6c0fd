import type { z } from 'zod';
import type { NoticeKind, noticePage } from '../../shared/notifications.ts';

/** Where a click leads: a page and the row on it (a session's id, a worktree's, or a project's). */
export interface Target {
  readonly page: z.infer<typeof noticePage>;
  readonly id: string | null;
}

/** What a notice is about, by id and by name; null where there is no such thing. */
export interface About {
  readonly projectId: string | null;
  readonly worktreeId: string | null;
  readonly sessionId: string | null;
  readonly project: string | null;
  readonly worktree: string | null;
  readonly session: string | null;
}

/** Something that a person should know. */
export interface Notice {
  /** Of this one time that it happened. */
  readonly id: string;
  /** The same for the same cause, however often it is noticed: a person is told of it once while it lasts. */
  readonly cause: string;
  /** What it is over with: `session:<id>`. */
  readonly topic: string;
  readonly kind: NoticeKind;
  /** Its subject: "Fix flaky checkout test wants to run a command". */
  readonly title: string;
  /** Its plain first line, which names project, worktree and session and nothing that an agent or a program wrote beside names. */
  readonly line: string;
  /** What an agent, Jean or GitHub said: a command, a question, an error. Null when there is none. Not for every channel. */
  readonly detail: string | null;
  /** Detail and place on one line, for a channel on this desk. */
  readonly body: string;
  /** A web address, such as a pull request's. */
  readonly link: string | null;
  readonly about: About;
  readonly target: Target;
  /** Epoch ms. */
  readonly at: number;
  readonly severity: 'info' | 'attention' | 'error';
  /** Breaks through quiet hours and mute; the rules say so, nothing else. */
  readonly urgent: boolean;
  /** Something waits for the person until they answer. */
  readonly prompt: boolean;
  /** The person did it: they know already. */
  readonly ownDoing: boolean;
}

/** What belongs to nothing of Jean's. */
export const nowhere: About = {
  projectId: null,
  worktreeId: null,
  sessionId: null,
  project: null,
  worktree: null,
  session: null,
};

/** "shop · checkout-flake", as far as there are names. */
const placeOf = ({ project, worktree }: About): string => joined([project, worktree]);

/** Parts on one line; empty ones are left out. */
const joined = (parts: readonly (string | null)[]): string => parts.filter((part) => part).join(' · ');

type Made = Pick<Notice, 'id' | 'topic' | 'kind' | 'title' | 'target' | 'at' | 'severity'> &
  Partial<Pick<Notice, 'cause' | 'detail' | 'about' | 'prompt' | 'ownDoing' | 'line' | 'link'>>;

/** A notice from what matters of it. */
export function notice({ about = nowhere, detail = null, ...made }: Made): Notice {
  const line = made.line ?? joined([placeOf(about), about.session]);
  return {
    cause: made.id,
    prompt: false,
    ownDoing: false,
    urgent: false,
    link: null,
    ...made,
    about,
    detail,
    line: line === '' ? made.title : line,
    // The title has the session's name already.
    body: joined([detail, made.line ?? placeOf(about)]),
  };
}
