import type { ServiceView } from '../../../shared/model.ts';
import type { SessionRow } from './rows.ts';

/** Why a row has no credential: in the row, and as a sentence when it is unfolded. */
export interface NoCredential {
  readonly words: string;
  readonly why: string;
  /** What the person can do about it. */
  readonly remedy: 'none' | 'set-up' | 'make' | 'base';
}

/** Says why a worktree has no credential; call it only where there is none. */
export function noCredential(row: SessionRow, github: ServiceView | undefined): NoCredential {
  if (row.place === 'elsewhere') {
    return {
      words: 'on another machine: no credential from here',
      why: 'Its folder is on the machine of its Jean. The Companion can set up git on this computer alone, so git there uses what it has there.',
      remedy: 'none',
    };
  }
  if (row.project.repository === null) {
    return {
      words: 'not a GitHub repository',
      why: 'Its remote is not at GitHub, so there is no credential that the Companion could give it.',
      remedy: 'none',
    };
  }
  if (row.worktree.base) {
    return {
      words: 'acts as you',
      why: "It works in the project's own folder, which you share with it. It gets a credential only if you ask for it.",
      remedy: 'base',
    };
  }
  if (!github || github.health === 'absent') {
    return {
      words: 'acts as you',
      why: 'No GitHub App is connected yet, so git in this worktree uses your own login.',
      remedy: 'set-up',
    };
  }
  return { words: 'no credential yet', why: 'None has been made for this worktree.', remedy: 'make' };
}
