import {
  type ChannelName,
  channelName,
  type NoticeEntry,
  type NoticeKind,
  type NotificationSettings,
  type Outcome,
} from '../../shared/notifications.ts';
import { DueTimer } from '../base/due-timer.ts';
import type { Post } from './delivery.ts';
import { burstKey, type Parcel, parcels } from './digest.ts';
import type { Gathered } from './gathered.ts';
import { type NoticeHistory, onItsWay } from './history.ts';
import { type Notice, notice } from './notice.ts';
import { type Looking, muted, type Presence, type Route, type Routing, route } from './routing.ts';

/** Notifications of the desktop. */
export interface Desk {
  send(notice: Notice): Promise<Outcome>;
  /** Takes away what is shown of a notice. */
  withdraw(noticeId: string): void;
}

/** What became of a notice on one channel. */
export interface ChannelOutcome {
  readonly channel: ChannelName;
  readonly outcome: Outcome;
}

export interface NotifierOptions {
  readonly desk: Desk;
  /** Null while there is no way beyond the desk. */
  readonly post: Post | null;
  readonly history: NoticeHistory;
  readonly gathered: Gathered;
  readonly settings: () => NotificationSettings;
  readonly mutedUntil: () => number | null;
  readonly looking: () => Looking;
  /** Asked when a notice is routed, and never else. */
  readonly presence: () => Promise<Presence>;
  /** Records what became of a notice, once for each channel and each time that it changes. */
  readonly onOutcome: (notice: { readonly title: string; readonly worktreeId: string | null }, told: ChannelOutcome) => void;
  /** The history has changed. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
  readonly now: () => number;
}

/** A request that is answered by itself is answered within this, and nobody needs to know of it, ms. */
const promptSettlesMs = 300;
/** What comes within this of another of its kind is one burst, ms; and a burst is told at the latest after so long. */
const burstMs = 1_500;
const burstAtMostMs = 6_000;
/** After so long it is no news, ms. */
const worthMs = { prompt: 24 * 3_600_000, info: 2 * 3_600_000, other: 12 * 3_600_000 } as const;
const worthOf = ({ prompt, severity }: Notice): number =>
  prompt ? worthMs.prompt : severity === 'info' ? worthMs.info : worthMs.other;
const onPost: readonly ('sms' | 'email')[] = ['sms', 'email'];

interface Burst {
  readonly since: number;
  readonly members: Map<string, Waiting>;
}

interface Waiting {
  readonly notice: Notice;
  over: boolean;
  readonly settle: ((outcomes: readonly ChannelOutcome[]) => void)[];
}

/** Tells the person, or says why not: gathers bursts, routes, delivers, and takes back what is over. */
export class Notifier {
  readonly #o: NotifierOptions;
  readonly #due: DueTimer;
  /** By burst. */
  readonly #bursts = new Map<string, Burst>();
  /** Prompts that mute or quiet hours hold, to be told when those end. */
  readonly #heldBack = new Map<string, Notice>();
  /** Prompts that are open, for when a mute calls back what waits. */
  readonly #open = new Map<string, Notice>();
  readonly #unsubscribe: () => void;
  #telling: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: NotifierOptions) {
    this.#o = options;
    this.#due = new DueTimer(options.now, (key) => this.#inTurn(() => this.#flush(key)));
    this.#unsubscribe =
      options.post?.onChange(({ noticeId, channel, outcome }) => this.#record(noticeId, { channel, outcome })) ??
      (() => undefined);
  }

  /** Takes up what an earlier run of the app did not come to tell; what is too old by now is kept with that reason. */
  start(): void {
    const { gathered, history, now, onChange } = this.#o;
    const all = gathered.all();
    const isStale = (notice: Notice): boolean => now() - notice.at > worthOf(notice);
    for (const notice of all) if (!isStale(notice)) this.#gather(notice, () => undefined);
    const stale = all.filter(isStale);
    if (stale.length === 0) return;
    history.together('soon', () => {
      for (const notice of stale) {
        history.add(notice, notice.urgent);
        const outcome = { type: 'dropped', why: 'The app ended before it could be told, and now it is old.' } as const;
        history.record([notice.id], { channel: 'native', carrier: notice.id, outcome });
      }
      gathered.take(stale.map(({ id }) => id));
    });
    onChange();
  }

