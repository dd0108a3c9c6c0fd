import { vi } from 'vitest';
import type { Outcome } from '../../shared/notifications.ts';
import { defaultNotificationSettings, type NotificationSettings, type Rule } from '../../shared/notifications.ts';
import { memoryDatabase } from '../storage/database.ts';
import type { DeliveryChange, Telling, Terms } from './delivery.ts';
import { Gathered } from './gathered.ts';
import { NoticeHistory, noticeMigrations } from './history.ts';
import { notice as made, type Notice, nowhere } from './notice.ts';
import { type ChannelOutcome, Notifier } from './notifier.ts';
import type { Looking, Presence } from './routing.ts';

export const minute = 60_000;
/** A prompt of a session of the project `shop`. */
export const prompt = (session: string, over: Partial<Notice> = {}): Notice => {
  const id = `session:${session}:needs-permission:1`;
  return {
    ...made({
      id,
      topic: `session:${session}`,
      kind: 'needs-permission',
      title: `${session} wants to run a command`,
      about: { ...nowhere, projectId: 'p', project: 'shop', worktreeId: 'w1', session },
      target: { page: 'sessions', id: session },
      at: Date.now(),
      severity: 'attention',
      prompt: true,
    }),
    ...over,
  };
};
/** The end of a session of the same project. */
export const finished = (session: string): Notice =>
  prompt(session, {
    id: `session:${session}:finished:1`,
    cause: `session:${session}:finished:1`,
    kind: 'finished',
    title: `${session} finished`,
    prompt: false,
    severity: 'info',
  });

/** A post that sends at once what has not to wait, and remembers what it was asked. */
export class FakePost {
  readonly sent: { telling: Telling; channel: string; terms: Terms }[] = [];
  readonly cancelled: string[] = [];
  readonly listeners = new Set<(change: DeliveryChange) => void>();
  answer: Outcome | null = null;
  considered = 0;
  async submit(telling: Telling, channel: 'sms' | 'email', terms: Terms): Promise<Outcome> {
    this.sent.push({ telling, channel, terms });
    if (this.answer) return this.answer;
    if (terms.notBefore === undefined) return { type: 'sent', at: Date.now() };
    return { type: 'waiting', why: 'Not yet.', nextAt: terms.notBefore };
  }
  outcome(): Outcome | null {
    return null;
  }
  reconsider(): void {
    this.considered += 1;
  }
  cancel(noticeId: string): void {
    this.cancelled.push(noticeId);
  }
  onChange(listener: (change: DeliveryChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

const ruled = (rule: Partial<Rule>): NotificationSettings => ({
  ...defaultNotificationSettings,
  rules: {
    ...defaultNotificationSettings.rules,
    'needs-permission': { ...defaultNotificationSettings.rules['needs-permission'], ...rule },
  },
});

/** A notifier on a database of its own, with a desk and a post that a test can read. */
export function setUp(rule: Partial<Rule> = {}) {
  const shown: Notice[] = [];
  const withdrawn: string[] = [];
  const audited: [string, ChannelOutcome][] = [];
  const post = new FakePost();
  const db = memoryDatabase([...noticeMigrations]);
  const history = new NoticeHistory(db, Date.now);
  const gathered = new Gathered(db);
  const facts = {
    settings: ruled(rule),
    mutedUntil: null as number | null,
    looking: { page: null, sessionId: null, windowFocused: false } as Looking,
    presence: { idleMs: 0, locked: false, jeanInFront: null } as Presence,
    desk: 'sent' as 'sent' | 'failed',
    asked: 0,
  };
  const start = (): Notifier =>
    new Notifier({
      desk: {
        send: async (notice) => {
          shown.push(notice);
          return facts.desk === 'sent' ? { type: 'sent', at: Date.now() } : { type: 'failed', why: 'No server.' };
        },
        withdraw: (id) => withdrawn.push(id),
      },
      post,
      history,
      gathered,
      settings: () => facts.settings,
      mutedUntil: () => facts.mutedUntil,
      looking: () => facts.looking,
      presence: async () => {
        facts.asked += 1;
        return facts.presence;
      },
      onOutcome: ({ title }, told) => audited.push([title, told]),
      onChange: () => undefined,
      onError: (error) => {
        throw error;
      },
      now: Date.now,
    });
  const entry = (notice: Notice) => history.entry(notice.id);
  const outcomes = (notice: Notice) => entry(notice)?.outcomes.map(({ channel, outcome }) => [channel, outcome.type]);
  const titles = () => shown.map(({ title }) => title);
  return { notifier: start(), start, gathered, shown, titles, withdrawn, audited, post, history, facts, entry, outcomes };
}
/** Lets time go by, ms. */
export const pass = (ms = 10_000): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
