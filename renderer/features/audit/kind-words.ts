import type { AuditKind } from '../../../shared/audit.ts';

/** What a kind of entry is about; entries of one family share an icon. */
export type Family = 'credential' | 'worktree' | 'session' | 'connection' | 'remote' | 'app' | 'notification' | 'audit';

/** Each kind in plain words, as the filter and an unfolded entry show it. */
export const kindWords: Readonly<Record<AuditKind, string>> = {
  'app.started': 'Companion started',
  'app.stopped': 'Companion stopped',
  'app.recovered': 'Unfinished work taken up',
  'app.checked': 'Credentials checked',
  'jean.connected': 'Jean connected',
  'jean.lost': 'Jean lost',
  'jean.refused': 'Jean refused us',
  'jean.added': 'Jean added',
  'jean.removed': 'Jean removed',
  'ravi.connected': 'Ravi connected',
  'ravi.disconnected': 'Ravi disconnected',
  'github.connected': 'GitHub connected',
  'github.disconnected': 'GitHub disconnected',
  'github.looked': 'GitHub looked at',
  'policy.changed': 'Policy changed',
  'source.added': 'Source added',
  'source.renewed': 'Source renewed',
  'source.expiring': 'Source ends soon',
  'source.removed': 'Source removed',
  'source.revoked': 'Source revoked',
  'source.failed': 'Source failed',
  'credential.minted': 'Minted',
  'credential.stored': 'Stored in the vault',
  'credential.installed': 'Installed in the worktree',
  'credential.renewed': 'Renewed',
  'credential.rotated': 'Rotated',
  'credential.used': 'Handed to git',
  'credential.accepted': 'Accepted by GitHub',
  'credential.rejected': 'Rejected by GitHub',
  'credential.refused': 'Refused to git',
  'credential.revoked': 'Revoked',
  'credential.verified-dead': 'Verified dead',
  'credential.expired': 'Expired',
  'credential.lapsed': 'Fell asleep',
  'credential.removed': 'Removed from the vault',
  'credential.reconciled': 'Put right',
  'credential.failed': 'A step failed',
  'worktree.appeared': 'Worktree appeared',
  'worktree.gone': 'Worktree gone',
  'worktree.archived': 'Worktree archived from here',
  'session.answered': 'Session answered',
  'session.messaged': 'Message sent to a session',
  'session.cancelled': 'Run cancelled',
  'session.archived': 'Session archived',
  'session.opened': 'Session opened in Jean',
  'pull.merged': 'Pull request merged',
  'pull.closed': 'Pull request closed',
  'pull.reopened': 'Pull request opened again',
  'git.pushed': 'Pushed',
  'notification.sent': 'Notification sent',
  'notification.held': 'Notification held back',
  'channel.changed': 'SMS or e-mail set up',
  'channel.stopped': 'SMS or e-mail stopped',
  'audit.exported': 'Log exported',
  'grant.created': 'Grant made',
  'grant.rotated': "Grant's token rotated",
  'grant.extended': 'Grant extended',
  'grant.suspended': 'Grant suspended',
  'grant.resumed': 'Grant resumed',
  'grant.revoked': 'Grant revoked',
  'grant.expired': 'Grant ran out',
  'grant.sent': "Grant's link sent",
  'remote.listening': 'Remote access opened',
  'remote.stopped': 'Remote access closed',
  'remote.paused': 'Remote access paused',
  'remote.resumed': 'Remote access resumed',
  'remote.connected': 'Came in from outside',
  'remote.disconnected': 'Left',
  'remote.refused': 'Refused at the door',
  'remote.locked-out': 'Address locked out',
  'jean-token.stored': "Jean's token kept in the vault",
  'jean-token.rotated': "Jean's token rotated",
  'credential.moved': 'Copied to another vault',
  'vault.moved': 'Vault changed',
  'ravi.key': 'Key at Ravi',
  'ravi.identity': 'Identity at Ravi',
  'identity.picked': 'Identity picked',
  'identity.created': 'Identity made',
  'identity.phone': 'Phone number for an identity',
  'identity.key': "Identity's key made",
  'identity.password': "Identity's password",
  'identity.checked': 'Step of an identity',
  'identity.used': 'Identity in use',
  'identity.retired': 'Identity retired',
};

/** The family of a kind, by the word before its dot. */
export function familyOf(kind: AuditKind): Family {
  const room = kind.slice(0, kind.indexOf('.'));
  switch (room) {
    case 'credential':
    case 'app':
    case 'notification':
    case 'audit':
    case 'session':
    case 'remote':
      return room;
    case 'grant':
    case 'jean-token':
      return 'remote';
    case 'policy':
    case 'vault':
      return 'credential';
    case 'worktree':
    case 'pull':
    case 'git':
      return 'worktree';
    default:
      return 'connection';
  }
}

/** The headings of the filter, in its order. */
export const familyWords: Readonly<Record<Family, string>> = {
  credential: 'Credentials',
  worktree: 'Worktrees and pull requests',
  session: 'Sessions, from here',
  connection: 'Connections',
  remote: 'Remote access',
  notification: 'Notifications',
  app: 'The app',
  audit: 'This log',
};
