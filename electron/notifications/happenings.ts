import { askWords, durationWords } from '../../shared/format.ts';
import { type Bucket, bucketOf, type CredentialView, type LeftoverView, type SessionView } from '../../shared/model.ts';
import type { NoticeKind } from '../../shared/notifications.ts';
import { type About, type Notice, notice, nowhere } from './notice.ts';

/** A change of which a person might want to know. `before` is null when it was not known before: then nothing has changed, but what waits, waits. */
export type Happening =
  | {
      readonly type: 'session';
      readonly before: SessionView | null;
      readonly after: SessionView;
      readonly about: About;
      readonly at: number;
    }
  | {
      readonly type: 'credential';
      readonly before: CredentialView | null;
      readonly after: CredentialView;
      readonly about: About;
      readonly at: number;
    }
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
    }
  /** GitHub answered 401 to a credential that git showed it. */
  | {
      readonly type: 'refused-credential';
      readonly worktreeId: string;
      readonly fingerprint: string | null;
      readonly message: string;
      readonly about: About;
      readonly at: number;
    }
  /** Something of ours outside that belongs to no worktree. */
  | { readonly type: 'leftover'; readonly leftover: LeftoverView; readonly at: number }
  | {
      readonly type: 'pull';
      readonly news: 'merged' | 'checks-failed' | 'changes-requested';
      readonly number: number;
      /** Which state of it: the commit whose checks failed, the review's id. Null: there is but one. */
      readonly of: string | null;
      readonly url: string | null;
      readonly about: About & { readonly worktreeId: string };
      readonly at: number;
    }
  | {
      readonly type: 'remote-access';
      /** `new-address`: a grant's first use from there. `refused`: a grant that is not, or no more, good. `locked-out`: an address that guessed. */
      readonly event: 'new-address' | 'refused' | 'locked-out';
      /** The person's name in the grant, and its id; null where none is known. */
      readonly who: string | null;
      readonly grantId: string | null;
      readonly address: string;
      /** What else there is to say, such as why it was refused; null: nothing. It stays on the machine unless the person allows more. */
      readonly message: string | null;
      readonly at: number;
    }
  | {
      readonly type: 'instance';
      readonly instanceId: string;
      readonly name: string;
      readonly refused: boolean;
      readonly message: string;
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
    case 'refused-credential':
      return [refusedNotice(happening)];
    case 'leftover':
      return [leftoverNotice(happening)];
    case 'pull':
      return [pullNotice(happening)];
    case 'remote-access':
      return [remoteNotice(happening)];
    case 'instance':
      return [instanceNotice(happening)];
    default:
      return happening satisfies never;
  }
}

type Of<T extends Happening['type']> = Extract<Happening, { type: T }>;

function sessionNotices({ before, after, about, at }: Of<'session'>): readonly Notice[] {
  const to = bucketOf(after.status);
  // What waits when it is first seen began to while nobody looked; how it once ended is no news.
  const from = before === null ? 'idle' : bucketOf(before.status);
  if (before === null && to !== 'needs-you') return [];
  const make = (kind: NoticeKind, words: string, detail: string | null, severity: Notice['severity'], prompt = false): Notice =>
    notice({
      id: `session:${after.id}:${kind}:${after.since}`,
      topic: sessionTopic(after.id),
      kind,
      title: `${after.name} ${words}`,
      detail,
      about,
      target: { page: 'sessions', id: after.id },
      at,
      severity,
      prompt,
      ownDoing: after.status === 'cancelled',
    });
  switch (to) {
    case 'needs-you': {
      if (before !== null && from === 'needs-you' && !asksAnew(before, after)) return [];
      const { words } = askWords(after.request && { ...after.request, text: null });
      return [make(needKind(after), words, after.request?.text ?? null, 'attention', true)];
    }
    case 'failed':
      return from === 'failed' ? [] : [make('failed', 'failed', after.error, 'error')];
    case 'finished':
      return ended(from, after) ? [make('finished', endWords(after), null, 'info')] : [];
    case 'running':
    case 'idle':
      return [];
    default:
      return to satisfies never;
  }
}

/** What a session's notices are over with. */
export const sessionTopic = (sessionId: string): string => `session:${sessionId}`;

/** One question right after another: the session never stopped needing the person. */
const asksAnew = (before: SessionView, after: SessionView): boolean =>
  // A prompt has its own time, also where its words are those of the one before.
  before.since !== after.since ||
  before.status !== after.status ||
  before.request?.kind !== after.request?.kind ||
  before.request?.text !== after.request?.text;

/** Jean may pass through idle before it writes that a run is complete (contract jean §4); "review" out of idle is a person's own mark. */
const ended = (from: Bucket, after: SessionView): boolean =>
  from === 'running' || from === 'needs-you' || (from === 'idle' && after.status === 'completed');

const endWords = ({ status }: SessionView): string => {
  if (status === 'review') return 'is ready for review';
  return status === 'cancelled' ? 'was cancelled' : 'finished';
};

function needKind({ status }: SessionView): NoticeKind {
  switch (status) {
    case 'permission':
    case 'command_approval':
    case 'tool_approval':
      return 'needs-permission';
    case 'plan_approval':
      return 'needs-plan-approval';
    default:
      return 'needs-answer';
  }
}

/** What a credential's notices are over with. */
export const credentialTopic = (worktreeId: string): string => `credential:${worktreeId}`;

