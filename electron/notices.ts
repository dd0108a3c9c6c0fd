import { bucketOf, type CredentialView, type LeftoverView, type SessionView, type StateChange } from '../shared/model.ts';
import type { Outcome } from '../shared/notifications.ts';
import {
  type ChannelName,
  type NoticeFilter,
  type NoticeKind,
  type NotificationSettings,
  type NotifyingView,
  promptKinds,
} from '../shared/notifications.ts';
import type { AuditLog } from './audit/log.ts';
import { BannerWish } from './banner-wish.ts';
import { DueTimer } from './base/due-timer.ts';
import type { Post } from './notifications/delivery.ts';
import { Gathered } from './notifications/gathered.ts';
import {
  credentialTopic,
  type Happening,
  instanceTopic,
  noticesFor,
  pullTopic,
  sessionTopic,
  sourceTopic,
} from './notifications/happenings.ts';
import { NoticeHistory } from './notifications/history.ts';
import { type About, type Notice, nowhere } from './notifications/notice.ts';
import { type ChannelOutcome, type Desk, Notifier } from './notifications/notifier.ts';
import { tomorrow } from './notifications/quiet.ts';
import type { Looking } from './notifications/routing.ts';
import { sample } from './notifications/sample.ts';
import type { Boards } from './sessions/boards.ts';
import type { WorktreeFacts } from './sessions/happening.ts';
import type { PresenceFacts, PresenceLimits } from './shell/presence.ts';
import type { Db } from './storage/database.ts';
import type { SettingsFile } from './storage/settings.ts';

/** The desk at which the person sits: what it shows, and what it tells of them. */
export interface PersonsDesk extends Desk {
  readonly looking: () => Looking;
  /** `front`: whether it matters which window is in front. */
  readonly presence: (front: boolean) => Promise<PresenceFacts>;
  /** `sound`: why tones of ours can't be heard here; null where they can. */
  readonly limits: () => PresenceLimits & { readonly sound: string | null };
}

export interface NoticesOptions {
  readonly db: Db;
  readonly settings: SettingsFile;
  readonly audit: AuditLog;
  readonly boards: Pick<Boards, 'state' | 'worktree'>;
  readonly desk: PersonsDesk;
  readonly post: Post | null;
  /** Calls a command of one Jean. */
  readonly invoke: (instanceId: string, command: string, args: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly publish: (changes: readonly StateChange[]) => void;
  readonly log: (message: string) => void;
  readonly now: () => number;
}

/** A Jean that restarts is back before this; one that isn't is lost, ms. */
const lostAfterMs = 60_000;
const muteKey = 'mute';
const hourMs = 3_600_000;
const testWorthMs = 10 * 60_000;

/** Part of the roof: what happens becomes notices, the person's choices decide over them, and the page and the audit log learn what became of them. */
export class Notices {
  readonly #o: NoticesOptions;
  readonly #history: NoticeHistory;
  readonly #notifier: Notifier;
  readonly #banners: BannerWish;
  readonly #due: DueTimer;
  /** Jeans that may be lost, until they are back or it is told. */
  readonly #losing = new Map<string, Extract<Happening, { type: 'instance' }>>();
  /** As they were when the person was last told, or could have been. */
  readonly #seenSessions = new Map<string, SessionView>();
  readonly #seenCredentials = new Map<string, CredentialView>();
  /** Null until the first look: what is found then was there before, and is in the list. */
  #leftovers: ReadonlySet<string> | null = null;
  #head = 0;
  readonly #unsubscribe: () => void;