  /**
   * A prompt that was there already when we began to look. An earlier run may have told it, under a time that nobody knows any more: it is the
   * same where its words are.
   */
  found(notice: Notice): void {
    const { history } = this.#o;
    const known = history.openLike(notice);
    const same = known === null ? notice : { ...notice, id: known.id, cause: known.cause };
    const gathers = [...this.#bursts.values()].some(({ members }) =>
      [...members.values()].some(({ notice: { topic, kind } }) => topic === notice.topic && kind === notice.kind),
    );
    if (this.#stopped || gathers) return;
    // Told, and mute can call it back; or seen.
    if (known !== null && (known.seen || history.wasTold(known.id))) return void this.#open.set(same.id, same);
    this.#gather(same, () => undefined);
  }

  /** Answers what became of it on each channel once that is known. Never rejects. */
  notify(notice: Notice): Promise<readonly ChannelOutcome[]> {
    if (this.#stopped || this.#o.history.isOpen(notice.cause)) return Promise.resolve([{ channel: 'native', outcome: told }]);
    return new Promise((resolve) => this.#gather(notice, resolve));
  }

  /** What a topic's notices told is no more so: answered, or past. What was not told needs not be, and what is shown goes. `kinds`: only those. */
  over(topic: string, kinds?: readonly NoticeKind[]): void {
    const isOver = (notice: Notice): boolean => notice.topic === topic && (kinds?.includes(notice.kind) ?? true);
    for (const { members } of this.#bursts.values())
      for (const waiting of members.values()) if (isOver(waiting.notice)) waiting.over = true;
    const ids = this.#o.history.openOn(topic, kinds);
    if (ids.length === 0) return;
    this.#o.history.markOver(ids);
    this.#takeBack(ids, 'It was over before it was due.');
  }

  /** The person has a page, or a row of it, before their eyes. */
  seen(page: string, targetId: string | null): void {
    const ids = this.#o.history.unseenOn(page, targetId);
    if (ids.length === 0) return;
    this.#o.history.markSeen(ids);
    this.#takeBack(ids, 'You saw it on the desk.');
  }

  /** The post could not send it over any channel: it is shown here, where it was not. */
  nowhere(carrier: string): Promise<void> {
    // It may say so at once, while the desk has not yet said that it is shown.
    this.#inTurn(() => this.#here(carrier));
    return this.#telling;
  }

  async #here(carrier: string): Promise<void> {
    for (const id of this.#o.history.toldBy(carrier)) {
      const entry = this.#o.history.entry(id);
      const shown = entry?.outcomes.some(({ channel, outcome }) => channel === 'native' && outcome.type === 'sent');
      if (!entry || shown || entry.overAt !== null) continue;
      const { title, worktreeId } = entry;
      const outcome = await this.#o.desk.send(kept(entry));
      this.#o.history.record([id], { channel: 'native', carrier: id, outcome });
      this.#o.onOutcome({ title, worktreeId }, { channel: 'native', outcome });
    }
    this.#o.onChange();
  }

  /** Mute or rules have changed: what was held because of them is looked at again, and a mute holds what waits. */
  reconsider(): void {
    const until = this.#o.mutedUntil();
    if (until !== null && until > this.#o.now()) this.#holdWaiting();
    for (const id of [...this.#heldBack.keys()]) this.#again(id);
    this.#o.post?.reconsider();
  }

  stop(): void {
    this.#stopped = true;
    this.#due.stop();
    this.#unsubscribe();
    for (const { members } of this.#bursts.values()) for (const { settle } of members.values()) for (const one of settle) one([]);
    this.#bursts.clear();
  }

  #gather(notice: Notice, settle: (outcomes: readonly ChannelOutcome[]) => void): void {
    const key = burstKey(notice);
    const now = this.#o.now();
    const burst = this.#bursts.get(key) ?? ({ since: now, members: new Map<string, Waiting>() } satisfies Burst);
    this.#bursts.set(key, burst);
    const known = [...burst.members.values()].find((waiting) => waiting.notice.cause === notice.cause);
    if (known) known.settle.push(settle);
    else {
      burst.members.set(notice.id, { notice, over: false, settle: [settle] });
      this.#o.gathered.put(notice);
    }
    const settles = notice.prompt ? promptSettlesMs : burstMs;
    this.#due.set(key, Math.min(now + settles, burst.since + burstAtMostMs));
  }

  #again(id: string): void {
    const notice = this.#heldBack.get(id);
    if (!this.#heldBack.delete(id) || !notice) return;
    this.#due.set(againKey(id), null);
    this.#gather(notice, () => undefined);
  }

  #inTurn(act: () => Promise<void>): void {
    this.#telling = this.#telling.then(act).catch(this.#o.onError);
  }

  async #flush(key: string): Promise<void> {
    if (key.startsWith(again)) return this.#again(key.slice(again.length));
    const burst = this.#bursts.get(key);
    this.#bursts.delete(key);
    if (!burst || this.#stopped) return;
    const presence = await this.#o.presence();
    const { history, gathered, onError } = this.#o;
    const members = [...burst.members.values()];
    const routed = members.map(({ notice, over }) => ({ notice, ...(over ? overRouting : this.#route(notice, presence)) }));
    const outcomes = new Map<string, ChannelOutcome[]>(routed.map(({ notice }) => [notice.id, []]));
    const tell = (notice: Notice, told: ChannelOutcome): void => {
      outcomes.get(notice.id)?.push(told);
      this.#o.onOutcome({ title: notice.title, worktreeId: notice.about.worktreeId }, told);
    };
    const leaves = routed.some(({ routes }) => onPost.some((channel) => routes[channel].type === 'send'));
    // In one moment: wherever the app dies, a notice waits to be routed, or is in the outbox, and never both.
    const posted = history.together(leaves ? 'now' : 'soon', () => {
      for (const { notice, urgent } of routed) history.add(notice, urgent);
      this.#markOver(members);
      for (const one of routed) this.#hold(one, tell);
      gathered.take(members.map(({ notice }) => notice.id));
      return { all: onPost.flatMap((channel) => this.#send(channel, routed, tell)) };
    }).all;
    const shown = this.#send('native', routed, tell);
    void Promise.all([...shown, ...posted])
      .then(() => {
        for (const { notice, settle } of members) for (const one of settle) one(inOrder(outcomes.get(notice.id) ?? []));
        this.#o.onChange();
      })
      .catch(onError);
    // A post that is slow to answer keeps nobody from being told on the desk.
    await Promise.all(shown);
    this.#o.onChange();
  }

  #markOver(members: readonly Waiting[]): void {
    this.#o.history.markOver(members.flatMap(({ notice, over }) => (over ? notice.id : [])));
    for (const { notice, over } of members) if (notice.prompt && !over) this.#open.set(notice.id, notice);
  }

  #route(notice: Notice, presence: Presence): Routing {
    const { now, settings, mutedUntil, looking } = this.#o;
    return route(notice, { now: now(), settings: settings(), mutedUntil: mutedUntil(), looking: looking(), presence });
  }

  #hold({ notice, routes }: Routed, tell: Tell): void {
    for (const [channel, decision] of Object.entries(routes) as [ChannelName, Route][]) {
      if (decision.type !== 'held') continue;
      const outcome: Outcome = { type: 'held', why: decision.why };
      const before = this.#o.history.entry(notice.id)?.outcomes.find((known) => known.channel === channel)?.outcome;
      this.#o.history.record([notice.id], { channel, carrier: notice.id, outcome });
      if (before?.type !== 'held' || before.why !== decision.why) tell(notice, { channel, outcome });
      // Mute and quiet hours end, and the session waits still.
      if (decision.until === null || !notice.prompt) continue;
      this.#heldBack.set(notice.id, notice);
      this.#due.set(againKey(notice.id), decision.until);
    }
  }

  #send(channel: ChannelName, routed: readonly Routed[], tell: Tell): Promise<void>[] {
    const { history } = this.#o;
    const on = (due: number | null): readonly Parcel[] =>
      parcels(
        routed.flatMap(({ notice, urgent, routes }) => {
          const decision = routes[channel];
          return decision.type === 'send' && decision.notBefore === due ? { ...notice, urgent } : [];
        }),
      );
    const dues = new Set(routed.flatMap(({ routes }) => (routes[channel].type === 'send' ? routes[channel].notBefore : [])));
    return [...dues].flatMap((due) =>
      on(due).map(async ({ notice: whole, tells }) => {
        // What was called back by a mute would be answered by what became of it then.
        const called = channel !== 'native' && history.wasCarried(whole.id, channel);
        const parcel = { notice: called ? { ...whole, id: `${whole.id}:${this.#o.now()}` } : whole, tells };
        const digest = parcel.tells.length > 1 ? parcel.notice.title : null;
        const ids = parcel.tells.map(({ id }) => id);
        const carrier = parcel.notice.id;
        // Before it leaves, so that what the post says of it later has a place, also after a crash.
        const leaving = { type: 'waiting', why: onItsWay, nextAt: due ?? this.#o.now() } as const;
        if (channel !== 'native') history.record(ids, { channel, carrier, outcome: leaving }, digest);
        const outcome = await this.#deliver(parcel.notice, channel, due);
        // The post may have said how it ended before it answered.
        const ended = channel !== 'native' && !history.waitingOf(carrier).includes(channel);
        if (!ended) history.record(ids, { channel, carrier, outcome }, digest);
        for (const notice of parcel.tells) tell(notice, { channel, outcome });
        // What it told may have ended while it was on its way.
        if (history.spentCarriers(ids).includes(carrier)) this.#takeBack(ids, 'It was over before it was due.');
      }),
    );
  }

  #deliver(notice: Notice, channel: ChannelName, notBefore: number | null): Promise<Outcome> {
    const { desk, post, now } = this.#o;
    if (channel === 'native') return desk.send(notice);
    if (post === null) return Promise.resolve({ type: 'held', why: 'There is no way to send it yet.' });
    const from = notBefore ?? now();
    return post.submit(notice, channel, { ...(notBefore === null ? {} : { notBefore }), worthUntil: from + worthOf(notice) });
  }

  /** Takes back what was sent for these, where it tells nothing any more. */
  #takeBack(ids: readonly string[], why: string): void {
    for (const id of ids) {
      this.#open.delete(id);
      if (this.#heldBack.delete(id)) this.#due.set(againKey(id), null);
    }
    for (const carrier of this.#o.history.spentCarriers(ids)) {
      this.#o.desk.withdraw(carrier);
      for (const channel of this.#o.history.waitingOf(carrier)) this.#drop(carrier, channel, { type: 'dropped', why });
    }
    this.#o.onChange();
  }

  #drop(carrier: string, channel: ChannelName, outcome: Outcome): void {
    this.#o.post?.cancel(carrier);
    this.#o.history.record(this.#o.history.toldBy(carrier), { channel, carrier, outcome });
  }

  /** What waits to be sent is held by a mute; it is told after it where the session waits still. */
  #holdWaiting(): void {
    for (const { id, channel, carrier } of this.#o.history.waiting()) {
      const notice = this.#open.get(id);
      if (!notice) continue;
      this.#drop(carrier, channel, { type: 'held', why: muted });
      this.#heldBack.set(id, notice);
      this.#due.set(againKey(id), this.#o.mutedUntil());
    }
    this.#o.onChange();
  }

  /** What the post says later of something that was sent. */
  #record(carrier: string, told: ChannelOutcome): void {
    const ids = this.#o.history.toldBy(carrier);
    this.#o.history.record(ids, { ...told, carrier });
    const entry = ids[0] === undefined ? null : this.#o.history.entry(ids[0]);
    if (entry) {
      this.#o.onOutcome({ title: entry.digest ?? entry.title, worktreeId: entry.worktreeId }, told);
    }
    this.#o.onChange();
  }
}

type Routed = Routing & { readonly notice: Notice };
type Tell = (notice: Notice, told: ChannelOutcome) => void;

/** A notice as far as the history knows it, to be shown here. */
const kept = ({ id, kind, title, body, target, at, urgent }: NoticeEntry): Notice => ({
  ...notice({ id, topic: id, kind, title, line: body, target, at, severity: 'attention' }),
  urgent,
});

const inOrder = (told: readonly ChannelOutcome[]): readonly ChannelOutcome[] =>
  told.toSorted((a, b) => channelName.options.indexOf(a.channel) - channelName.options.indexOf(b.channel));

const again = 'again:';
const againKey = (id: string): string => `${again}${id}`;

const told: Outcome = { type: 'held', why: 'You were told of it before.' };

const overRouting: Routing = {
  urgent: false,
  routes: {
    native: { type: 'held', why: 'It was over before you could be told.', until: null },
    sms: { type: 'none' },
    email: { type: 'none' },
  },
};
