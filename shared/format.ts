import { type Bucket, bucketOf, type CredentialView, type RequestView, type SessionView } from './model.ts';
import type { ConnectionView } from './remote-access.ts';

/** "40 s", "12 min", "3 h", "2 days": the largest unit that fits, rounded down. */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

/** "just now", "3 min ago". */
export const agoWords = (since: number, now: number): string =>
  now - since < 5_000 ? 'just now' : `${durationWords(now - since)} ago`;

const requestWords: Record<RequestView['kind'], string> = {
  permission: 'wants a permission',
  command: 'wants to run a command',
  tool: 'wants to use a tool',
  answer: 'has a question',
  plan: 'has a plan to approve',
  input: 'waits for you',
};

/**
 * A request as the rest of a sentence that begins with the session's name: "wants to run" and the command itself.
 * `text` is null where Jean does not say what it is about.
 */
export function askWords(request: RequestView | null): { readonly words: string; readonly text: string | null } {
  const kind = request?.kind ?? 'input';
  const text = request?.text ?? null;
  if (text === null) return { words: requestWords[kind], text };
  switch (kind) {
    case 'command':
      return { words: 'wants to run', text };
    case 'permission':
      return { words: 'wants permission for', text };
    case 'tool':
      return { words: 'wants to use', text };
    case 'answer':
    case 'input':
      return { words: 'asks', text };
    case 'plan':
      return { words: 'has a plan to approve:', text };
    default:
      return kind satisfies never;
  }
}

/** What a session is doing, as a colleague would say it: "running 12 min", "finished 3 min ago", "failed: context limit reached". */
export function sessionWords(session: SessionView, now: number): string {
  const bucket = bucketOf(session.status);
  switch (bucket) {
    case 'needs-you':
      return `${requestWords[session.request?.kind ?? 'input']} · ${durationWords(now - session.since)}`;
    case 'running':
      return `${session.status === 'reviewing' ? 'reviewing' : 'running'} ${durationWords(now - session.since)}`;
    case 'failed':
      return session.error ? `failed: ${session.error}` : `failed ${agoWords(session.since, now)}`;
    case 'finished':
      if (session.status === 'cancelled') return `cancelled ${agoWords(session.since, now)}`;
      if (session.status === 'review') return `ready for review ${agoWords(session.since, now)}`;
      return `finished ${agoWords(session.since, now)}`;
    case 'idle':
      return session.status === 'scheduled' ? 'scheduled to wake' : 'idle';
    default:
      return bucket satisfies never;
  }
}

/** Within this time of its end a credential is shown in the warning colour. */
export const expiringSoonMs = 5 * 60_000;

/** A credential in words: "46 min left", "renews in 2 min", "revoked, verified". */
export function credentialWords(credential: CredentialView, now: number): string {
  switch (credential.state) {
    case 'absent':
      return 'made at first use';
    case 'sleeping':
      return 'sleeping';
    case 'minting':
    case 'storing':
    case 'installing':
      return 'being made';
    case 'rotating':
      return 'rotating';
    case 'revoking':
      return 'being revoked';
    case 'revoked':
      return credential.shared ? 'taken away here' : 'revoked, verified';
    case 'unverified':
      return 'revoked, not verified yet';
    case 'failed':
      if (credential.expiresAt !== null && credential.expiresAt > now) return 'renewal failed';
      return credential.managed ? 'no credential' : 'no credential, acts as you';
    case 'active':
    case 'expiring': {
      if (credential.expiresAt === null) return 'no expiry';
      if (credential.expiresAt <= now) return 'expired';
      const toRenewal = (credential.renewAt ?? credential.expiresAt) - now;
      if (credential.renewAt !== null && toRenewal < expiringSoonMs) return `renews in ${durationWords(Math.max(toRenewal, 0))}`;
      return `${durationWords(credential.expiresAt - now)} left`;
    }
    default:
      return credential.state satisfies never;
  }
}

const urgency: Readonly<Record<Bucket, number>> = { 'needs-you': 0, running: 1, failed: 2, finished: 3, idle: 4 };

/** How many sessions are in each bucket. */
export function countBuckets(sessions: Iterable<SessionView>): Record<Bucket, number> {
  const counts: Record<Bucket, number> = { 'needs-you': 0, running: 0, failed: 0, finished: 0, idle: 0 };
  for (const session of sessions) counts[bucketOf(session.status)] += 1;
  return counts;
}

/** "2 running, 1 needs you"; "nothing is running" when all is quiet. */
export function headline(counts: Record<Bucket, number>): string {
  const parts: string[] = [];
  if (counts.running > 0) parts.push(`${counts.running} running`);
  if (counts['needs-you'] > 0) parts.push(`${counts['needs-you']} ${counts['needs-you'] === 1 ? 'needs' : 'need'} you`);
  return parts.length > 0 ? parts.join(', ') : 'nothing is running';
}

/** Most urgent first; the same order in the tray, the list and the banner. */
export const byUrgency = (a: SessionView, b: SessionView): number =>
  urgency[bucketOf(a.status)] - urgency[bucketOf(b.status)] || b.since - a.since || (a.id < b.id ? -1 : Number(a.id > b.id));

/** "1 credential is", "3 credentials are". */
export const many = (count: number, one: string, more: string): string => `${count} ${count === 1 ? one : more}`;

/** How many people there are: one person with three windows is one. */
export const peopleIn = (connections: Readonly<Record<string, ConnectionView>>): number =>
  new Set(Object.values(connections).map(({ grantId }) => grantId)).size;

/** "2 people connected". */
export const connectedWords = (people: number): string =>
  people === 0 ? 'nobody is connected' : `${people} ${people === 1 ? 'person' : 'people'} connected`;
