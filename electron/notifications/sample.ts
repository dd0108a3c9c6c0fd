import { kindWords, type NoticeKind } from '../../shared/notifications.ts';
import { type Notice, notice, nowhere } from './notice.ts';

const about = { ...nowhere, project: 'shop', worktree: 'checkout-flake', session: 'Fix flaky checkout test' };

/** A made-up notice, to try a channel with. It says that it is one, and a click on it leads to where it was sent from. */
export function sample(kind: NoticeKind, at: number): Notice {
  return notice({
    id: `test:${kind}:${at}`,
    topic: `test:${kind}:${at}`,
    kind,
    title: `Test: ${kindWords[kind]}`,
    about,
    target: { page: 'notifications', id: null },
    at,
    severity: 'attention',
  });
}
