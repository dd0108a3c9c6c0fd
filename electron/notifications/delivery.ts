/** A way to tell a person: on the desktop, by text message or by mail through Ravi. */
export type ChannelName = 'native' | 'sms' | 'email';

/** The channels that lead away from the desk. */
export type RemoteChannel = Exclude<ChannelName, 'native'>;

/** What became of a notice on one channel. `why` is a sentence; times are epoch ms. */
export type Outcome =
  | { readonly type: 'sent'; readonly at: number }
  /** It was not tried: the channel is not set up, has stopped, or its budget is used up. */
  | { readonly type: 'held'; readonly why: string }
  /** It was tried, and certainly did not arrive. */
  | { readonly type: 'failed'; readonly why: string }
  /** It was tried, and nobody can say whether it arrived; it is not repeated. */
  | { readonly type: 'maybe'; readonly why: string }
  | { readonly type: 'waiting'; readonly why: string; readonly nextAt: number }
  /** It was not worth sending any more. */
  | { readonly type: 'dropped'; readonly why: string };

/** What a channel needs of a notice; a `Notice` is one. */
export interface Telling {
  /** The same for the same cause. */
  readonly id: string;
  readonly kind: string;
  /** The subject. */
  readonly title: string;
  /** Project, worktree and session in plain words. No command, code or prompt text: it may leave the machine. */
  readonly line: string;
  /** What an agent or a tool wrote (command, question, error). It leaves the machine only where the person allowed it. */
  readonly detail: string | null;
  /** A web address to open, such as a pull request's. */
  readonly link?: string | null;
}

/** When a submitted notice may leave, and until when it is worth anything (epoch ms). */
export interface Terms {
  readonly notBefore?: number;
  readonly worthUntil: number;
}

/** A change that came after `submit` had answered. */
export interface DeliveryChange {
  readonly noticeId: string;
  readonly channel: RemoteChannel;
  readonly outcome: Outcome;
}

/**
 * Carries notices over the channels that lead away, durably. When one ends as `held` or `failed`, the outbox itself submits it to the next
 * channel: SMS to mail, mail to SMS, and then the desktop (`OutboxOptions.onNowhere`).
 * @public
 */
export interface Post {
  /** Resolves after the first try, or with `waiting`. Never rejects. The same notice twice on one channel answers what became of the first. */
  submit(telling: Telling, channel: RemoteChannel, terms: Terms): Promise<Outcome>;
  /** What has not left yet needs not leave: resolved, or seen at the desk. */
  cancel(noticeId: string): void;
  /** Answers what ends it. */
  onChange(listener: (change: DeliveryChange) => void): () => void;
}
