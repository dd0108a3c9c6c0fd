import { askWords, durationWords } from '../../shared/format.ts';
import { type Bucket, bucketOf, type CredentialView, type SessionView } from '../../shared/model.ts';

export type NoticeKind = 'finished' | 'failed' | 'needs-you' | 'credential';

/** Something that a person should know. */
export interface Notice {
  /** The same for the same cause, however often it is noticed: `session:<id>:needs-you:<since>`. */
  readonly id: string;
  readonly kind: NoticeKind;
  readonly title: string;
  readonly body: string;
  /** Where a click leads: a page and the row on it (a session's id, or a worktree's). */
  readonly target: { readonly page: 'sessions' | 'credentials' | 'projects'; readonly id: string };
  /** Epoch ms. */
  readonly at: number;
  readonly severity: 'info' | 'attention' | 'error';
  /** The person did it: they know already. */
  readonly ownDoing: boolean;
}

/** A change of which a person might want to know. `before` is null when it was not known before: then nothing has changed. */
export type Happening =
  | {
      readonly type: 'session';
      readonly before: SessionView | null;
      readonly after: SessionView;
      /** "shop · checkout-flake". */
      readonly subject: string;
      readonly at: number;
    }
  | { readonly type: 'credential'; readonly before: CredentialView | null; readonly after: CredentialView; readonly at: number }
  | {
      /** A token that a project's worktrees share comes to its end, and only its owner can make another. */
      readonly type: 'source';
      readonly projectId: string;
      readonly projectName: string;
      readonly login: string;
      readonly fingerprint: string;
      readonly expiresAt: number;
      /** Which warning it is, ms before the end. */
      readonly before: number;
      readonly at: number;
    };

/** The notices that a change gives rise to. */
export function noticesFor(happening: Happening): readonly Notice[] {
  switch (happening.type) {
    case 'session':
      return sessionNotices(happening);
    case 'credential':
      return credentialNotices(happening);
    case 'source':
      return [sourceNotice(happening)];
    default:
      return happening satisfies never;
  }
}

function sessionNotices({ before, after, subject, at }: Extract<Happening, { type: 'session' }>): readonly Notice[] {
  if (before === null) return [];
  const from = bucketOf(before.status);
  const to = bucketOf(after.status);
  const about = (kind: NoticeKind, title: string, body: readonly (string | null)[], severity: Notice['severity']): Notice => ({
    id: `session:${after.id}:${kind}:${after.since}`,
    kind,
    title: `${after.name} ${title}`,
    body: body.filter((part) => part !== null && part !== '').join(' · '),
    target: { page: 'sessions', id: after.id },
    at,
    severity,
    ownDoing: after.status === 'cancelled',
  });
  switch (to) {
    case 'needs-you': {
      if (from === 'needs-you' && !asksAnew(before, after)) return [];
      const words = askWords(after.request && { ...after.request, text: null }).words;
      return [about('needs-you', words, [after.request?.text ?? null, subject], 'attention')];
    }
    case 'failed':
      return from === 'failed' ? [] : [about('failed', 'failed', [after.error, subject], 'error')];
    case 'finished':
      return ended(from, after) ? [about('finished', endWords(after), [subject], 'info')] : [];
    case 'running':
    case 'idle':
      return [];
    default:
      return to satisfies never;
  }
}

/** One question right after another: the session never stopped needing the person. */
const asksAnew = (before: SessionView, after: SessionView): boolean =>
  before.status !== after.status || before.request?.kind !== after.request?.kind || before.request?.text !== after.request?.text;

/** Jean may pass through idle before it writes that a run is complete (contract jean §4); "review" out of idle is a person's own mark. */
const ended = (from: Bucket, after: SessionView): boolean =>
  from === 'running' || from === 'needs-you' || (from === 'idle' && after.status === 'completed');

const endWords = ({ status }: SessionView): string => {
  if (status === 'review') return 'is ready for review';
  return status === 'cancelled' ? 'was cancelled' : 'finished';
};

function credentialNotices({ before, after, at }: Extract<Happening, { type: 'credential' }>): readonly Notice[] {
  if (before === null || before.state === after.state) return [];
  const title = credentialTitle(after);
  if (title === null) return [];
  return [
    {
      // The fingerprint and not the time: each failed retry of the same renewal is the same cause.
      id: `credential:${after.worktreeId}:${after.state}:${after.fingerprint ?? 'none'}`,
      kind: 'credential',
      title,
      body: [after.reason, after.repository].filter((part) => part !== null && part !== '').join(' · '),
      target: { page: 'credentials', id: after.worktreeId },
      at,
      severity: 'error',
      ownDoing: false,
    },
  ];
}

function sourceNotice({
  projectId,
  projectName,
  login,
  fingerprint,
  expiresAt,
  before,
  at,
}: Extract<Happening, { type: 'source' }>): Notice {
  return {
    id: `source:${projectId}:${fingerprint}:${before}`,
    kind: 'credential',
    title: `The shared token of ${projectName} ends in ${durationWords(expiresAt - at)}`,
    body: `Make a new one at GitHub as ${login}, and replace it under Projects.`,
    target: { page: 'projects', id: projectId },
    at,
    severity: before <= lastHourMs ? 'error' : 'attention',
    ownDoing: false,
  };
}

const lastHourMs = 3_600_000;

function credentialTitle({ state, worktreeName, fingerprint }: CredentialView): string | null {
  switch (state) {
    case 'failed':
      return fingerprint === null
        ? `${worktreeName} has no credential`
        : `The credential of ${worktreeName} could not be renewed`;
    case 'unverified':
      return `The credential of ${worktreeName} may still be alive`;
    case 'absent':
    case 'sleeping':
    case 'minting':
    case 'storing':
    case 'installing':
    case 'active':
    case 'expiring':
    case 'rotating':
    case 'revoking':
    case 'revoked':
      return null;
    default:
      return state satisfies never;
  }
}
