import { createHash } from 'node:crypto';
import type { NoticeKind } from '../../shared/notifications.ts';
import type { Notice } from './notice.ts';

/** So many of one kind at once are told as one. */
const burst = 3;
/** So many names are told; the rest is counted. */
const namesAtMost = 4;

/** One message on a channel, and the notices that it tells. */
export interface Parcel {
  readonly notice: Notice;
  readonly tells: readonly Notice[];
}

/** What is sent for notices that came together: bursts of one kind in one project as one message. */
export function parcels(notices: readonly Notice[]): readonly Parcel[] {
  const groups = new Map<string, Notice[]>();
  for (const notice of notices) {
    const key = burstKey(notice);
    groups.set(key, [...(groups.get(key) ?? []), notice]);
  }
  return [...groups.values()].flatMap((members): readonly Parcel[] => {
    const [first] = members;
    if (first === undefined || members.length < burst) return members.map((notice) => ({ notice, tells: [notice] }));
    return [{ notice: digest(first, members), tells: members }];
  });
}

/** What makes notices one burst. */
export const burstKey = ({ kind, about, urgent }: Notice): string => `${kind}:${urgent}:${about.projectId ?? ''}`;

function digest(first: Notice, members: readonly Notice[]): Notice {
  const { kind, about } = first;
  const title = `${members.length} ${countWords[kind]}${about.project === null ? '' : ` in ${about.project}`}`;
  const names = [...new Set(members.map((one) => one.about.session ?? one.about.worktree ?? one.line))];
  const more = names.length - namesAtMost;
  const line = names.slice(0, namesAtMost).join(', ') + (more > 0 ? ` and ${more} more` : '');
  const ids = members.map(({ id }) => id).sort();
  return {
    ...first,
    id: `digest:${createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 32)}`,
    title,
    line,
    detail: null,
    link: null,
    body: line,
    about: { ...about, worktreeId: null, sessionId: null, worktree: null, session: null },
    target: { page: first.target.page, id: null },
  };
}

/** Goes on from a number of two or more. */
const countWords: Readonly<Record<NoticeKind, string>> = {
  'needs-permission': 'sessions want a permission',
  'needs-answer': 'sessions have a question',
  'needs-plan-approval': 'sessions have a plan to approve',
  finished: 'sessions finished',
  failed: 'sessions failed',
  'pull-merged': 'pull requests were merged',
  'checks-failed': 'pull requests fail their checks',
  'changes-requested': 'pull requests are asked for changes',
  'credential-expiring': 'tokens end soon',
  'renewal-failed': 'credentials could not be made or renewed',
  'credential-refused': 'credentials were refused by GitHub',
  'orphan-found': 'things were left behind',
  'remote-access': 'things happened with remote access',
  'instance-lost': 'Jeans are out of reach',
};