function credentialNotices({ before, after, about, at }: Of<'credential'>): readonly Notice[] {
  if (before === null || before.state === after.state) return [];
  const words = credentialWords(after);
  if (words === null) return [];
  // The fingerprint and not the time: each failed retry of the same renewal is the same cause.
  const cause = `credential:${after.worktreeId}:${after.state}:${after.fingerprint ?? 'none'}`;
  return [
    notice({
      id: `${cause}:${at}`,
      cause,
      topic: credentialTopic(after.worktreeId),
      ...words,
      detail: after.reason,
      about,
      line: after.repository,
      target: { page: 'credentials', id: after.worktreeId },
      at,
      severity: 'error',
    }),
  ];
}

function credentialWords({ state, worktreeName, fingerprint }: CredentialView): Pick<Notice, 'kind' | 'title'> | null {
  switch (state) {
    case 'failed':
      return {
        kind: 'renewal-failed',
        title:
          fingerprint === null ? `${worktreeName} has no credential` : `The credential of ${worktreeName} could not be renewed`,
      };
    case 'unverified':
      return { kind: 'orphan-found', title: `The credential of ${worktreeName} may still be alive` };
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

/** What the notices of a project's shared token are over with. */
export const sourceTopic = (projectId: string): string => `source:${projectId}`;

const lastHourMs = 3_600_000;

function sourceNotice({ projectId, projectName, login, fingerprint, expiresAt, before, at }: Of<'source'>): Notice {
  return notice({
    id: `source:${projectId}:${fingerprint}:${before}`,
    topic: sourceTopic(projectId),
    kind: 'credential-expiring',
    title: `The shared token of ${projectName} ends in ${durationWords(expiresAt - at)}`,
    line: `Make a new one at GitHub as ${login}, and replace it under Projects.`,
    about: { ...nowhere, projectId, project: projectName },
    target: { page: 'projects', id: projectId },
    at,
    severity: before <= lastHourMs ? 'error' : 'attention',
  });
}

function refusedNotice({ worktreeId, fingerprint, message, about, at }: Of<'refused-credential'>): Notice {
  const cause = `refused:${worktreeId}:${fingerprint ?? 'none'}`;
  return notice({
    id: `${cause}:${at}`,
    cause,
    topic: credentialTopic(worktreeId),
    kind: 'credential-refused',
    title: `GitHub refused the credential of ${about.worktree ?? 'a worktree'}`,
    detail: message,
    about,
    target: { page: 'credentials', id: worktreeId },
    at,
    severity: 'error',
  });
}

function leftoverNotice({ leftover, at }: Of<'leftover'>): Notice {
  const cause = `leftover:${leftover.id}`;
  return notice({
    id: `${cause}:${at}`,
    cause,
    topic: cause,
    kind: 'orphan-found',
    title: leftover.kind === 'vault-entry' ? 'The vault has an entry that belongs to no worktree' : 'git was left changed by us',
    line: leftover.title,
    target: { page: 'credentials', id: null },
    at,
    severity: 'attention',
  });
}

type PullNews = Of<'pull'>['news'];

/** What a pull request's notices are over with. */
export const pullTopic = (worktreeId: string, news: PullNews): string => `pull:${worktreeId}:${news}`;

const pullWords = {
  merged: { kind: 'pull-merged', words: 'was merged', severity: 'info' },
  'checks-failed': { kind: 'checks-failed', words: 'fails its checks', severity: 'error' },
  'changes-requested': { kind: 'changes-requested', words: 'is asked for changes', severity: 'attention' },
} as const;

function pullNotice({ news, number, of, url, about, at }: Of<'pull'>): Notice {
  const { kind, words, severity } = pullWords[news];
  const cause = `pull:${about.worktreeId}:${number}:${news}${of === null ? '' : `:${of}`}`;
  return notice({
    id: cause,
    topic: pullTopic(about.worktreeId, news),
    kind,
    title: `Pull request #${number} of ${about.worktree ?? 'a worktree'} ${words}`,
    about,
    link: url,
    target: { page: about.sessionId === null ? 'credentials' : 'sessions', id: about.sessionId ?? about.worktreeId },
    at,
    severity,
  });
}

const hourMs = 3_600_000;

/** A door that is tried again and again is told once an hour. The address is a detail: a text message needs not have it. */
function remoteNotice({ event, who, grantId, address, message, at }: Of<'remote-access'>): Notice {
  const { words, line, severity } = remoteWords[event];
  const often = event === 'new-address' ? at : Math.floor(at / hourMs);
  const cause = `remote:${event}:${grantId ?? 'none'}:${event === 'refused' ? '' : address}:${often}`;
  return notice({
    id: cause,
    topic: cause,
    kind: 'remote-access',
    title: `${who ?? 'Somebody'} ${words}`,
    line,
    detail: `From ${address}. ${message ?? ''}`.trim(),
    target: { page: 'remote', id: grantId },
    at,
    severity,
  });
}

const remoteWords = {
  'new-address': {
    words: 'uses Jean from a new address',
    line: 'If that is not them, suspend the grant under Remote access.',
    severity: 'attention',
  },
  refused: { words: 'was refused remote access', line: 'The grant is not good for that. See Remote access.', severity: 'error' },
  'locked-out': {
    words: 'is locked out of remote access',
    line: 'Too many wrong tries from one address. See Remote access.',
    severity: 'error',
  },
} as const;

/** What the notices of a Jean are over with. */
export const instanceTopic = (instanceId: string): string => `instance:${instanceId}`;

function instanceNotice({ instanceId, name, refused, message, at }: Of<'instance'>): Notice {
  const cause = `instance:${instanceId}:${refused ? 'refused' : 'lost'}`;
  return notice({
    id: `${cause}:${at}`,
    cause,
    topic: instanceTopic(instanceId),
    kind: 'instance-lost',
    title: refused ? `${name} refuses the connection` : `${name} is out of reach`,
    line: message,
    target: { page: 'settings', id: null },
    at,
    severity: 'attention',
  });
}