  constructor(options: NoticesOptions) {
    this.#o = options;
    const { settings, desk, now } = options;
    this.#history = new NoticeHistory(options.db, now);
    this.#notifier = new Notifier({
      desk,
      post: options.post,
      history: this.#history,
      gathered: new Gathered(options.db),
      settings: () => settings.get().notifications,
      mutedUntil: () => settings.get().mutedUntil,
      looking: desk.looking,
      presence: () => desk.presence(settings.get().notifications.awayWithoutJean),
      onOutcome: (about, told) => this.#audit(about, told),
      onChange: () => this.#changed(),
      onError: (error) => options.log(`A notice could not be told: ${String(error)}`),
      now,
    });
    this.#banners = new BannerWish({ ...options, onChange: () => this.publish() });
    this.#due = new DueTimer(now, (key) => (key === muteKey ? this.#unmute() : this.#lost(key)));
    this.#unsubscribe = options.audit.onAppend(({ kind, worktreeId, fingerprint, message }) => {
      if (kind !== 'credential.rejected' || worktreeId === null) return;
      const about = this.#aboutWorktree(worktreeId);
      this.#happened({ type: 'refused-credential', worktreeId, fingerprint, message, about, at: now() });
    });
  }

  start(): void {
    const { post } = this.#o;
    this.#history.doubt((carrier, channel) => (channel === 'native' ? null : (post?.outcome(carrier, channel) ?? null)));
    this.#notifier.start();
    const { mutedUntil } = this.#o.settings.get();
    if (mutedUntil !== null) this.#due.set(muteKey, mutedUntil);
    this.publish();
  }

  async stop(): Promise<void> {
    this.#due.stop();
    this.#unsubscribe();
    this.#notifier.stop();
    await this.#banners.giveBack();
  }

  /** Tells the person, or says why not, for each channel. Never rejects. */
  notify(notice: Notice): Promise<readonly ChannelOutcome[]> {
    return this.#notifier.notify(notice);
  }

  /** A session came into another status; it is not news when it is seen for the first time. */
  onSession(after: SessionView): void {
    const before = this.#seenSessions.get(after.id) ?? null;
    this.#seenSessions.set(after.id, after);
    const about = { ...this.#aboutWorktree(after.worktreeId), sessionId: after.id, session: after.name };
    const now = bucketOf(after.status);
    // What it waited for, or how it had ended, is past.
    if (before !== null || now === 'running') this.#notifier.over(sessionTopic(after.id));
    // Seen for the first time after a start: that it ended may still be on its way to the person, a prompt that it has not is answered.
    else if (now !== 'needs-you') this.#notifier.over(sessionTopic(after.id), promptKinds);
    const notices = noticesFor({ type: 'session', before, after, about, at: this.#o.now() });
    for (const notice of notices)
      if (before === null) this.#notifier.found(notice);
      else void this.#notifier.notify(notice);
  }

  onBoard(changes: readonly StateChange[]): void {
    for (const { collection, id, value } of changes) {
      if (value !== null) continue;
      if (collection === 'instances') this.#forget(id);
      if (collection !== 'sessions') continue;
      this.#seenSessions.delete(id);
      this.#notifier.over(sessionTopic(id));
    }
  }

  /** Every Jean was read: sessions that are on no board are gone, and what they waited for with them. */
  onAllRead(): void {
    const { sessions } = this.#o.boards.state();
    const prefix = sessionTopic('');
    for (const topic of this.#history.openTopics(prefix))
      if (!(topic.slice(prefix.length) in sessions)) this.#notifier.over(topic);
  }

  onCredential(worktreeId: string, after: CredentialView | null): void {
    const before = this.#seenCredentials.get(worktreeId) ?? null;
    if (after === null) this.#seenCredentials.delete(worktreeId);
    else this.#seenCredentials.set(worktreeId, after);
    const well = after === null || after.state === 'active' || after.state === 'revoked';
    if (well && after?.state !== before?.state) this.#notifier.over(credentialTopic(worktreeId));
    if (after === null) return;
    const about = { ...this.#aboutWorktree(worktreeId), projectId: after.projectId, worktree: after.worktreeName };
    this.#happened({ type: 'credential', before, after, about, at: this.#o.now() });
  }

  onLeftovers(leftovers: readonly LeftoverView[]): void {
    const before = this.#leftovers;
    this.#leftovers = new Set(leftovers.map(({ id }) => id));
    // What had gone while the app did not run.
    const gone =
      before === null ? this.#history.openTopics('leftover:').filter((topic) => !this.#leftovers?.has(topic.slice(9))) : [];
    for (const topic of gone) this.#notifier.over(topic);
    for (const id of before ?? []) if (!this.#leftovers.has(id)) this.#notifier.over(`leftover:${id}`);
    for (const leftover of leftovers)
      if (before !== null && !before.has(leftover.id)) this.#happened({ type: 'leftover', leftover, at: this.#o.now() });
  }

  /** News of a worktree's pull request. `of`: the commit whose checks failed, or the review. */
  onPull({ worktree, project }: WorktreeFacts, news: Extract<Happening, { type: 'pull' }>['news'], of: string | null): void {
    if (worktree.pull === null) return;
    const { number, url } = worktree.pull;
    const about = { ...nowhere, projectId: project.id, project: project.name, worktreeId: worktree.id, worktree: worktree.name };
    this.#happened({ type: 'pull', news, number, of, url, about, at: this.#o.now() });
  }

  /** Its checks pass again, its reviewers are content, or it is merged: what was told of that is no more so. */
  onPullOver(worktreeId: string, news: Extract<Happening, { type: 'pull' }>['news']): void {
    this.#notifier.over(pullTopic(worktreeId, news));
  }

  /** The shared token of a project is another one, or none. */
  onSourceReplaced(projectId: string): void {
    this.#notifier.over(sourceTopic(projectId));
  }

  onOnline(instanceId: string): void {
    this.#losing.delete(instanceId);
    this.#due.set(instanceId, null);
    this.#notifier.over(instanceTopic(instanceId));
    this.#banners.found(instanceId);
  }

  /** A Jean is not reachable any more, or refuses us; it is told when that lasts. */
  onLost(instanceId: string, refused: boolean, message: string): void {
    const name = this.#o.boards.state().instances[instanceId]?.name ?? 'Jean';
    const at = this.#o.now();
    this.#losing.set(instanceId, { type: 'instance', instanceId, name, refused, message, at });
    this.#due.set(instanceId, at + lostAfterMs);
  }

  /** The person looks at something else now, or opened what was told. */
  onLooking(page: string, targetId: string | null): void {
    this.#notifier.seen(page, targetId);
  }

  /** Holds everything but what is urgent; null ends it. */
  mute(until: 'hour' | 'tomorrow' | null): void {
    const now = this.#o.now();
    const mutedUntil = until === null ? null : until === 'hour' ? now + hourMs : tomorrow(now);
    this.#o.settings.update({ mutedUntil });
    this.#due.set(muteKey, mutedUntil);
    this.#notifier.reconsider();
    this.publish();
  }

  choose(notifications: NotificationSettings): void {
    this.#o.settings.update({ notifications });
    const message = 'What is told, when and over what was changed.';
    this.#o.audit.append({ kind: 'policy.changed', actor: 'person', outcome: 'ok', message });
    this.#notifier.reconsider();
    this.publish();
  }

  /** What happened at a door of remote access. */
  onRemote(happening: Extract<Happening, { type: 'remote-access' }>): void {
    this.#happened(happening);
  }

  /** The post could not send it over any channel. */
  onNowhere(noticeId: string): void {
    void this.#notifier.nowhere(noticeId);
  }

  page(filter: NoticeFilter, before: number | null, limit: number): ReturnType<NoticeHistory['page']> {
    return this.#history.page(filter, before, limit);
  }

  /** Sends a made-up notice of a kind over one channel, whatever the rules say. */
  async test(kind: NoticeKind, channel: ChannelName): Promise<Outcome> {
    const { desk, post, now } = this.#o;
    const notice = { ...sample(kind, now()), urgent: channel !== 'native' };
    const outcome =
      channel === 'native'
        ? await desk.send(notice)
        : ((await post?.submit(notice, channel, { worthUntil: now() + testWorthMs })) ?? noPost);
    this.#audit({ title: notice.title, worktreeId: null }, { channel, outcome });
    return outcome;
  }

  /** The person wants Jean's own banners off, or on again. @throws with the reason why Jean can't be told */
  wantBannersOff(off: boolean): Promise<void> {
    return this.#banners.choose(off);
  }

  /** Jean's own banners are as if we had never been. Answers whether they were turned on. @throws with the reason why Jean can't be told */
  endBanners(): Promise<boolean> {
    return this.#banners.end();
  }

  publish(): void {
    const { notifications, mutedUntil } = this.#o.settings.get();
    const value: NotifyingView = {
      id: 'notifying',
      settings: notifications,
      mutedUntil,
      head: this.#head,
      presence: this.#o.desk.limits(),
      jeanBanners: this.#banners.view(),
    };
    this.#o.publish([{ collection: 'notifying', id: value.id, value }]);
  }

  #happened(happening: Happening): void {
    for (const notice of noticesFor(happening)) void this.#notifier.notify(notice);
  }

  #aboutWorktree(worktreeId: string): About {
    const facts = this.#o.boards.worktree(worktreeId);
    const seen = this.#seenCredentials.get(worktreeId);
    return {
      ...nowhere,
      worktreeId,
      worktree: facts?.worktree.name ?? seen?.worktreeName ?? null,
      projectId: facts?.project.id ?? seen?.projectId ?? null,
      project: facts?.project.name ?? null,
    };
  }

  /** The person watches it no more: it is not lost. */
  #forget(instanceId: string): void {
    this.#losing.delete(instanceId);
    this.#due.set(instanceId, null);
    this.#notifier.over(instanceTopic(instanceId));
  }

  #lost(instanceId: string): void {
    const lost = this.#losing.get(instanceId);
    this.#losing.delete(instanceId);
    if (lost) this.#happened({ ...lost, at: this.#o.now() });
  }

  #unmute(): void {
    this.#o.settings.update({ mutedUntil: null });
    this.#notifier.reconsider();
    this.publish();
  }

  #changed(): void {
    this.#head += 1;
    this.publish();
  }

  /** What the desk showed, or should have shown and did not. The post writes down each letter itself. */
  #audit(
    { title, worktreeId }: { readonly title: string; readonly worktreeId: string | null },
    { channel, outcome }: ChannelOutcome,
  ): void {
    if (channel !== 'native') return;
    const sent = outcome.type === 'sent';
    this.#o.audit.append(
      {
        kind: sent ? 'notification.sent' : 'notification.held',
        actor: 'companion',
        outcome: outcome.type === 'failed' ? 'failed' : 'ok',
        worktreeId,
        subject: title,
        message: sent ? `Shown on the desktop: ${title}` : `Not shown: ${title}. ${outcome.why}`,
      },
      'soon',
    );
  }
}

const noPost: Outcome = { type: 'held', why: 'Ravi is not connected, so nothing leads away from this desk.' };
